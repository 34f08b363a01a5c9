"""Another model takes over while an answer goes on and on: at a bar line, and nothing is lost."""

import fakes
import numpy as np
import pytest
from fakes import NO_EVENT, SCALE, BabblingSession, FakeSession

from improvd.core.note import NoteOn
from improvd.engine.improviser import Improviser
from improvd.models.sampling import Sampler
from improvd.play.messages import Begin, Play

INTERNAL = {"source": "internal", "bpm": 120.0}
LATE = 0.02  # seconds
LOW, HIGH = 55, 79  # what each of two models plays


def likes(pitch):
    return {NO_EVENT: 5.0, 2 + pitch - 48: 6.0}


class Recording(FakeSession):
    """Keeps what it was fed since it was last a fresh one."""

    def reset(self):
        super().reset()
        self.fed = []

    def step(self, vector):
        self.fed.append(vector.copy())
        return super().step(vector)


def room(mode, other=None, voice=(), others=(), bpm=120.0, **turns):
    session = FakeSession(likes(LOW))
    here = fakes.room(
        session=session, others=others, voice=list(voice), tempo=INTERNAL | {"bpm": bpm},
        turns={"mode": mode, "silence": 0.5, "range": "free", "density": "free"} | turns,
        preset=[{"name": name, "model": {"name": name}} for name in ("other", "third")],
        sampling={"restless": 0.0},
    )  # fmt: skip
    here.models["other"] = other or Recording(likes(HIGH))
    here.models["third"] = FakeSession(likes(67))
    return here


def begin(here):
    """An answer that goes on is on, and sounds."""
    here.play(SCALE)
    if here.duet.mode == "manual":
        here.duet.start()
    goes_on(here, 4.0)
    assert here.onsets


def goes_on(here, seconds):
    """Time passes while the player plays on, if that is what keeps the answer on."""
    end = here.now + seconds
    while here.now < end:
        if here.duet.mode == "duet":
            here.key(60)
        here.wait(min(0.25, end - here.now))
        here.let_go(60)
        here.wait(min(0.25, max(0.0, end - here.now)))


def notes(here, since=0.0):
    """(beat, pitch) of what was heard, from that second on."""
    return [
        (here.beat_at(at), event.pitch)
        for at, event in here.out
        if isinstance(event, NoteOn) and at >= since
    ]


def nothing_was_lost(here):
    planned = [note for order in here.orders if isinstance(order, Play) for note in order.notes]
    due = sorted(here._transport.tempo.second_at(note.onset) for note in planned)
    due = [second for second in due if second < here.now]
    assert here.onsets == pytest.approx(due, abs=LATE)
    assert len([order for order in here.orders if isinstance(order, Begin)]) == 1


@pytest.mark.parametrize("mode", ["solo", "manual", "duet"])
def test_it_takes_over_at_a_bar_line_and_no_note_is_lost_or_late(mode):
    here = room(mode)
    begin(here)
    called = here.now
    here.program(0)
    goes_on(here, 10.0)
    nothing_was_lost(here)
    first = [beat for beat, pitch in notes(here) if pitch == LOW]
    second = [beat for beat, pitch in notes(here) if pitch == HIGH]
    assert max(first) < min(second), "one after the other"
    line = int(min(second) // 4) * 4
    assert max(first) < line
    assert line - max(first) <= 4.0, "no bar is missing"
    assert here._transport.tempo.second_at(line) - called < 5.0
    assert len(second) > 4


def test_what_crosses_the_line_ends_there_and_nothing_sounds_twice():
    here = room("solo", start="bar")
    begin(here)
    here.program(0)
    here.wait(10.0)
    planned = [note for order in here.orders if isinstance(order, Play) for note in order.notes]
    first = [note for note in planned if note.pitch == LOW]
    line = max(note.end for note in first)
    assert line % 4 == pytest.approx(0.0)
    assert all(note.onset >= line for note in planned if note.pitch == HIGH)


def test_the_other_one_has_heard_the_phrase_and_the_answer_up_to_the_line():
    other = Recording(likes(HIGH))
    here = room("solo", other, start="bar", memory=0)
    begin(here)
    here.program(0)
    while not any(pitch == HIGH for _, pitch in notes(here)):
        here.wait(0.1)
    fresh = Improviser(heard := Recording(likes(HIGH)), Sampler())
    player = here.told[0]
    planned = [note for order in here.orders if isinstance(order, Play) for note in order.notes]
    line = max(note.end for note in planned if note.pitch == LOW)
    answer = here.duet._partner.answers.each[0].heard
    own = [note for note in answer.turn(here.now).notes if note.pitch == LOW]
    for turn, length in ((player.notes, player.length), (own, line - 8.0)):
        fresh.feed(fresh.encode(turn, length))
    assert len(heard.fed) == (line - 8.0 + player.length) * 4
    assert np.array_equal(other.fed[: len(heard.fed)], heard.fed)


def test_beside_a_grid_it_takes_over_on_a_beat_of_the_answers_own():
    here = room("solo", start="now")
    begin(here)
    here.program(0)
    here.wait(8.0)
    nothing_was_lost(here)
    beats = np.array([beat for beat, _ in notes(here)])
    apart = (beats - beats[0]) * 4
    assert {pitch for _, pitch in notes(here)} == {LOW, HIGH}
    assert np.abs(apart - apart.round()).max() < 0.1, "the pulse is one"


def test_a_family_with_velocities_takes_over_and_gives_them_back():
    here = room("solo", BabblingSession())
    begin(here)
    here.program(0)
    here.wait(6.0)
    here.program(1)
    here.wait(16.0)  # long notes are drawn far ahead
    nothing_was_lost(here)
    loud = [(event.pitch, event.velocity) for _, event in here.out if isinstance(event, NoteOn)]
    babbled = [n for n, (pitch, _) in enumerate(loud) if pitch not in (LOW, 67)]
    assert len({velocity for _, velocity in loud[babbled[0] : babbled[-1]]}) > 4
    assert len({velocity for _, velocity in loud[: babbled[0]]}) <= 3
    assert loud[-1][0] == 67


def test_of_two_that_follow_each_other_the_second_waits_for_the_first():
    here = room("solo")
    begin(here)
    here.program(0)
    here.wait(0.05)
    here.program(1)
    here.wait(12.0)
    nothing_was_lost(here)
    order = list(dict.fromkeys(pitch for _, pitch in notes(here)))
    assert order == [LOW, HIGH, 67]


@pytest.mark.parametrize("after", [0.002, 0.05, 0.5, 1.0, 1.5, 2.5])
@pytest.mark.parametrize("mode", ["solo", "duet"])
def test_a_stop_at_any_moment_still_ends_with_a_cadence_on_a_line(mode, after):
    here = room(mode)
    begin(here)
    here.program(0)
    goes_on(here, after)
    here.duet.stop()
    here.wait(9.0)
    assert not here.duet.answering
    assert not here.sounding
    last = here.told[-1].notes[-1]
    assert last.duration == pytest.approx(1.0, abs=0.02)
    assert here.beat_at(here.out[-1][0]) % 4 == pytest.approx(0.0, abs=0.05)


@pytest.mark.parametrize("after", [0.002, 0.05, 0.5, 1.0, 1.5, 2.5])
def test_a_barge_in_at_any_moment_leaves_nothing_on_and_the_other_one_answers(after):
    here = room("solo", memory=2)
    begin(here)
    here.program(0)
    here.wait(after)
    here.key(72)
    here.wait(0.05)
    assert not here.sounding
    assert here.difference_from_log(FakeSession(likes(HIGH))) < 1e-5
    here.let_go(72)
    since = here.now
    here.play(SCALE)
    here.wait(4.0)
    assert {pitch for _, pitch in notes(here, since)} == {HIGH}


def test_a_short_answer_still_goes_on_with_the_model_that_began_it():
    here = room("answer", length=4)
    begin(here)
    here.program(0)
    here.wait(8.0)
    assert {pitch for _, pitch in notes(here)} == {LOW}


def test_in_fast_music_it_takes_over_as_well():
    here = room("solo", bpm=400.0)
    here.play(SCALE, bpm=400.0)
    here.wait(2.0)
    here.program(0)
    here.wait(4.0)
    nothing_was_lost(here)
    assert notes(here)[-1][1] == HIGH


def test_beside_another_voice_the_first_changes_and_the_other_goes_on():
    beside = FakeSession(likes(60))
    here = room("solo", voice=[{"model": "second", "channel": 2}], others=[beside])
    begin(here)
    here.program(0)
    here.wait(8.0)
    pitches = {
        channel: list(dict.fromkeys(
            event.pitch for _, event in here.out
            if isinstance(event, NoteOn) and event.channel == channel
        ))
        for channel in (1, 2)
    }  # fmt: skip
    assert pitches == {1: [LOW, HIGH], 2: [60]}
