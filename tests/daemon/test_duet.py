from itertools import accumulate
from random import Random

import fakes
import numpy as np
import pytest
from fakes import NO_EVENT, NOTE_OFF, SCALE, FakeSession

from improvd.engine.library import find_model
from improvd.engine.session import Session
from improvd.play.messages import Begin, Dropped, Play

INTERNAL = {"source": "internal", "bpm": 120.0}
TURNS = {"silence": 0.5}


def room(likes=None, turns=None, session=None):
    return fakes.room(likes, session, tempo=INTERNAL, turns=TURNS | (turns or {}))


def test_a_phrase_is_answered_on_the_next_beat_of_its_own_grid():
    here = room()
    here.play(SCALE)
    here.wait(0.4)
    assert not here.onsets, "the silence has not lasted long enough"
    here.wait(0.8)
    assert here.beat_at(here.onsets[0]) == pytest.approx(5.0, abs=0.01)


def test_the_answer_is_as_long_as_the_phrase_and_leaves_nothing_on():
    here = room()
    here.play(SCALE)
    here.wait(6.0)
    player, partner = here.told
    assert (player.author, partner.author) == ("player", "partner")
    assert (player.length, partner.length) == (4.0, 4.0)
    assert partner.notes[0].onset == pytest.approx(0.0, abs=0.01)
    assert not here.sounding


@pytest.mark.parametrize(("start", "spacing"), [("beat", 1.0), ("bar", 4.0)])
def test_the_answer_starts_where_it_was_asked_to(start, spacing):
    here = room(turns={"start": start})
    here.wait(0.123)
    here.play(SCALE[:5])
    here.wait(4.0)
    beat = here.beat_at(here.onsets[0])
    assert beat / spacing == pytest.approx(round(beat / spacing), abs=0.01)


DICE = Random(1)
FREE = [(at, 0.1, 60) for at in accumulate(DICE.uniform(0.2, 1.0) for _ in range(30))]


@pytest.mark.parametrize("source", ["auto", "follow"])
def test_on_the_beat_is_at_once_where_no_beat_can_be_heard(source):
    here = fakes.room(tempo={"source": source}, turns=TURNS)
    here.play(FREE)
    over = here.now + 0.5
    here.wait(1.0)
    assert not here.duet.ear.trusted
    assert here.onsets[0] == pytest.approx(over, abs=0.01)


def test_a_steady_player_gets_the_answer_on_the_beat_of_the_tempo_that_was_heard():
    here = fakes.room(tempo={"source": "follow"}, turns=TURNS)
    here.play(SCALE, bpm=100.0)
    here.wait(2.0)
    assert here.duet.ear.tempo.bpm == pytest.approx(100.0, rel=0.001)
    assert here.beat_at(here.onsets[0]) == pytest.approx(5.0, abs=0.01)


def test_free_playing_waits_for_a_bar_or_for_a_tempo_that_was_set():
    bar = {"turns": TURNS | {"start": "bar"}}
    for tables, spacing in ((bar, 4.0), ({"turns": TURNS, "tempo": INTERNAL}, 1.0)):
        here = fakes.room(**tables)
        here.play(FREE)
        here.wait(4.0)
        beat = here.beat_at(here.onsets[0])
        assert beat / spacing == pytest.approx(round(beat / spacing), abs=0.01)


def test_now_is_at_once():
    here = room(turns={"start": "now"})
    here.play(SCALE[:5])
    over = here.now + 0.5
    here.wait(1.0)
    assert here.onsets[0] == pytest.approx(over, abs=0.01)


def test_a_primer_that_ends_exactly_on_a_bar_line_is_one_bar_long():
    here = room(turns={"start": "bar"})
    here.play([(beat, 1.0, 60 + beat) for beat in range(4)])
    here.wait(1.0)
    assert here.duet.voices[0].log.last(2) == []
    here.wait(6.0)
    player, partner = here.told
    assert (player.length, partner.length) == (4.0, 4.0)
    assert here.beat_at(here.onsets[0]) == pytest.approx(8.0, abs=0.01)


def test_too_few_notes_get_no_answer_and_are_forgotten():
    here = room()
    here.play(SCALE[:2])
    here.wait(5.0)
    assert not here.onsets
    here.play(SCALE)
    here.wait(6.0)
    assert len(here.told) == 2
    assert len(here.told[0].notes) == len(SCALE)


def test_a_silence_that_was_only_a_rest_costs_nothing():
    here = room()
    here.play(SCALE[:4])
    here.wait(0.4)  # more than half of the silence: an opening is prepared by now
    here.play(SCALE[:2], velocity=90)
    here.wait(6.0)
    assert len(here.told) == 2
    assert len(here.told[0].notes) == 6


def test_a_held_key_and_a_held_pedal_keep_the_phrase_open():
    here = room()
    here.pedal(127)
    here.play(SCALE)
    here.key(48)
    here.wait(3.0)
    assert not here.onsets
    here.let_go(48)
    here.wait(3.0)
    assert not here.onsets
    here.pedal(0)
    here.wait(2.0)
    assert here.onsets


def test_a_lost_note_off_does_not_silence_the_answers_for_ever():
    here = room(turns={"max_hold": 2.0})
    here.key(50)
    here.wait(0.1)
    here.play(SCALE)
    here.wait(10.0)
    assert here.onsets


def test_barging_in_cuts_the_answer_and_begins_the_next_phrase():
    here = room({NO_EVENT: 1.0})
    here.play(SCALE)
    here.wait(2.0)
    assert here.onsets
    before = len(here.out)
    here.play(SCALE)
    cut = [event for _, event in here.out[before:]]
    assert not here.sounding
    assert len(cut) <= 1, "only the note-off of what sounded"
    here.wait(6.0)
    assert [turn.author for turn in here.told] == ["player", "partner"] * 2


def test_playing_on_before_the_first_note_of_the_answer_continues_the_phrase():
    here = room(turns={"start": "bar"})
    here.play(SCALE[:3])
    here.wait(0.6)
    assert any(isinstance(order, Begin) for order in here.orders)
    assert not here.onsets
    here.play(SCALE[:3])
    here.wait(8.0)
    assert len(here.told) == 2
    assert len(here.told[0].notes) == 6


def test_finish_answers_what_was_played_meanwhile_after_the_running_answer():
    here = room({NO_EVENT: 1.0}, turns={"interrupt": "finish", "length": 4})
    here.play(SCALE)
    here.wait(2.0)
    here.play(SCALE[:4])
    here.wait(20.0)
    assert [turn.author for turn in here.told] == ["player", "partner"] * 2
    assert here.told[1].length == 16.0
    assert len(here.told[2].notes) == 4


def test_ignore_does_not_listen_while_it_answers():
    here = room({NO_EVENT: 1.0}, turns={"interrupt": "ignore", "length": 4})
    here.play(SCALE)
    here.wait(2.0)
    here.play(SCALE[:4])
    here.wait(20.0)
    assert [turn.author for turn in here.told] == ["player", "partner"]


def test_an_answer_of_rests_is_not_taken_from_a_model_that_would_like_to_rest():
    here = room({NOTE_OFF: 25.0}, turns={"length": 8})
    here.play(SCALE)
    here.wait(20.0)
    _, partner = here.told
    ends = [note.end for note in partner.notes]
    starts = [note.onset for note in partner.notes]
    rests = [start - end for start, end in zip(starts[1:], ends, strict=False)]
    assert starts[0] == pytest.approx(0.0, abs=0.01)
    assert max(rests) <= 4.01


def test_the_answer_keeps_the_level_of_the_phrase():
    here = room()
    here.play(SCALE, velocity=60)
    here.wait(6.0)
    assert {note.velocity for note in here.told[1].notes} == {54}


def test_the_model_runs_only_just_ahead_of_the_sound():
    here = room({NO_EVENT: 1.5}, turns={"length": 8})
    here.play(SCALE)
    here.wait(2.0)
    notes = [note for order in here.orders if isinstance(order, Play) for note in order.notes]
    beat = here.beat_at(here.now)
    settled = [note.onset for note in notes]
    assert max(settled) < beat + 4


class SlowSession(FakeSession):
    """A step of it takes longer than the sixteenth it decides."""

    room = None

    def step(self, vector):
        if self.room and self.room.duet.answering:
            self.room.now += 0.5
        return super().step(vector)


def test_a_model_that_is_slower_than_the_music_ends_its_answer_and_nothing_sounds_late(caplog):
    session = SlowSession()
    here = fakes.room(session=session, tempo=INTERNAL, turns=TURNS | {"length": 8})
    session.room = here
    here.play(SCALE)
    here.wait(30.0)
    assert "slower than the music" in caplog.text
    assert [turn.author for turn in here.told] == ["player", "partner"]
    beats = [here.beat_at(second) * 4 for second in here.onsets]
    assert all(beat == pytest.approx(round(beat), abs=4 * 2 * 0.05) for beat in beats)
    assert not here.sounding


def test_a_faster_device_takes_over_between_turns_and_nothing_heard_is_lost():
    first, faster = FakeSession({NO_EVENT: 1.0}), FakeSession({NO_EVENT: 1.0})
    here = room(session=first, turns={"memory": 2})
    here.play(SCALE)
    here.wait(1.0)
    here.better = faster
    here.wait(1.0)
    assert not faster.steps, "the answer is still on"
    here.wait(6.0)
    taken = first.steps
    assert here.difference_from_log(FakeSession({NO_EVENT: 1.0})) < 1e-5
    here.play(SCALE)
    here.wait(6.0)
    assert faster.steps
    assert first.steps == taken
    assert [turn.author for turn in here.told] == ["player", "partner"] * 2


def test_it_takes_over_before_anybody_has_played():
    first, faster = FakeSession(), FakeSession()
    here = room(session=first)
    here.better = faster
    here.wait(0.1)
    here.play(SCALE)
    here.wait(6.0)
    assert not first.steps
    assert here.onsets


def barge_in(here, seed):
    """Play a phrase, then into its answer at some moment."""
    here.play(SCALE)
    here.wait(0.6 + np.random.default_rng(seed).random() * 3.0)
    here.play([(0.0, 0.6, 40), (0.5, 0.9, 52)])
    here.wait(0.1)
    assert len(here.told) == 2, "the answer had not begun"


@pytest.mark.parametrize("seed", range(50))
@pytest.mark.parametrize("memory", [0, 1, 2])
def test_after_a_barge_in_the_state_is_what_the_heard_log_alone_leads_to(seed, memory):
    here = room({NO_EVENT: 1.0}, turns={"memory": memory})
    barge_in(here, seed)
    assert len(here.duet.ear.phrase.onsets) == 2
    assert here.difference_from_log(FakeSession({NO_EVENT: 1.0})) < 1e-5


@pytest.mark.parametrize("seed", range(5))
def test_the_same_with_a_model_that_was_trained(seed):
    path = find_model("melody-basic")
    here = room(session=Session.load(path), turns={"memory": 2})
    barge_in(here, seed)
    assert here.difference_from_log(Session.load(path)) < 1e-5


def test_what_came_too_late_is_said_once_an_answer(caplog):
    here = room(turns={"length": 4})
    here.play(SCALE)
    here.wait(1.5)
    for _ in range(100):
        here.desk.take(Dropped(1, 1))
    here.wait(10.0)
    assert [line for line in caplog.messages if "too late" in line] == [
        "100 notes came too late and were left out"
    ]
