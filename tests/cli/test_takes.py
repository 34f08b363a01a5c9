"""`improvd takes`: what a user sees of the jams that were kept, and may get wrong."""

import json
import os

import mido
import pytest

from improvd.cli import main
from improvd.takes import shelf
from improvd.takes.journal import Began, Event, Line, Over, written

ON = 0x90
WHEN = "2026-11-21T19:30:05+01:00"
NAME = "2026-11-21_19-30-05"


@pytest.fixture
def folder(monkeypatch, tmp_path):
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    return tmp_path / "takes"


def begin(folder, name="improvd"):
    """A jam of three notes that is still being played."""
    descriptor = shelf.start(folder, WHEN, name)
    rows = [Began(1.0, WHEN, name), Line(1.0, 0.0, 90.0, 0, 0.0, "3/4")]
    rows += [Event(1.0, "player", ON, 60, 80), Event(9.0, "player", ON, 67, 80)]
    rows += [Event(12.5, "partner", ON, 64, 80), Over(72.0)]
    os.write(descriptor, "".join(map(written, rows)).encode())
    return descriptor


def keep(folder, name="improvd"):
    os.close(begin(folder, name))
    shelf.finish(folder)


def said(capsys, *words):
    assert main.run(["takes", *map(str, words)]) == 0
    return capsys.readouterr().out.splitlines()


def test_a_list_of_them(folder, capsys):
    assert said(capsys, "list") == [f"there is no take in {folder} yet"]
    keep(folder)
    descriptor = begin(folder, "left")
    assert said(capsys, "list") == [
        "take                      when                        length  played  answered   bpm",
        f"{NAME}       Sat 21 Nov 2026 19:30         1:11       2         1  90.0",
        f"{NAME}_left  Sat 21 Nov 2026 19:30  1:11 so far       2         1  90.0",
    ]
    assert said(capsys) == said(capsys, "list")
    first, last = json.loads("\n".join(said(capsys, "list", "--json")))
    os.close(descriptor)
    assert first == {
        "name": NAME,
        "file": str(folder / f"{NAME}.mid"),
        "unfinished": False,
        "daemon": "improvd",
        "when": WHEN,
        "seconds": 71.0,
        "played": 2,
        "answered": 1,
        "bpm": 90.0,
    }
    assert (last["daemon"], last["unfinished"]) == ("left", True)


def test_one_of_them(folder, capsys, tmp_path):
    keep(folder)
    lines = said(capsys, "show", "last", "--plot", tmp_path / "roll.png")
    assert lines[0] == f"take      {NAME}"
    assert lines[-3:] == [
        "player    2 notes, pitches 60..67",
        "partner   1 notes, pitches 64..64",
        f"file      {folder / NAME}.mid",
    ]
    assert (tmp_path / "roll.png").read_bytes().startswith(b"\x89PNG")


def test_copies_of_them_whole_or_in_part_and_of_one_that_is_played(folder, capsys, tmp_path):
    keep(folder)
    descriptor = begin(folder, "left")
    there = tmp_path / "there"
    copies = said(capsys, "export", NAME, f"{NAME}_left", "-o", there)
    assert copies == [str(there / f"{NAME}.mid"), str(there / f"{NAME}_left.mid")]
    os.close(descriptor)
    tracks = [track.name for path in copies for track in mido.MidiFile(path).tracks]
    assert tracks == ["", "player", "partner"] * 2
    (copy,) = said(capsys, "export", "last", "-o", there, "--partner")
    assert [track.name for track in mido.MidiFile(copy).tracks] == ["", "partner"]


def test_those_of_another_folder(folder, capsys, tmp_path):
    keep(tmp_path / "elsewhere")
    assert len(said(capsys, "--folder", tmp_path / "elsewhere", "list")) == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["show", "2026-11-21_19-30-06"], f"did you mean '{NAME}'?"),
        (["export", "first"], "'last' is the newest"),
        (["export", "last", "-o", "{folder}"], "choose another folder"),
        (["show", "last", "--plot", "/proc/nowhere/roll.png"], "cannot be written"),
        (["export"], "NAMES"),
        (["lsit"], "list"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(folder, capsys, words, told):
    keep(folder)
    assert main.run(["takes", *(word.format(folder=folder) for word in words)]) != 0
    (line,) = capsys.readouterr().err.splitlines()
    assert told in line


def test_a_folder_that_cannot_be_written_to_is_shown_as_it_is(folder, capsys, monkeypatch):
    os.close(begin(folder))
    monkeypatch.setattr(shelf, "finish", _refuse)
    assert "1:11 so far" in said(capsys, "list")[1]


def _refuse(_):
    raise PermissionError
