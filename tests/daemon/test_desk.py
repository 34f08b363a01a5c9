"""A desk in a room: knobs, buttons, presets, taps and other models while somebody plays."""

import logging
import threading

import fakes
import pytest
from fakes import NO_EVENT, SCALE, BabblingSession, FakeSession

from improvd.core.note import SUSTAIN, Control, NoteOn
from improvd.daemon import exchange
from improvd.play.messages import (
    Begin,
    Mute,
    Panic,
    Play,
    SendControl,
    SetControls,
    SetThru,
)
from improvd.ports import wire

INTERNAL = {"source": "internal", "bpm": 120.0}
TURNS = {"silence": 0.5}
CONTROLS = {
    "temperature": "cc 1",
    "density": "cc 2",
    "length": "cc 3",
    "model": "note 24",
    "mute": "cc 80",
    "thru": "note 22",
    "panic": "note 21",
}
LATE = 0.02  # seconds


def room(turns=None, presets=(), likes=None, **tables):
    tables = {"tempo": INTERNAL, "controls": CONTROLS} | tables
    preset = [{"name": f"preset {n}"} | each for n, each in enumerate(presets)]
    likes = {NO_EVENT: 1.0} if likes is None else likes
    return fakes.room(likes, turns=TURNS | (turns or {}), preset=preset, **tables)


def press(here, pitch):
    here.key(pitch)
    here.wait(0.01)
    here.let_go(pitch)
    here.wait(0.01)


def told(here, kind):
    return [order for order in here.orders if isinstance(order, kind)]


def planned(here, answer=1):
    """The onsets that the mind planned for this answer, in beats of the transport."""
    plays = [order for order in told(here, Play) if order.answer == answer]
    return sorted(note.onset for order in plays for note in order.notes)


def nothing_was_lost(here, answer=1):
    beats = [here.beat_at(second) for second in here.onsets]
    wanted = planned(here, answer)
    late = [beat - want for beat, want in zip(beats, wanted, strict=False)]
    assert len(beats) >= len(wanted) > 4
    assert 0 <= max(late, default=1.0) < LATE * 2, "two beats a second"
    assert not here.sounding


def test_a_knob_is_felt_in_the_answer_that_is_on():
    here = room({"length": 4})
    here.play(SCALE)
    here.wait(1.5)
    here.control(1, 127)
    here.wait(0.1)
    assert here.improviser._voice._sampler.temperature == 2.0
    here.wait(12.0)
    nothing_was_lost(here)


def test_length_and_density_are_those_of_the_next_turn():
    here = room()
    here.play(SCALE)
    here.wait(1.5)
    here.control(3, 14)  # 14 / 127 of the way from 1 to 16 bars: three
    here.control(2, 127)
    here.wait(6.0)
    assert here.told[1].length == 4.0
    here.play(SCALE)
    here.wait(10.0)
    assert here.told[3].length == 12.0
    assert len(here.told[3].notes) > 2 * len(here.told[1].notes)


def test_a_knob_that_moves_in_the_silence_is_heeded_by_the_answer_to_come():
    here = room()
    here.play(SCALE)
    here.wait(0.4)  # an opening is prepared by now
    here.control(3, 14)
    here.wait(10.0)
    assert here.told[1].length == 12.0


def test_what_is_mapped_is_no_playing():
    here = room()
    here.play(SCALE)
    here.wait(1.5)
    press(here, 22)
    here.control(3, 127)
    here.wait(6.0)
    assert [turn.author for turn in here.told] == ["player", "partner"]
    assert len(here.told[0].notes) == len(SCALE)
    nothing_was_lost(here)


def test_a_pad_that_is_held_at_the_port_for_controls_holds_no_phrase_open():
    here = room(midi={"controls_input": "virtual"}, controls={"mute": "note 60"})
    here.send(0x90, 64, 80, end="controls")
    here.play(SCALE)
    here.wait(1.5)
    assert here.onsets, "the answer"
    assert len(here.told[0].notes) == len(SCALE), "60 is a note, played on the keyboard"
    here.send(0x90, 60, 80, end="controls")
    here.wait(6.0)
    assert told(here, Mute) == [Mute(on=True)]
    assert [turn.author for turn in here.told] == ["player", "partner"]


@pytest.mark.parametrize(
    ("controls_input", "learnt"), [("input", "note 60 ch 1"), ("virtual", "cc 7 ch 16")]
)
def test_what_is_learnt_comes_from_the_port_for_controls_where_there_is_one(controls_input, learnt):
    here = room(midi={"controls_input": controls_input})
    ends = {"input": "hears", "virtual": "controls"}
    here.desk.requests()["learn panic"]()
    here.key(60)
    for value in (0, 64):
        here.send(0xBF, 7, value, end=ends[controls_input])
    here.wait(0.1)
    assert here.desk.requests()["learnt"]() == learnt


def test_mute_and_thru_and_panic_are_said_to_the_player():
    here = room()
    for _ in range(2):
        press(here, 22)
        here.control(80, 127)
        here.control(80, 0)
        here.wait(0.01)
    press(here, 21)
    assert told(here, SetThru) == [SetThru(on=True), SetThru(on=False)]
    assert told(here, Mute) == [Mute(on=True), Mute(on=False)]
    assert len(told(here, Panic)) == 1


def test_thru_that_went_off_by_itself_is_turned_on_by_the_next_press():
    here = room(midi={"thru": True})
    for pitch in range(60, 64):
        here.key(pitch)
        here.wait(0.002)
        here.key(pitch)  # the output is connected with the input
        here.wait(0.1)
    assert not here.desk.settings.now.midi.thru
    press(here, 22)
    assert told(here, SetThru) == [SetThru(on=True)]


def test_a_muted_answer_takes_its_turn_in_silence():
    here = room()
    here.control(80, 127)
    here.play(SCALE)
    here.wait(6.0)
    assert not here.onsets
    assert [turn.author for turn in here.told] == ["player", "partner"]
    assert here.told[1].notes


def test_a_preset_holds_for_the_next_turn_and_loses_nothing_of_this_one():
    quick = {"turns": {"length": 2}, "midi": {"output_channel": 5}, "play": {"lookahead": 2.0}}
    here = room({"length": 4}, [quick, {"turns": {"min_notes": 2}}])
    here.play(SCALE)
    here.wait(1.5)
    here.program(0)
    here.wait(12.0)
    nothing_was_lost(here)
    assert {event.channel for _, event in here.out} == {1}
    before = len(here.out)
    here.play(SCALE)
    here.wait(8.0)
    assert here.told[3].length == 8.0
    assert {event.channel for _, event in here.out[before:]} == {5}
    here.program(1)
    here.wait(0.1)
    assert here.desk.settings.now.turns.length == 4, "what the other preset set is gone with it"


def test_a_preset_wins_over_what_hands_have_moved_and_leaves_the_rest():
    here = room(presets=[{"turns": {"length": 2}}])
    here.control(3, 127)
    here.control(1, 0)
    here.wait(0.01)
    assert here.desk.settings.now.turns.length == 16
    here.program(0)
    here.wait(0.01)
    now = here.desk.settings.now
    assert (now.turns.length, now.model.temperature) == (2, 0.0)
    here.control(3, 127)
    here.wait(0.01)
    assert here.desk.settings.now.turns.length == 16


def test_a_program_that_is_mapped_calls_no_preset():
    here = room(presets=[{"turns": {"length": 2}}], controls={"mute": "program 0"})
    here.program(0)
    here.wait(0.01)
    assert told(here, Mute) == [Mute(on=True)]
    assert here.desk.settings.now.turns.length == "phrase"


def test_the_tempo_of_a_preset_is_that_of_the_next_phrase():
    here = room(presets=[{"tempo": {"bpm": 90.0, "meter": "3/4"}}])
    here.play(SCALE)
    here.wait(1.5)
    here.program(0)
    here.wait(6.0)
    nothing_was_lost(here)
    here.play(SCALE, bpm=90.0)
    here.wait(1.0)
    assert here.duet.ear.tempo.bpm == 90.0
    assert here.duet.ear.grids.meter.bar == 3.0


def with_another(session, presets=({"model": {"name": "other"}},), **tables):
    here = room({"length": 4, "memory": 2}, presets, **tables)
    here.models["other"] = session
    return here


def test_another_model_takes_over_when_the_answer_is_over_and_has_heard_it_all():
    first, other = FakeSession({NO_EVENT: 1.0}), FakeSession({NO_EVENT: 1.0})
    here = fakes.room(
        session=first, tempo=INTERNAL, turns=TURNS | {"memory": 2},
        preset=[{"name": "other", "model": {"name": "other"}}],
    )  # fmt: skip
    here.models["other"] = other
    here.play(SCALE)
    here.wait(1.0)
    here.program(0)
    here.wait(1.0)
    assert not other.steps, "the answer is still on"
    here.wait(6.0)
    nothing_was_lost(here)
    taken = first.steps
    assert here.difference_from_log(FakeSession({NO_EVENT: 1.0})) < 1e-5
    here.play(SCALE)
    here.wait(6.0)
    assert (first.steps, bool(other.steps)) == (taken, True)
    assert [turn.author for turn in here.told] == ["player", "partner"] * 2


@pytest.mark.parametrize("moment", [0.1, 0.4])  # an opening is prepared by the second one
def test_another_model_in_the_middle_of_a_phrase_hears_it_from_its_beginning(moment):
    here = with_another(FakeSession({NO_EVENT: 1.0}))
    here.play(SCALE)
    here.wait(12.0)
    here.play(SCALE[:4])
    here.wait(moment)
    here.program(0)
    here.wait(0.002)
    if moment < 0.25:
        assert here.difference_from_log(FakeSession({NO_EVENT: 1.0})) < 1e-5
    here.wait(20.0)
    assert [turn.author for turn in here.told] == ["player", "partner"] * 2
    assert len(here.told[2].notes) == 4
    assert not here.sounding


def test_a_model_of_another_family_takes_over_and_goes_back():
    here = with_another(BabblingSession(), [{"model": {"name": "other"}}, {}])
    for program in (0, 1, 0):
        here.play(SCALE)
        here.wait(1.5)
        here.program(program)
        here.wait(15.0)
        assert not here.sounding
    assert [turn.author for turn in here.told] == ["player", "partner"] * 3
    assert all(turn.notes for turn in here.told)
    assert here.improviser.family.dynamics


def test_a_model_that_cannot_be_loaded_is_one_line_and_the_old_one_goes_on(caplog):
    here = room({"length": 4}, [{"model": {"name": "nobody"}}])
    here.play(SCALE)
    here.wait(1.5)
    here.program(0)
    here.wait(12.0)
    nothing_was_lost(here)
    faults = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [record.getMessage() for record in faults] == [
        "there is no model 'nobody'; melody-attention goes on"
    ]
    here.play(SCALE)
    here.wait(12.0)
    assert len(here.told) == 4


def test_of_two_models_that_are_called_the_last_one_comes():
    here = with_another(FakeSession(), [{"model": {"name": "other"}}, {"model": {"name": "third"}}])
    here.models["third"] = third = FakeSession()
    waiting = []
    here._exchange._beside = waiting.append
    here.program(0)
    here.program(1)
    here.wait(0.01)
    for work in reversed(waiting):  # the first one takes longer
        work()
    here.play(SCALE)
    here.wait(6.0)
    assert third.steps
    assert not here.models["other"].steps


def test_a_model_is_loaded_beside_the_music():
    here = with_another(FakeSession())
    there, load = threading.Event(), here._exchange._load

    def slowly(*called):
        assert there.wait(5.0)
        return load(*called)

    here._exchange._load, here._exchange._beside = slowly, exchange._on_a_thread
    here.play(SCALE)
    here.wait(1.0)
    here.program(0)
    here.wait(1.0)
    assert len(here.onsets) > 2, "nothing waits for it"
    there.set()


def test_the_model_key_takes_the_next_one_of_those_that_are_there():
    here = room()
    here.models["melody-basic"] = basic = FakeSession()
    press(here, 24)
    here.play(SCALE)
    here.wait(6.0)
    assert here.desk.settings.now.model.name == "melody-basic", "after melody-attention"
    assert basic.steps


def test_the_state_is_shown_from_the_start_and_at_each_change():
    here = room(midi={"state_cc": 20})
    here.wait(0.1)
    here.play(SCALE)
    here.wait(6.0)
    shown = [event for _, event in here.out if isinstance(event, Control)]
    assert [(event.channel, event.number, event.value) for event in shown] == [
        (1, 20, value) for value in (0, 64, 127, 0)
    ]


def test_no_state_is_shown_where_none_is_wished():
    here = room()
    here.play(SCALE)
    here.wait(6.0)
    assert not told(here, SendControl)


# --- modes, starts and stops

HAND = {"controls": {"start": "note 20", "stop": "note 21", "mode": "cc 9"}}


def test_a_key_starts_an_answer_and_another_one_stops_it():
    here = room({"mode": "manual", "length": 8}, **HAND)
    here.play(SCALE)
    here.wait(3.0)
    assert not here.onsets
    press(here, 20)
    here.wait(3.0)
    assert here.onsets
    press(here, 21)
    here.wait(6.0)
    assert [turn.author for turn in here.told] == ["player", "partner"]
    assert here.told[1].length < 32.0
    assert not here.sounding


def test_a_mode_that_is_chosen_while_it_answers_rules_from_the_next_turn_on():
    here = room({"length": 4}, **HAND)
    here.play(SCALE)
    here.wait(1.5)
    here.control(9, 127)
    here.wait(12.0)
    assert here.duet.mode == "listen", "the last one"
    nothing_was_lost(here)
    before = len(here.onsets)
    here.play(SCALE)
    here.wait(6.0)
    assert len(here.onsets) == before
    assert [turn.author for turn in here.told] == ["player", "partner", "player"]


def test_a_preset_may_bring_a_mode():
    here = room({"length": 4}, [{"turns": {"mode": "listen"}}, {}], **HAND)
    here.play(SCALE)
    here.wait(1.5)
    here.program(0)
    here.wait(12.0)
    nothing_was_lost(here)
    assert here.duet.mode == "listen"
    here.program(1)
    here.wait(0.1)
    assert here.duet.mode == "answer"


def test_a_rule_for_playing_into_answers_waits_until_no_answer_is_on():
    here = room({"length": 4}, [{"turns": {"interrupt": "ignore"}}])
    here.play(SCALE)
    here.wait(1.5)
    here.program(0)
    here.wait(0.1)
    here.key(60)
    here.wait(0.1)
    assert not here.sounding, "the answer that is on is still cut"
    here.let_go(60)
    here.wait(3.0)
    told = len(here.told)
    here.play(SCALE)
    here.wait(1.5)
    here.play(SCALE[:2])
    here.wait(14.0)
    assert len(here.told) == told + 2
    assert here.told[-1].length == 16.0


# --- what is learnt


def learn(here, target):
    assert here.desk.requests()[f"learn {target}"]() == "listening"


def keep(here):
    return here.desk.requests()["keep learnt"]()


def test_what_is_learnt_holds_at_once():
    here = room({"mode": "manual"})
    here.play(SCALE)
    learn(here, "hand")
    press(here, 30)
    assert here.desk.requests()["learnt"]() == "note 30 ch 1"
    here.wait(2.0)
    assert not here.onsets, "not before it is kept"
    assert keep(here) == "kept"
    press(here, 30)
    here.wait(3.0)
    assert here.onsets
    assert here.duet.answering
    press(here, 30)
    here.wait(6.0)
    assert not here.duet.answering
    assert not here.sounding


def test_a_target_has_one_source_and_the_others_keep_theirs():
    here = room()
    learn(here, "mute")
    press(here, 30)
    keep(here)
    here.control(80, 127)
    here.wait(0.01)
    assert not told(here, Mute), "the one before it"
    press(here, 30)
    press(here, 22)
    assert told(here, Mute) == [Mute(on=True)]
    assert told(here, SetThru) == [SetThru(on=True)]


@pytest.mark.parametrize(
    ("down", "up"),
    [((0x90, 30, 64), b"\x80\x1e\x00"), ((0xB0, SUSTAIN, 127), b"\xb0\x40\x00")],
)
def test_what_taught_it_holds_no_phrase_open_and_sounds_no_longer(down, up):
    here = room(midi={"thru": True})
    here.play(SCALE[:4])
    learn(here, "hand")
    here.send(0xB0, SUSTAIN, 0)
    here.send(*down)
    here.wait(0.1)
    press(here, 62)  # the pedal, if it is that, keeps it
    before = len(here.out)
    keep(here)
    here.wait(0.01)
    ((second, event),) = here.out[before:]
    assert event == wire.event(second, *up)
    here.wait(1.0)
    assert here.told, "the phrase is over"


def test_nothing_is_kept_where_nothing_was_learnt():
    here = room()
    assert keep(here) == "nothing was learnt"
    press(here, 30)
    assert keep(here) == "nothing was learnt", "nobody asked for it"
    learn(here, "temperature")
    press(here, 30)
    assert keep(here) == "nothing was learnt", "a key is no knob"
    assert not told(here, SetControls)


# --- tapped tempo

TAPPED = {"tempo": {"source": "tap", "bpm": 120.0}, "controls": {"tap": "note 20"}}


def tap(here, count, bpm):
    """Tap so often; comes back a beat after the last one began."""
    for _ in range(count):
        press(here, 20)
        here.wait(60.0 / bpm - 0.02)


def test_until_somebody_taps_the_tempo_is_the_one_that_is_set():
    here = room(**TAPPED)
    here.play(SCALE)
    here.wait(6.0)
    assert here.told[1].tempo.bpm == 120.0


@pytest.mark.parametrize("early", [0.0, 0.05])
def test_after_four_taps_the_phrase_begins_on_one_and_the_answer_on_its_bar_line(early):
    here = room(turns={"start": "bar"}, **TAPPED)
    began = here.now
    tap(here, 3, 100.0)
    press(here, 20)
    here.wait(0.6 - 0.02 - early)
    here.play(SCALE, bpm=100.0)
    here.wait(8.0)
    beats = [(second - began) * 100.0 / 60.0 for second in here.onsets]
    assert beats[0] / 4 == pytest.approx(round(beats[0] / 4), abs=0.01)
    assert here.told[0].notes[0].onset == pytest.approx(0.0, abs=0.01)
    assert here.told[0].tempo.bpm == pytest.approx(100.0, rel=0.01)


def test_an_answer_moves_with_the_tempo_and_loses_no_note():
    here = room(turns={"length": 4}, likes={}, **TAPPED)
    tap(here, 4, 120.0)
    here.play(SCALE)
    here.wait(2.0)
    before = len(here.onsets)
    tap(here, 5, 150.0)
    here.wait(12.0)
    beats = [here.beat_at(second) * 4 for second in here.onsets[before + 12 :]]
    assert len(beats) > 8
    assert all(beat == pytest.approx(round(beat), abs=0.05) for beat in beats)
    assert len(here.onsets) == len(planned(here))
    assert not here.sounding
    assert here.duet._grids.bpm == pytest.approx(150.0, rel=0.01)


def test_a_tap_means_nothing_where_the_tempo_is_not_tapped():
    here = room(controls={"tap": "note 20"})
    tap(here, 4, 100.0)
    here.play(SCALE)
    here.wait(6.0)
    assert here.told[0].tempo.bpm == 120.0
    assert [order.answer for order in told(here, Begin)] == [1]
    assert all(isinstance(event, NoteOn) or event.pitch != 20 for _, event in here.out)
