"""The folder of the takes: its names, its finished and unfinished takes, and what has to go.

A journal is locked (flock) by the daemon that writes it, and the lock ends with that daemon however
it ended. So a journal that is not locked is left over, and whoever finds it makes a take of it.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from difflib import get_close_matches
from pathlib import Path
from typing import Final, NamedTuple

from improvd.core.places import NO_HOME, user_folder
from improvd.errors import DataError
from improvd.ports import recording as midi
from improvd.ports.rawmidi import read_bytes, write_bytes
from improvd.takes import journal
from improvd.takes.score import About, read_about, recording

SUFFIX: Final = ".mid"
JOURNAL: Final = ".journal"
LAST: Final = "last"  # the name of the newest
_OWN: Final = re.compile(r"\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d")  # how the names begin that we give
_DAY: Final = 86_400.0  # seconds
_MEGABYTE: Final = 1_000_000
_JUST_BEGUN: Final = 60.0  # seconds: a journal without a note may be one that is about to be locked


def folder() -> Path:
    """Where takes are kept: $STATE_DIRECTORY/takes (systemd.exec(5)), else the user's data folder.

    Raises DataError where there is neither.
    """
    if state := os.environ.get("STATE_DIRECTORY", "").split(":")[0]:
        return Path(state) / "takes"
    data = user_folder("XDG_DATA_HOME", ".local/share")
    if data.is_relative_to(NO_HOME):
        raise DataError("there is no home folder to keep takes in; set HOME or XDG_DATA_HOME")
    return data / "improvd" / "takes"


class Take(NamedTuple):
    """A MIDI file, or a journal that is still being written."""

    path: Path
    about: About | None  # None: we did not write it

    @property
    def name(self) -> str:
        """Without its suffix."""
        return self.path.stem

    @property
    def unfinished(self) -> bool:
        """Is it being played?"""
        return self.path.suffix == JOURNAL


def takes(where: Path) -> list[Take]:
    """Every take in this folder, the oldest first. Raises DataError."""
    with suppress(OSError, DataError):  # what cannot be finished is shown as it is
        finish(where)
    finished = [_finished(path) for path in where.glob(f"*{SUFFIX}")]
    return sorted([*finished, *_unfinished(where)], key=lambda take: _age(take.path))


def find(where: Path, name: str) -> Take:
    """The take of this name, with its suffix or without, or the last. Raises DataError."""
    known = {take.name: take for take in takes(where)}
    if not known:
        raise DataError(f"there is no take in {where} yet")
    if name == LAST:
        return list(known.values())[-1]
    if found := known.get(name.removesuffix(SUFFIX)):
        return found
    close = get_close_matches(name, known, 1)
    hint = f", did you mean {close[0]!r}?" if close else ";"
    cure = f"`improvd takes list` shows them, {LAST!r} is the newest"
    raise DataError(f"there is no take {name!r}{hint} {cure}")


@contextmanager
def as_midi(take: Take) -> Iterator[Path]:
    """The MIDI file of a take, for as long as it is asked for where it is unfinished."""
    if not take.unfinished:
        yield take.path
        return
    with tempfile.TemporaryDirectory() as beside:
        path = Path(beside) / f"{take.name}{SUFFIX}"
        if not (found := _read(take.path)):
            raise DataError(f"{take.path}: holds no note yet")
        midi.write_recording(path, found[1])
        yield path


def export(take: Take, target: Path, track: str | None = None) -> Path:
    """Copy a take, or this one of its tracks, into the folder `target`: where it is now.

    Raises DataError.
    """
    path = target / f"{take.name}{SUFFIX}"
    if target.resolve() == take.path.parent.resolve():
        raise DataError(f"{target}: is where the takes are; choose another folder with -o")
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise DataError(f"{target}: cannot be made: {fault.strerror}") from None
    with as_midi(take) as whole:
        if track:
            midi.extract(whole, track, path)
        else:
            write_bytes(path, read_bytes(whole))
    return path


def finish(where: Path) -> None:
    """Make a take of each journal that nobody writes any more.

    Raises OSError, and DataError for the first that could not become one.
    """
    faults: list[DataError] = []
    for path in sorted(where.glob(f"*{JOURNAL}")):
        with _taken(path) as ours:
            try:
                if ours:
                    _finish(path)
            except DataError as fault:
                faults.append(fault)
    if faults:
        raise faults[0]


def rotate(where: Path, megabytes: float, days: float | None, now: float | None = None) -> None:
    """Delete the oldest takes that are too many or too old; None: none is. Raises OSError.

    Only under the names that we give: what was renamed is meant to stay. `now` as `time.time()`.
    """
    now = time.time() if now is None else now
    ours = sorted((path for path in where.glob(f"*{SUFFIX}") if _OWN.match(path.name)), key=_age)
    size = sum(map(_size, ours))
    for path in ours:
        old = days is not None and now - _age(path)[0] > days * _DAY
        if old or size > megabytes * _MEGABYTE:
            size -= _size(path)
            path.unlink(missing_ok=True)  # another daemon may have done it


def start(where: Path, when: str, name: str) -> int:
    """A journal for the jam of the daemon `name` that begins `when` (ISO 8601): its descriptor.

    It is locked until it is closed. Raises OSError.
    """
    where.mkdir(mode=0o700, parents=True, exist_ok=True)
    stem = when[:19].replace("T", "_").replace(":", "-") + ("" if name == "improvd" else f"_{name}")
    for number in range(1, 100):
        path = where / f"{stem}{'' if number == 1 else f'-{number}'}{JOURNAL}"
        if path.with_suffix(SUFFIX).exists():
            continue
        with suppress(FileExistsError):
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            return descriptor
    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(where / stem))


def _age(path: Path) -> tuple[float, str]:
    """What sorts by the moment of the last change."""
    with suppress(OSError):
        return path.stat().st_mtime, path.name
    return 0.0, path.name


def _size(path: Path) -> int:
    """In bytes; nothing where it has just gone."""
    with suppress(OSError):
        return path.stat().st_size
    return 0


def _finished(path: Path) -> Take:
    return Take(path, read_about(midi.read_about(path)))


def _unfinished(where: Path) -> Iterator[Take]:
    for path in where.glob(f"*{JOURNAL}"):
        with suppress(DataError):  # it has just become a take
            if found := _read(path):
                yield Take(path, found[0])


def _read(path: Path) -> tuple[About, midi.Recording] | None:
    text = read_bytes(path).decode(errors="replace")
    try:
        return recording(journal.read(text))
    except ValueError as fault:
        raise DataError(f"{path}: is no journal of this version of improvd: {fault}") from None


@contextmanager
def _taken(path: Path) -> Iterator[bool]:
    """Is the journal ours as long as this lasts? Else somebody writes it, or has just finished."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        yield False
        return
    try:
        yield _locked(descriptor) and os.fstat(descriptor).st_nlink > 0
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _finish(path: Path) -> None:
    """Put the MIDI file beside the journal, safe on the disk, and take the journal away."""
    take, changed = path.with_suffix(SUFFIX), path.stat().st_mtime
    if found := _read(path):
        midi.write_recording(take, found[1])
        os.utime(take, (changed, changed))
        descriptor = os.open(take, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)
    elif time.time() - changed < _JUST_BEGUN:
        return
    path.unlink()
