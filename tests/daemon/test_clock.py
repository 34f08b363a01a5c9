"""A duet beside a clock: where answers go when a DAW runs, stops, moves or falls silent."""

from itertools import chain

import fakes
import pytest
from fakes import NO_EVENT, SCALE

from improvd.bench.clocks import PULSE, START, STOP, pointer, pulses, ramp, shaken
from improvd.play.messages import Begin, Resume

TURNS = {"silence": 0.5}
BEGAN = 100.1  # the second of beat 0; the room opens at 100


def clock(bpm, beats=80, start=BEGAN):
    """Start, then so many beats of pulses; `bpm` is a number or a function of the beat."""
    bpm_at = bpm if callable(bpm) else lambda _: bpm
    return [(start - 0.01, START), *((second, PULSE) for second in pulses(bpm_at, beats, start))]


def room(bpm=100.0, source="auto", turns=None, likes=None, **tempo):
    here = fakes.room(likes, tempo={"source": source} | tempo, turns=TURNS | (turns or {}))
    here.follow(clock(bpm))
    here.wait(1.0)
    return here


def beats(here, bpm=100.0, start=BEGAN):
    return [(second - start) * bpm / 60 for second in here.onsets]


@pytest.mark.parametrize(("start", "spacing"), [("beat", 1.0), ("bar", 4.0)])
def test_an_answer_starts_on_the_beat_or_bar_of_the_clock(start, spacing):
    here = room(turns={"start": start})
    here.play(SCALE, bpm=100.0)
    here.wait(5.0)
    first = beats(here)[0] / spacing
    assert first == pytest.approx(round(first), abs=0.005)


def test_however_somebody_plays_the_answers_are_in_the_tempo_of_the_clock():
    here = room()
    here.play(SCALE, bpm=83.0)
    here.wait(8.0)
    steps = [beat * 4 for beat in beats(here)]
    assert len(steps) > 2
    assert all(step == pytest.approx(round(step), abs=0.02) for step in steps)


def test_beats_of_the_phrase_are_those_of_the_bar_of_the_clock():
    here = room()
    here.wait(0.5)
    here.wait(BEGAN + 6 * 0.6 - here.now)  # beat 3 of the second bar
    here.play(SCALE, bpm=100.0)
    here.wait(8.0)
    phrase, answer = here.told
    assert [note.onset for note in phrase.notes] == pytest.approx(
        [2 + onset for onset, _, _ in SCALE], abs=0.01
    )
    assert answer.length == 4.0, "as long as the phrase, which is no longer for where it began"


@pytest.mark.parametrize(("silence", "answered"), [("auto", True), ("beat", False)])
def test_a_phrase_may_wait_a_beat_of_the_clock_for_its_end(silence, answered):
    here = room(60.0, turns={"silence": silence, "start": "now"})
    here.play(SCALE, bpm=240.0)
    here.wait(0.9)
    assert bool(here.onsets) is answered
    here.wait(0.3)
    assert here.onsets


def test_a_first_note_a_little_before_the_bar_line_counts_as_on_it():
    here = room()
    here.wait(BEGAN + 3.9 * 0.6 - here.now)
    here.play(SCALE, bpm=100.0)
    here.wait(8.0)
    onsets = [note.onset for note in here.told[0].notes]
    assert onsets[:2] == [0.0, pytest.approx(0.4, abs=0.01)]


def test_jitter_of_the_clock_is_not_heard():
    here = room()
    calm = clock(100.0)
    seconds = shaken([second for second, _ in calm], 0.002)
    here.follow(sorted(zip(seconds, [data for _, data in calm], strict=True))[40:])
    here.wait(6.0)
    here.play(SCALE, bpm=100.0)
    here.wait(8.0)
    steps = [beat * 4 for beat in beats(here)]
    assert len(steps) > 2
    assert all(abs(step - round(step)) * 150 < 3.0 for step in steps)  # ms


def test_an_answer_moves_with_the_tempo_and_is_remembered_in_its_beats():
    bpm_at = ramp(100, 140, 10, 16)
    here = room(bpm_at, turns={"start": "bar", "length": 2})
    truth = list(pulses(bpm_at, 40, BEGAN))
    here.play(SCALE, bpm=100.0)
    here.wait(12.0)
    nearest = [min(truth, key=lambda pulse: abs(pulse - onset)) for onset in here.onsets]
    places = [truth.index(pulse) % 6 for pulse in nearest]
    assert here.onsets[-1] > truth[10 * 24] > here.onsets[0], "it was on during the ramp"
    assert set(places) == {0}, "sixteenths"
    assert max(abs(a - b) for a, b in zip(here.onsets, nearest, strict=True)) < 0.012
    onsets = [note.onset * 4 for note in here.told[1].notes]
    assert all(onset == pytest.approx(round(onset), abs=0.1) for onset in onsets)


def answering(here):
    """An answer is on."""
    here.play(SCALE, bpm=100.0)
    here.wait(1.6)
    assert here.onsets
    assert here.beat < 12


@pytest.mark.parametrize("message", [STOP, START, pointer(128)])
def test_stop_and_another_place_end_the_answer_and_nothing_stale_comes(message):
    here = room(turns={"length": 8}, likes={NO_EVENT: 1.0})
    answering(here)
    before = len(here.onsets)
    rest = [each for each in clock(100.0) if each[0] >= here.now]
    here.follow(chain([(here.now, message)], rest))
    here.wait(0.01)
    assert not here.sounding
    here.wait(10.0)
    assert len(here.onsets) == before
    assert [turn.author for turn in here.told] == ["player", "partner"]


@pytest.mark.parametrize("gone", [0.05, 0.4, 1.7])
def test_after_the_players_death_answers_are_still_on_the_bar_of_the_clock(gone):
    here = room(turns={"start": "bar", "length": 4}, likes={NO_EVENT: 1.0})
    answering(here)
    here.lose_player(gone)
    here.wait(0.01)
    assert not here.sounding
    before = len(here.onsets)
    here.wait(1.0)
    assert len(here.onsets) == before, "what was planned died with it"
    here.play(SCALE, bpm=100.0)
    here.wait(8.0)
    first = beats(here)[before] / 4
    assert first == pytest.approx(round(first), abs=0.005)


def test_the_place_outlives_more_than_one_player_and_ends_with_a_stop():
    here = room(turns={"start": "bar"})
    here.lose_player(0.3)
    here.lose_player(0.3)
    here.wait(0.1)
    assert here.beat == pytest.approx((here.now - BEGAN) / 0.6, abs=0.01)
    here.follow([(here.now, STOP), *(each for each in clock(100.0) if each[0] > here.now)])
    here.wait(0.1)
    here.orders.clear()
    here.lose_player(0.3)
    assert not [order for order in here.orders if isinstance(order, Resume)]


def test_started_again_after_the_players_death_it_counts_from_there():
    here = room(turns={"start": "bar"})
    here.lose_player(0.3)
    again = here.now + 1.0
    here.follow(clock(100.0, start=again))
    here.wait(2.0)
    here.play(SCALE, bpm=100.0)
    here.wait(8.0)
    first = beats(here, start=again)[0] / 4
    assert first == pytest.approx(round(first), abs=0.005)


def test_a_clock_that_stopped_before_the_players_death_and_starts_after_it_is_another_one():
    turns = {"mode": "trade", "trade": 2}
    here = room(lambda beat: 100.0 if beat < 12 else 130.0, turns=turns)
    here.wait(9.0)
    here.follow([(here.now, STOP)])
    here.wait(0.1)
    here.lose_player(0.3)
    again = here.now + 0.1
    here.follow(clock(100.0, start=again))
    here.wait(again + 0.01 - here.now)
    here.play(SCALE, bpm=100.0)
    here.wait(8.0)
    assert beats(here, start=again)[0] == pytest.approx(8.0, abs=0.01)
    assert len(here.told[0].notes) == len(SCALE)


def test_after_a_stop_the_grid_is_the_phrases_own():
    here = room()
    here.follow([(here.now, STOP)])
    here.wait(1.0)
    here.play(SCALE, bpm=83.0)
    here.wait(8.0)
    assert here.told[0].notes[0].onset == 0.0
    assert here.told[0].tempo.bpm == pytest.approx(83.0, abs=0.5)


def test_silent_means_no_answer_from_stop_to_start():
    here = room(on_stop="silent")
    here.follow([(here.now, STOP)])
    here.wait(0.1)
    here.play(SCALE)
    here.wait(5.0)
    assert not here.onsets
    here.follow(clock(100.0, start=here.now + 0.1))
    here.wait(1.0)
    here.play(SCALE, bpm=100.0)
    here.wait(5.0)
    assert here.onsets


def test_start_in_the_middle_of_a_phrase_puts_its_answer_on_the_clock():
    here = fakes.room(tempo={"source": "auto"}, turns=TURNS | {"start": "bar"})
    here.follow(clock(100.0, start=102.0))
    here.play(SCALE, bpm=100.0)
    here.wait(8.0)
    first = beats(here, start=102.0)[0]
    assert first == pytest.approx(4.0, abs=0.005)
    assert [note.pitch for note in here.told[0].notes] == [pitch for _, _, pitch in SCALE]


def test_a_lost_clock_ends_no_answer_and_auto_goes_back_to_the_phrase(caplog):
    caplog.set_level("INFO")
    here = room(turns={"length": 2})
    here.play(SCALE, bpm=100.0)
    here.follow([])
    here.wait(8.0)
    steps = [beat * 4 for beat in beats(here)]
    assert all(step == pytest.approx(round(step), abs=0.02) for step in steps)
    assert here.told[1].length == 8.0
    assert caplog.text.count("the MIDI clock is lost: going on without it at 100.0 bpm") == 1
    here.play(SCALE, bpm=83.0)
    here.wait(4.0)
    assert here.told[2].tempo.bpm == pytest.approx(83.0, abs=0.5)


def test_with_midi_clock_a_lost_one_keeps_its_grid():
    here = room(source="midi-clock")
    here.follow([])
    here.wait(2.0)
    here.play(SCALE, bpm=83.0)
    here.wait(6.0)
    first = beats(here)[0]
    assert first == pytest.approx(round(first), abs=0.005)


def test_pulses_alone_give_the_tempo_and_the_phrase_the_place():
    here = fakes.room(tempo={"source": "midi-clock"}, turns=TURNS)
    here.follow(clock(100.0)[1:])
    here.wait(1.234)
    began = here.now
    here.play(SCALE, bpm=95.0)
    here.wait(6.0)
    steps = [beat * 4 for beat in beats(here, start=began)]
    assert len(steps) > 2
    assert all(step == pytest.approx(round(step), abs=0.02) for step in steps)
    assert here.told[0].tempo.bpm == pytest.approx(100.0, abs=0.1)


def test_a_keyboard_that_ticks_by_itself_does_not_set_the_tempo_of_auto():
    here = fakes.room(tempo={"source": "auto"}, turns=TURNS)
    here.follow(clock(120.0)[1:])
    here.wait(1.0)
    here.play(SCALE, bpm=83.0)
    here.wait(4.0)
    assert here.told[0].tempo.bpm == pytest.approx(83.0, abs=0.5)


def test_two_phrases_in_one_bar_of_the_clock_are_two_phrases():
    here = room(30.0, turns={"silence": 0.2, "start": "now"}, likes={NO_EVENT: 1.0})
    here.play(SCALE[:3], bpm=240.0)
    here.wait(0.6)
    assert sum(isinstance(order, Begin) for order in here.orders) == 1
    here.play(SCALE[:2], bpm=240.0)
    assert here.now < BEGAN + 8.0, "still the first bar"
    assert [note.onset < 4 for note in here.told[0].notes] == [True] * 3
    assert here.difference_from_log(fakes.FakeSession()) < 1e-5
