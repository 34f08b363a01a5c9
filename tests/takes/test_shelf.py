"""The folder of the takes: where it is, what is found in it, and what has to go."""

import os
import time
from pathlib import Path

import pytest

from improvd.errors import DataError
from improvd.takes import shelf
from improvd.takes.journal import Began, Event, Line, written

ON = 0x90


def begin(folder, when="2026-11-21T19:30:05+01:00", name="improvd", notes=1):
    """A journal that is still open."""
    descriptor = shelf.start(folder, when, name)
    rows = [Began(1.0, when, name), Line(1.0, 0.0, 120.0, 0, 0.0, "4/4")]
    rows += [Event(1.0 + at, "player", ON, 60 + at, 80) for at in range(notes)]
    os.write(descriptor, "".join(map(written, rows)).encode())
    return descriptor


def keep(folder, when="2026-11-21T19:30:05+01:00", age=0.0, **more):
    os.close(begin(folder, when, **more))
    shelf.finish(folder)
    newest = max(folder.glob("*.mid"), key=lambda path: path.stat().st_ctime_ns)
    moment = time.time() - age
    os.utime(newest, (moment, moment))
    return newest


@pytest.mark.parametrize(
    ("environment", "found"),
    [
        ({"XDG_DATA_HOME": "/d"}, "/d/improvd/takes"),
        ({"XDG_DATA_HOME": "", "HOME": "/h"}, "/h/.local/share/improvd/takes"),
        ({"XDG_DATA_HOME": "beside", "HOME": "/h"}, "/h/.local/share/improvd/takes"),
        ({"STATE_DIRECTORY": "/var/lib/improvd:/other", "HOME": "/h"}, "/var/lib/improvd/takes"),
    ],
)
def test_where_it_is(monkeypatch, environment, found):
    monkeypatch.delenv("XDG_DATA_HOME")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert shelf.folder() == Path(found)


def test_without_a_home_it_is_said_what_is_missing(monkeypatch):
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000_000)
    with pytest.raises(DataError, match="set HOME or XDG_DATA_HOME"):
        shelf.folder()


def test_takes_are_named_by_their_moment_and_their_daemon(tmp_path):
    keep(tmp_path)
    keep(tmp_path)
    keep(tmp_path, name="left.hand")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "2026-11-21_19-30-05-2.mid",
        "2026-11-21_19-30-05.mid",
        "2026-11-21_19-30-05_left.hand.mid",
    ]


def test_one_that_is_being_played_is_found_but_left_alone(tmp_path):
    keep(tmp_path, "2026-11-20T10:00:00+01:00", age=100.0)
    descriptor = begin(tmp_path, notes=3)
    first, last = shelf.takes(tmp_path)
    assert (first.unfinished, last.unfinished) == (False, True)
    assert last.about.played == 3
    assert shelf.find(tmp_path, "last") == last
    with shelf.as_midi(last) as path:
        assert path.read_bytes().startswith(b"MThd")
    assert last.path.exists()
    os.close(descriptor)
    assert [take.unfinished for take in shelf.takes(tmp_path)] == [False, False]


def test_a_journal_without_a_note_is_no_take_and_goes_when_nobody_can_want_it(tmp_path):
    descriptor = shelf.start(tmp_path, "2026-11-21T19:30:05+01:00", "improvd")
    os.close(descriptor)
    assert shelf.takes(tmp_path) == []
    (path,) = tmp_path.iterdir()
    os.utime(path, (1.0, 1.0))
    assert shelf.takes(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "odd_row",
    [
        Event(1.0, "player", 7, 7, 7),
        Event(1.0, "player", ON, 60, 200),
        Line(1.0, 0.0, 0.0, 0, 0.0, "4/4"),
        Line(1.0, 0.0, 120.0, 1, 0.0, 44),
    ],
)
def test_a_journal_that_is_not_understood_is_left_there_and_the_others_are_finished(
    tmp_path, odd_row
):
    when = "2026-11-21T10:00:00+01:00"
    odd = shelf.start(tmp_path, when, "improvd")
    rows = [Began(1.0, when, ""), odd_row, Event(1.0, "player", ON, 60, 80)]
    rows += [Line(1.0, 0.0, 120.0, 0, 0.0, "4/4")]
    os.write(odd, "".join(map(written, rows)).encode())
    later = begin(tmp_path)
    os.close(odd)
    os.close(later)
    with pytest.raises(DataError, match="no journal of this version"):
        shelf.finish(tmp_path)
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".journal", ".mid"]
    assert len(shelf.takes(tmp_path)) == 1


def test_a_take_that_is_not_there_is_told_with_the_nearest(tmp_path):
    with pytest.raises(DataError, match="no take in"):
        shelf.find(tmp_path, "last")
    keep(tmp_path)
    assert shelf.find(tmp_path, "2026-11-21_19-30-05.mid").name == "2026-11-21_19-30-05"
    with pytest.raises(DataError, match="did you mean '2026-11-21_19-30-05'"):
        shelf.find(tmp_path, "2026-11-21_19-30-06")


def test_what_others_put_there_is_shown_as_such(tmp_path):
    (tmp_path / "song.mid").write_bytes(b"something")
    assert [(take.name, take.about) for take in shelf.takes(tmp_path)] == [("song", None)]


def test_the_oldest_go_first_and_none_that_was_renamed(tmp_path):
    days = [keep(tmp_path, f"2026-11-{day}T10:00:00+01:00", age=-day) for day in (11, 12, 13)]
    renamed = days[0].rename(tmp_path / "best.mid")
    size = days[1].stat().st_size
    shelf.rotate(tmp_path, 1.5 * size / 1_000_000, None)
    assert sorted(tmp_path.iterdir()) == [days[2], renamed]


def test_what_is_too_old_goes(tmp_path):
    old, new = (
        keep(tmp_path, f"2026-11-1{days}T10:00:00+01:00", age=days * 86_400.0) for days in (8, 6)
    )
    shelf.rotate(tmp_path, 500, 7)
    assert (old.exists(), new.exists()) == (False, True)


def test_a_copy_is_made_elsewhere(tmp_path):
    keep(tmp_path / "takes")
    take = shelf.find(tmp_path / "takes", "last")
    copy = shelf.export(take, tmp_path / "new" / "folder")
    assert copy.read_bytes() == take.path.read_bytes()
    with pytest.raises(DataError, match="choose another folder"):
        shelf.export(take, tmp_path / "takes", "player")
    with pytest.raises(DataError, match="cannot be made"):
        shelf.export(take, take.path / "below")


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/../../x", "..", "x\0y"])
def test_a_name_is_no_way_to_another_folder(tmp_path, name):
    folder = tmp_path / "takes"
    folder.mkdir()
    for path in (tmp_path / "x.mid", folder / "mine.mid"):
        path.write_bytes(b"MThd")
    with pytest.raises(DataError, match="there is no take"):
        shelf.find(folder, name)
