import math

import pytest

from improvd.core.units import Beats, Bpm, Channel, Pitch, Seconds, Velocity
from improvd.play.messages import PlannedMove, PlannedNote, SetTempo
from improvd.play.schedule import Schedule
from improvd.play.transport import Transport
from improvd.ports.wire import control, note_off, note_on

START = Seconds(100.0)
ON = note_on(Channel(1), Pitch(60), Velocity(80))
OFF = note_off(Channel(1), Pitch(60))


def note(onset: float, end: float, pitch: int = 60) -> PlannedNote:
    return PlannedNote(onset, end, Channel(1), Pitch(pitch), Velocity(80))


@pytest.fixture
def transport():
    return Transport(Bpm(120.0), START)


@pytest.fixture
def schedule(transport):
    schedule = Schedule(transport, max_note=Seconds(8.0))
    schedule.begin(1, free=False)
    return schedule


def taken(schedule: Schedule, until: float) -> list[tuple[float, bytes]]:
    return [(message.second, message.data) for message in schedule.due(Seconds(until))]


def test_beats_become_seconds_and_an_off_keeps_its_on(schedule):
    schedule.add(1, [note(2, 3)])
    assert schedule.next_second() == 101.0
    assert taken(schedule, 100.99) == []
    on, off = schedule.due(Seconds(101.5))
    assert (on.second, on.data) == (101.0, ON)
    assert (off.second, off.data) == (101.5, OFF)
    assert on.note == off.note
    assert schedule.next_second() == math.inf


def test_a_tempo_change_moves_what_is_to_come_the_off_of_a_sounding_note_too(schedule, transport):
    schedule.add(1, [note(0, 2), note(2, 3, pitch=62)])
    assert taken(schedule, 100.0) == [(100.0, ON)]
    transport.set(SetTempo(Seconds(100.5), Beats(1.0), Bpm(60.0), grid=1))
    assert transport.report()[:4] == (Seconds(100.5), Beats(1.0), Bpm(60.0), 1)
    assert [second for second, _ in taken(schedule, 200.0)] == [101.5, 101.5, 102.5]


def test_an_answer_in_free_time_does_not_follow_the_tempo(schedule, transport):
    schedule.begin(2, free=True)
    schedule.add(2, [note(101.0, 101.25)])
    transport.set(SetTempo(START, Beats(0.0), Bpm(60.0)))
    assert taken(schedule, 200.0) == [(101.0, ON), (101.25, OFF)]


def test_at_the_same_moment_offs_go_first(schedule):
    schedule.add(1, [note(0, 1), note(1, 2)])
    assert [data for _, data in taken(schedule, 200.0)] == [ON, OFF, ON, OFF]


def test_a_note_that_lasts_too_long_is_shortened(schedule):
    schedule.add(1, [note(0, 1000)])
    assert taken(schedule, 200.0) == [(100.0, ON), (108.0, OFF)]


def test_a_note_without_length_is_none(schedule):
    schedule.add(1, [note(1, 1), note(2, 1.5)])
    assert schedule.next_second() == math.inf


def test_what_comes_of_an_answer_that_is_not_on_is_discarded(schedule):
    schedule.add(1, [note(0, 1)])
    schedule.drop(1)
    schedule.add(1, [note(1, 2)])
    schedule.finish(1)
    assert taken(schedule, 200.0) == []


def test_a_finished_answer_ends_with_its_last_off(schedule):
    schedule.add(1, [note(0, 1)])
    schedule.finish(1)
    assert taken(schedule, 100.4) == [(100.0, ON)]
    assert taken(schedule, 100.6) == [(100.5, OFF), (100.5, b"")]


def test_a_finished_answer_without_notes_ends_at_once(schedule):
    schedule.finish(1)
    assert taken(schedule, 100.1) == [(100.1, b"")]


def move(position, *, down):
    return PlannedMove(position, Channel(1), down)


DOWN, UP = control(Channel(1), 64, 127), control(Channel(1), 64, 0)


def test_the_pedal_moves_between_the_keys_that_are_let_go_and_those_that_are_struck(schedule):
    pedal = [move(0, down=True), move(2, down=False), move(2, down=True), move(3, down=False)]
    schedule.add(1, [note(0, 2), note(2, 3)], pedal)
    assert taken(schedule, 200.0) == [
        *((100.0, data) for data in (DOWN, ON)),
        *((101.0, data) for data in (OFF, UP, DOWN, ON)),
        *((101.5, data) for data in (OFF, UP)),
    ]


def test_a_press_ends_where_it_is_told_to_even_if_that_is_told_later(schedule):
    schedule.add(1, [], [move(0, down=True)])
    assert taken(schedule, 100.5) == [(100.0, DOWN)]
    schedule.add(1, [], [move(4, down=False)])
    assert taken(schedule, 200.0) == [(102.0, UP)]


def test_a_press_without_an_end_is_no_longer_than_a_note_may_be(schedule):
    schedule.add(1, [], [move(0, down=True)])
    assert taken(schedule, 200.0) == [(100.0, DOWN), (108.0, UP)]


def test_a_press_that_lasts_too_long_is_shortened_when_its_end_is_told_late_or_soon(schedule):
    schedule.add(1, [], [move(0, down=True), move(30, down=False)])
    schedule.add(1, [], [move(32, down=True)])
    assert taken(schedule, 117.0) == [(100.0, DOWN), (108.0, UP), (116.0, DOWN)]
    schedule.add(1, [], [move(90, down=False)])
    assert taken(schedule, 200.0) == [(124.0, UP)]


def test_a_press_without_an_end_does_not_keep_an_answer_on(schedule):
    schedule.add(1, [note(0, 1)], [move(0, down=True)])
    schedule.finish(1)
    assert taken(schedule, 200.0) == [(100.0, DOWN), (100.0, ON), (100.5, OFF), (100.5, b"")]
