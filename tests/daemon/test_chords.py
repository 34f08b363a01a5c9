"""A duet over chords: a chart on the grid, a left hand, a channel of the DAW. On a manual clock."""

import fakes
import pytest
from fakes import SCALE
from jazz import roots_model

from improvd.bench.clocks import PULSE, START, pulses
from improvd.config import Config
from improvd.core.note import NoteOn
from improvd.core.tempo import Tempo
from improvd.core.units import Beats, Bpm, Seconds
from improvd.daemon.chords import Chords
from improvd.daemon.grid import Grids
from improvd.daemon.stretches import Stretches
from improvd.engine.session import Session
from improvd.play.messages import HeldKeys, Transport

STEADY = {"source": "internal", "bpm": 120.0}
TURNS = {"silence": 0.5, "length": 2}
CHART = {"source": "chart", "chart": "| Dm7 | G7 | Cmaj7 | % |"}
LEFT = {"source": "left_hand", "split": 60}
CHANNEL = {"source": "channel", "channel": 16}
DM7, G7, CMAJ7 = (50, 53, 57, 60), (43, 53, 57, 59), (48, 52, 55, 59)
SHELL_DM7, SHELL_G7 = (38, 53, 48), (43, 53, 47)
HIGH = [(onset, duration, pitch + 12) for onset, duration, pitch in SCALE]


@pytest.fixture
def plans(monkeypatch):
    """The plans of all answers that were begun; who plays changes them on the way."""
    begun, begin_on = [], Stretches.begin_on

    def watched(stretches, start):
        begin_on(stretches, start)
        begun.append(stretches.plan)

    monkeypatch.setattr(Stretches, "begin_on", watched)
    return begun


def room(chords, turns=None, **tables):
    return fakes.room(chords=chords, **{"tempo": STEADY, "turns": TURNS | (turns or {})} | tables)


def hold(here, pitches, channel=16):
    for pitch in pitches:
        here.send(0x90 | channel - 1, pitch, 80)


def let_go(here, pitches, channel=16):
    for pitch in pitches:
        here.send(0x80 | channel - 1, pitch, 0)


def over(harmony, *beats):
    found = [harmony.at(Beats(beat)) for beat in beats]
    return [chord.symbol if chord else None for chord in found]


def test_a_chart_goes_on_from_the_phrase_under_its_answer(plans):
    here = room(CHART)
    here.play(SCALE)
    here.wait(6.0)
    phrase, answer = here.told
    (plan,) = plans
    assert over(phrase.harmony, 0, 4, 8, 12, 16) == ["Dm7", "G7", "Cmaj7", "Cmaj7", "Dm7"]
    assert plan.start == 5.0
    assert over(plan.harmony, 5, 8) == ["G7", "Cmaj7"]
    assert over(answer.harmony, 0, 2.9, 3, 11) == ["G7", "G7", "Cmaj7", "Dm7"]


def test_a_chart_lies_on_the_bars_of_a_clock_from_its_start_on(plans):
    here = room(CHART, tempo={"source": "auto"})
    began = here.now + 0.1
    ticks = pulses(lambda _: 120.0, 80, began)
    here.follow([(began - 0.01, START), *((second, PULSE) for second in ticks)])
    here.wait(0.1 + 4.4)  # nine beats later: the third bar has begun
    here.play(SCALE)
    here.wait(4.0)
    phrase = here.told[0]
    assert over(phrase.harmony, 0, 8) == ["Cmaj7", "Dm7"]
    assert phrase.notes[0].onset == pytest.approx(0.8, abs=0.05)
    assert over(plans[0].harmony, plans[0].start) == ["Cmaj7"]


def test_a_chart_lies_on_the_bars_that_a_clock_tells_of():
    config = Config.model_validate({"chords": CHART, "tempo": {"source": "jack"}})
    grids = Grids(config.tempo)
    said = [Seconds(0.0), Beats(0.0), Bpm(60.0), -1, "grid", "jack", "running"]
    grids.take(Transport(*said, bar_line=Beats(10.0), meter="3/4"))
    around = grids.around(Seconds(8.5), kept=False)
    assert (around.origin, grids.first_bar(around)) == (7.0, 1.0)
    chords = Chords(config)
    harmony = chords.over(around, grids.meter.bar, grids.first_bar(around))
    assert over(harmony, -6.1, -6, 0, 3) == ["Cmaj7", "Dm7", "Cmaj7", "Cmaj7"]
    assert grids.first_bar(Tempo(Bpm(60.0))) == 0.0


def test_a_chart_goes_on_through_a_trade(plans):
    here = room(CHART, {"mode": "trade", "trade": 1})
    here.play(HIGH[:6])
    here.wait(5.0)
    here.play(HIGH[:6])
    here.wait(3.0)
    assert len(plans) == 2
    assert over(plans[0].harmony, plans[0].start) == ["G7"]
    second = [turn for turn in here.told if turn.author == "player"][1]
    bars = round(here.beat_at(second.tempo.second_at(Beats(0.0))) / 4)
    assert over(second.harmony, 0) == [["Dm7", "G7", "Cmaj7", "Cmaj7"][bars % 4]]


def test_a_preset_brings_another_tune(plans):
    preset = {"name": "blues", "chords": {"chart": "| F7 | Bb7 |"}}
    here = room(CHART, preset=[preset])
    here.program(0)
    here.play(SCALE)
    here.wait(2.0)
    assert over(plans[0].harmony, 0, 4) == ["F7", "Bb7"]


def test_the_left_hand_is_the_chord_and_not_in_the_phrase(plans):
    here = room(LEFT)
    hold(here, SHELL_DM7, 1)
    here.play(HIGH)
    here.wait(6.0)
    phrase, _ = here.told
    assert [note.pitch for note in phrase.notes] == [pitch for _, _, pitch in HIGH]
    assert over(phrase.harmony, 0, 3.9) == ["Dm7", "Dm7"]
    assert over(plans[0].harmony, plans[0].start) == ["Dm7"]


def test_a_chord_that_changes_in_the_phrase_is_on_its_beat():
    here = room(LEFT)
    hold(here, SHELL_DM7, 1)
    here.play(HIGH[:4])
    let_go(here, SHELL_DM7, 1)
    hold(here, SHELL_G7, 1)
    here.play(HIGH[4:])
    here.wait(6.0)
    assert over(here.told[0].harmony, 0, 1.9, 2.1, 5) == ["Dm7", "Dm7", "G7", "G7"]


@pytest.mark.parametrize("chords", [LEFT, CHANNEL], ids=["left hand", "channel"])
def test_a_chord_that_changes_under_an_answer_changes_what_it_is_played_over(plans, chords):
    here, channel = room(chords, {"length": 4}), 1 if chords is LEFT else 16
    hold(here, SHELL_DM7, channel)
    here.play(HIGH)
    here.wait(1.5)
    assert here.sounding
    (plan,) = plans
    now = here.beat
    assert over(plan.harmony, now, now + 4) == ["Dm7", "Dm7"]
    let_go(here, SHELL_DM7, channel)
    hold(here, SHELL_G7, channel)
    here.wait(0.1)
    assert over(plan.harmony, now - 0.1, now + 4) == ["Dm7", "G7"]
    here.wait(9.0)
    assert len(here.told) == 2, "nobody has interrupted it"
    length = here.told[1].length
    assert length == 16.0
    assert over(here.told[1].harmony, 0, length) == ["Dm7", "G7"]


def test_a_chord_that_changes_in_the_silence_is_that_of_the_answer(plans):
    here = room(CHANNEL)
    hold(here, DM7)
    here.play(SCALE)
    here.wait(0.4)  # the first notes are drawn by now
    let_go(here, DM7)
    hold(here, G7)
    here.wait(2.0)
    assert over(plans[-1].harmony, plans[-1].start) == ["G7"]


def test_an_answer_that_begins_later_than_was_guessed_is_drawn_over_the_chords_there(
    plans, tmp_path
):
    roots = Session.load(roots_model(tmp_path / "roots.onnx"))
    chart = {"source": "chart", "chart": "| C Db Eb E |"}
    turns = {"density": "free", "range": "free"}
    here = room(chart, turns, session=roots, jazz={"rules": []}, sampling={"restless": 0.0})
    here.play(SCALE)
    here.wait(0.4)  # the first notes are drawn by now
    here.now = Seconds(here.now + 0.7)  # and the mind stands still
    here.wait(4.0)
    (plan,) = plans
    assert plan.start > 5.0
    pitches = [event.pitch % 12 for _, event in here.out if isinstance(event, NoteOn)]
    expected = [(0, 1, 3, 4)[int(plan.start + note / 2) % 4] for note in range(len(pitches))]
    assert pitches[:-1] == expected[:-1]


def test_chords_on_their_channel_neither_begin_a_phrase_nor_keep_one_open(plans):
    here = room(CHANNEL, {"min_notes": 1})
    hold(here, DM7)
    here.wait(3.0)
    let_go(here, DM7)
    here.wait(3.0)
    assert not here.onsets
    hold(here, CMAJ7)
    here.play(SCALE)
    here.wait(6.0)
    assert len(here.told) == 2
    assert not here.sounding


def test_before_any_chord_was_held_none_is_known(plans):
    here = room(LEFT)
    here.play(HIGH)
    here.wait(2.0)
    assert plans[0].harmony is None


def test_the_desk_tells_what_is_played_over_now():
    here = room(CHART)
    assert here.desk.chord(here.now) == ""
    here.play(SCALE)
    assert here.desk.chord(here.now) == "Dm7"
    here.wait(1.0)
    assert here.desk.chord(here.now) == "G7"
    held = room(CHANNEL)
    hold(held, DM7)
    held.wait(0.1)
    assert held.desk.chord(held.now) == "Dm7"


def test_lost_reports_of_chords_are_made_good():
    here = room(CHANNEL)
    hold(here, DM7)
    here.wait(0.1)
    here.desk.take(HeldKeys(here.now, [(16, pitch) for pitch in CMAJ7] + [(1, 72)], []))
    assert here.duet.chords.held.symbol == "Cmaj7"
