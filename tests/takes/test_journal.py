"""The journal: lines that can be read up to wherever they end."""

import pytest

from improvd.takes.journal import Began, Event, Held, Line, Over, read, written

ROWS = [
    Began(10.0, "2026-11-21T19:30:05+01:00", "improvd"),
    Line(10.0, 0.0, 120.0, 0, 0.0, "4/4"),
    Event(10.0, "player", 0x90, 60, 80),
    Event(10.25, "partner", 0xC0, 5, 0),
    Held(11.0, [[1, 60]], [1]),
    Over(12.0, ["partner"]),
]
TEXT = "".join(map(written, ROWS))


def test_what_was_written_is_read():
    assert read(TEXT) == ROWS


@pytest.mark.parametrize("cut", range(0, len(TEXT), 7))
def test_one_that_was_cut_off_anywhere_is_read_up_to_there(cut):
    whole = TEXT[:cut].count("\n")
    assert read(TEXT[:cut]) == ROWS[:whole]


@pytest.mark.parametrize("broken", ["\0\0\0\0", "[", "7", '["Played",1]', '["Over"]', '{"a":1}'])
def test_nothing_behind_a_broken_line_is_believed(broken):
    assert read(f"{TEXT}{broken}\n{TEXT}") == ROWS


def test_a_line_that_is_nested_without_an_end_ends_the_journal():
    began = Began(1.0, "2026-01-02T03:04:05+00:00", "improvd")
    assert read(written(began) + "[" * 100_000 + "\n" + written(began)) == [began]
