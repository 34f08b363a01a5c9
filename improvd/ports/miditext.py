"""The channel events of a MIDI file <-> text: a line a track, a token an event.

The first line is `# division N`, the ticks of a quarter note; where it is missing, 480 are meant.
A track without channel events is an empty line, so that line and track numbers keep in step.
Knows no file: what a path is handed in for is to be told in a fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from improvd.core.event import Event, EventTracks
from improvd.errors import DataError

DIVISION: Final = 480  # ticks a quarter note, where the text names none
_DIVISIONS: Final = range(1, 2**15)  # the bit above them says that a file counts in SMPTE frames
_TRACKS: Final = range(1, 2**15)  # as many as mido counts
_HEADER: Final = re.compile(r"# *division +([0-9]{1,5}) *")
_TOLD: Final = 10  # faults; a text of another kind would have thousands
_SHOWN: Final = 40  # characters of what is faulty


def to_text(music: EventTracks) -> str:
    """All tracks, below the line that names the division."""
    lines = (f"# division {music.division}", *map(to_line, music.tracks))
    return "".join(f"{line}\n" for line in lines)


def to_line(track: Iterable[Event]) -> str:
    """The tokens of one track."""
    return " ".join(map(str, track))


def from_text(text: str, path: Path) -> EventTracks:
    """Read what `to_text` writes.

    Raises DataError: no track, too many, or faulty tokens, each of the first ten with its line.
    """
    lines = text.splitlines()
    faults: list[str] = []
    headed = bool(lines) and lines[0].startswith("#")
    division = _division(lines.pop(0), faults) if headed else DIVISION
    tracks = tuple(
        tuple(_events(line, number, faults)) for number, line in enumerate(lines, 1 + headed)
    )
    if faults:
        raise DataError("\n".join(_told(faults, path)))
    if len(tracks) not in _TRACKS:
        raise DataError(
            f"{path}: holds {len(tracks)} tracks; a MIDI file has {_TRACKS[0]}..{_TRACKS[-1]}: "
            "write a line of tokens for each"
        )
    return EventTracks(division, tracks)


def _division(line: str, faults: list[str]) -> int:
    found = _HEADER.fullmatch(line)
    if found and int(found[1]) in _DIVISIONS:
        return int(found[1])
    faults.append(
        f"line 1, {_shown(line)}: the division has to be {_DIVISIONS[0]}..{_DIVISIONS[-1]} ticks "
        f"a quarter note, as in '# division {DIVISION}'"
    )
    return DIVISION


def _events(line: str, number: int, faults: list[str]) -> Iterator[Event]:
    if line.startswith("#"):
        faults.append(
            f"line {number}, {_shown(line)}: only line 1 may start with #; every other line is a "
            "track: remove it"
        )
        return
    for place, token in enumerate(line.split(), 1):
        try:
            yield Event.parse(token)
        except ValueError as fault:
            why = str(fault) if len(token) <= _SHOWN else "is too long for a token"
            told = f"line {number}, token {place}, {_shown(token)}: {why}"
            faults.append(told if len(faults) < _TOLD else "")  # the others are only counted


def _told(faults: list[str], path: Path) -> Iterator[str]:
    yield from (f"{path}: {fault}" for fault in faults[:_TOLD])
    if len(faults) > _TOLD:
        yield f"{path}: {len(faults) - _TOLD} more like these; correct them all and try again"


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
