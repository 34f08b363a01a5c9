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


@pytest.mark.parametrize(
    "row",
    [
        '["Line",1,0,0,0,0,"4/4"]',
        '["Line",1,0,NaN,0,0,"4/4"]',
        '["Line",1,0,120,0.5,0,"4/4"]',
        '["Line",1,0,120,0,0,"4/5"]',
        '["Line",1,0,120,0,0,4]',
        '["Line",1e300,0,120,0,0,"4/4"]',
        '["Event",1,"player",144.0,60,80]',
        '["Event",1,"nobody",144,60,80]',
        '["Event",1,"player",144,60,128]',
        '["Event",1,"player",240,60,0]',
        '["Event","1","player",144,60,0]',
        '["Event",true,"player",144,60,0]',
        '["Held",1,[[0,60]],[]]',
        '["Held",1,[[1,60,1]],[]]',
        '["Held",1,7,[]]',
        '["Over",1,["nobody"]]',
        '["Began",1,"yesterday",""]',
        f'["Began",1,"{"9" * 5000}",""]',
        '["Began",1,"2026-11-21T19:30:05+01:00",null]',
    ],
)
def test_what_no_jam_can_say_is_refused(row):
    with pytest.raises(ValueError, match=" is ") as fault:
        read(f"{TEXT}{row}\n")
    assert len(str(fault.value)) < 100
