"""What is written of a jam, and when one is over, on a clock moved by hand."""

from datetime import datetime

import pytest

from improvd.core.tempo import Meter
from improvd.daemon.recorder import Recorder
from improvd.play.messages import Cut, Heard, HeldKeys, Mute, Ready, Sent, Transport
from improvd.takes.journal import Began, Event, Held, Line, Over

ON, OFF, CONTROL, PROGRAM = 0x90, 0x80, 0xB0, 0xC0
BAR_LINE = 2.0  # of the clock
WHEN = "2026-11-21T19:30:05+01:00"


@pytest.fixture
def recorder():
    return Recorder("improvd", 120.0, 100.0, lambda: datetime.fromisoformat(WHEN))


def take(recorder, now, *messages, meter="4/4"):
    return [row for each in messages for row in recorder.take(now, each, Meter.parse(meter))]


def heard(second, *data):
    return Heard([[second, *data]])


def sent(second, *data):
    return Sent([[1, second - 0.1, second, *data]])


def transport(second, beat, bpm, grid, meter=""):
    return Transport(second, beat, bpm, grid, "", "", "absent", BAR_LINE, meter)


def test_a_jam_begins_with_a_note_and_knows_what_was_set_before(recorder):
    assert take(recorder, 1.0, heard(1.0, CONTROL, 64, 127), heard(1.0, PROGRAM, 5, 0)) == []
    assert take(recorder, 2.0, heard(2.0, CONTROL, 64, 90), heard(2.0, OFF, 60, 0)) == []
    assert take(recorder, 9.1, heard(9.0, ON, 60, 80)) == [
        Began(9.0, WHEN, "improvd"),
        Line(9.0, 0.0, 100.0, 0, 0.0, "4/4"),
        Event(9.0, "player", CONTROL, 64, 90),
        Event(9.0, "player", PROGRAM, 5, 0),
        Event(9.0, "player", ON, 60, 80),
    ]


def test_the_pedals_of_both_are_told_apart(recorder):
    take(recorder, 1.0, heard(1.0, CONTROL, 64, 127), sent(1.1, CONTROL, 64, 0))
    rows = take(recorder, 9.0, heard(9.0, ON, 60, 80))
    assert rows[2:4] == [
        Event(9.0, "player", CONTROL, 64, 127),
        Event(9.0, "partner", CONTROL, 64, 0),
    ]


def test_both_are_written_as_they_sounded_and_what_else_is_said_is_not(recorder):
    take(recorder, 9.0, heard(9.0, ON, 60, 80))
    rows = take(recorder, 10.0, sent(9.9, ON, 64, 70), Cut(1, 10.0, 2.0), sent(10.0, OFF, 64, 0))
    assert rows == [Event(9.9, "partner", ON, 64, 70), Event(10.0, "partner", OFF, 64, 0)]


def test_it_is_over_after_the_pause_whatever_else_moves(recorder):
    take(recorder, 9.0, heard(9.0, ON, 60, 80), heard(9.5, OFF, 60, 0))
    take(recorder, 100.0, heard(100.0, CONTROL, 1, 3))
    assert recorder.due == 129.0
    take(recorder, 120.0, sent(120.0, ON, 60, 80))
    assert recorder.due == 240.0
    assert recorder.end(240.0) == [Over(240.0)]
    assert recorder.end(241.0) == []
    assert take(recorder, 250.0, transport(250.0, 0.0, 90.0, 4)) == []
    began, line, _, _ = take(recorder, 251.0, heard(251.0, ON, 60, 80))
    assert isinstance(began, Began)
    assert line == Line(251.0, 0.0, 90.0, 0, 0.0, "4/4"), "its tempo; its grid is over"


def test_a_key_that_is_held_for_an_hour_alone_makes_no_jam_of_it(recorder):
    take(recorder, 9.0, heard(9.0, ON, 36, 80))
    assert recorder.due == 129.0
    assert recorder.end(129.0) == [Over(129.0)]
    assert take(recorder, 3609.0, heard(3609.0, OFF, 36, 0)) == []
    assert recorder.due is None


def test_the_grid_of_a_clock_goes_on_between_jams(recorder):
    take(recorder, 1.0, transport(0.5, 30.0, 90.0, -1, "3/4"))
    rows = take(recorder, 9.0, heard(9.0, ON, 60, 80), transport(8.0, 40.0, 91.0, -1, "3/4"))
    assert [row for row in rows if isinstance(row, Line)] == [
        Line(0.5, 30.0, 90.0, -1, 2.0, "3/4"),
        Line(8.0, 40.0, 91.0, -1, 2.0, "3/4"),
    ]


def test_a_phrase_counts_its_bars_from_itself_in_the_meter_that_is_set(recorder):
    take(recorder, 9.0, heard(9.0, ON, 60, 80))
    said = transport(9.0, 0.0, 90.0, 1, "7/8")
    assert take(recorder, 10.0, said, meter="3/4") == [Line(9.0, 0.0, 90.0, 1, 0.0, "3/4")]


def test_of_a_muted_answer_nothing_sounds(recorder):
    take(recorder, 9.0, sent(9.0, ON, 60, 80))
    rows = take(recorder, 9.5, Mute(on=True), sent(9.6, ON, 62, 80), sent(9.7, OFF, 62, 0))
    assert rows == [Over(9.5, ("partner",)), Event(9.7, "partner", OFF, 62, 0)]
    assert take(recorder, 9.8, Mute(on=False), sent(9.9, ON, 64, 80)) == [
        Event(9.9, "partner", ON, 64, 80)
    ]


def test_the_pedal_of_an_answer_is_kept_unless_it_is_muted(recorder):
    take(recorder, 9.0, sent(9.0, ON, 60, 80))
    moves = sent(9.1, CONTROL, 64, 127), sent(9.2, CONTROL, 64, 0)
    assert take(recorder, 9.3, *moves) == [
        Event(9.1, "partner", CONTROL, 64, 127),
        Event(9.2, "partner", CONTROL, 64, 0),
    ]
    rows = take(recorder, 9.5, Mute(on=True), *moves)
    assert rows == [Over(9.5, ("partner",)), Event(9.2, "partner", CONTROL, 64, 0)]


def test_what_was_lost_on_the_way_is_told_when_it_is_known(recorder):
    assert take(recorder, 1.0, Ready("memory", "in", "out"), HeldKeys(1.0, [], [])) == []
    take(recorder, 9.0, heard(9.0, ON, 60, 80))
    assert take(recorder, 9.5, HeldKeys(9.4, [[1, 62]], [1])) == [Held(9.4, [[1, 62]], [1])]
    assert take(recorder, 9.6, Ready("memory", "in", "out")) == [Over(9.6)], "another player"
