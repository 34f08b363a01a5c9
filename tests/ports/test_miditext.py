"""Text of event tokens: what is written is read again, and every fault is told with its place."""

from pathlib import Path

import pytest

from improvd.core.event import Event, EventTracks
from improvd.errors import DataError
from improvd.ports.miditext import from_text, to_line, to_text

HERE = Path("song.txt")
ON, OFF = Event(0, 0x90, (60, 100)), Event(120, 0x90, (60, 0))
PROGRAM = Event(7, 0xC1, (5,))
SONG = EventTracks(96, ((), (ON, OFF), (), (PROGRAM,), ()))


def told(text):
    with pytest.raises(DataError) as refused:
        from_text(text, HERE)
    return str(refused.value).splitlines()


def test_a_line_a_track_below_the_division():
    assert to_text(SONG) == "# division 96\n\n0_90_3c_64 120_90_3c_00\n\n7_c1_05\n\n"
    assert to_line(SONG.tracks[1]) == "0_90_3c_64 120_90_3c_00"


def test_what_is_written_is_read_again_empty_tracks_and_all():
    assert from_text(to_text(SONG), HERE) == SONG
    empty = EventTracks(1, ((),))
    assert from_text(to_text(empty), HERE) == empty


def test_without_the_division_a_quarter_note_has_480_ticks():
    assert from_text("0_90_3c_64\n", HERE) == EventTracks(480, ((ON,),))


@pytest.mark.parametrize("text", ["0_90_3c_64 120_90_3c_00", " 0_90_3c_64\t 120_90_3c_00 \r\n"])
def test_neither_the_spacing_nor_the_kind_of_line_end_matters(text):
    assert from_text(text, HERE).tracks == ((ON, OFF),)


def test_every_fault_is_told_with_its_line_and_token():
    lines = told("# division 0\n0_90_3c_64 0_90_3c\n\n0_c0_80\n# the end\n")
    places = ["line 1, '# division 0'", "line 2, token 2, '0_90_3c'", "line 4, token 1, '0_c0_80'"]
    for line, place in zip(lines, [*places, "line 5, '# the end'"], strict=True):
        assert line.startswith(f"song.txt: {place}: ")
    assert lines[0].endswith("1..32767 ticks a quarter note, as in '# division 480'")
    assert lines[1].endswith("takes 2 data byte(s), not 1, as in 120_90_3c_64")
    assert lines[2].endswith("has to be 00..7f, two lower-case hex digits, as in 0_c0_05")
    assert lines[3].endswith("every other line is a track: remove it")


@pytest.mark.parametrize("header", ["# division 32768", "# division -24", "# division", "# Song"])
def test_a_division_that_no_file_can_have_is_refused(header):
    (line,) = told(f"{header}\n0_90_3c_64\n")
    assert repr(header) in line


def test_of_many_faults_ten_are_told_and_the_others_counted():
    lines = told("To be or not to be that is the question\n" * 2)
    assert len(lines) == 11
    assert lines[9].startswith("song.txt: line 1, token 10, 'question': the delta 'question'")
    assert lines[10] == "song.txt: 10 more like these; correct them all and try again"


def test_what_is_long_is_not_told_in_full():
    (line,) = told("x" * 100_000)
    assert len(line) < 120


@pytest.mark.parametrize("text", ["", "# division 96\n", "\n" * 40_000])
def test_a_file_has_at_least_one_track_and_not_too_many(text):
    (line,) = told(text)
    assert "tracks; a MIDI file has 1..32767" in line
