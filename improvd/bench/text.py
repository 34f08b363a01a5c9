"""Whether MIDI -> text -> MIDI keeps every channel event at its tick, over a folder of files.

The judge is a parser of its own: it reads the bytes of the file before and of the file after, and
shares nothing with what it judges, the MIDI library least of all.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from improvd.bench.figure import Figure
from improvd.core.units import Bpm
from improvd.errors import DataError
from improvd.ports.miditext import from_text, to_text
from improvd.ports.rawmidi import read_tracks, write_tracks

_SUFFIXES: Final = (".mid", ".midi")
_META, _SYSEX, _ESCAPE = 0xFF, 0xF0, 0xF7
_ONE_BYTE: Final = (0xC0, 0xD0)  # program change and channel pressure

TimedMessage = tuple[int, bytes]  # ticks from the start of its track, and the whole message


class Trip(NamedTuple):
    """How one file came through."""

    path: Path
    seconds: float = 0.0  # there and back
    events: int = 0
    fault: str = ""  # why it is not identical; empty where it is
    read: bool = True


def figure(folder: Path) -> tuple[Figure, list[str]]:
    """The share of identical files among all below `folder`, and a line for each that is not.

    What cannot be read counts as not identical. Raises DataError where there is no MIDI file.
    """
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES)
    if not paths:
        raise DataError(f"{folder}: holds no MIDI file: {', '.join(_SUFFIXES)}")
    trips = [_trip(path) for path in paths]
    values = {
        "identical": sum(not trip.fault for trip in trips) / len(trips),
        "files": len(trips),
        "differ": sum(trip.read and bool(trip.fault) for trip in trips),
        "unread": sum(not trip.read for trip in trips),
        "events": sum(trip.events for trip in trips),
        "files/s": len(trips) / sum(trip.seconds for trip in trips),
    }
    found = Figure("MIDI -> text -> MIDI", "", "identical", 1.0, values, least=True)
    return found, [f"{trip.path}: {trip.fault}" for trip in trips if trip.fault]


def _trip(path: Path) -> Trip:
    """There and back again, as the two verbs go."""
    with TemporaryDirectory() as folder:
        back = Path(folder, "back.mid")
        began = time.perf_counter()
        try:
            write_tracks(back, from_text(to_text(read_tracks(path)), path), Bpm(120.0))
        except DataError as fault:
            why = str(fault).removeprefix(f"{path}: ")
            return Trip(path, time.perf_counter() - began, fault=why, read=False)
        seconds = time.perf_counter() - began
        try:
            before, after = (channel_events(each.read_bytes()) for each in (path, back))
        except (IndexError, KeyError, ValueError) as fault:
            return Trip(path, seconds, fault=f"cannot be judged: {fault}", read=False)
    events = sum(map(len, before[1]))
    return Trip(path, seconds, events, "" if before == after else _difference(before, after))


def _difference(
    before: tuple[int, list[list[TimedMessage]]], after: tuple[int, list[list[TimedMessage]]]
) -> str:
    """Where two files differ first: the division, how many tracks, or an event of a track."""
    if before[0] != after[0]:
        return f"has {after[0]} ticks a quarter note instead of {before[0]}"
    if len(before[1]) != len(after[1]):
        return f"has {len(after[1])} tracks instead of {len(before[1])}"
    tracks = enumerate(zip(before[1], after[1], strict=True), 1)
    number = next(number for number, (one, other) in tracks if one != other)
    return f"track {number} has other events"


def channel_events(content: bytes) -> tuple[int, list[list[TimedMessage]]]:
    """The division of a MIDI file, and the channel messages of each track with their ticks.

    By the letter of the standard: chunks of other kinds are passed over, and a track ends where
    its chunk does. Raises IndexError, KeyError or ValueError on what does not follow it.
    """
    if content[:4] != b"MThd":
        raise ValueError("has no header")
    division, tracks, at = int.from_bytes(content[12:14]), [], 0
    while at < len(content):
        size = int.from_bytes(content[at + 4 : at + 8])
        if content[at : at + 4] == b"MTrk":
            tracks.append(list(_messages(content[at + 8 : at + 8 + size])))
        at += 8 + size
    return division, tracks


def _messages(chunk: bytes) -> Iterator[TimedMessage]:
    tick = at = 0
    running = None
    while at < len(chunk):
        delta, at = _number(chunk, at)
        tick += delta
        if chunk[at] in (_META, _SYSEX, _ESCAPE):
            size, at = _number(chunk, at + (2 if chunk[at] == _META else 1))
            at += size
            continue
        if chunk[at] >= 0x80:
            running, at = chunk[at], at + 1
        if running is None or running >= _SYSEX:
            raise ValueError(f"byte {at} of a track belongs to no channel message")
        size = 1 if running & 0xF0 in _ONE_BYTE else 2
        yield tick, bytes((running, *chunk[at : at + size]))
        at += size


def _number(chunk: bytes, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, the last byte below 0x80; and where it ends."""
    number = 0
    while True:
        number, at = number << 7 | chunk[at] & 0x7F, at + 1
        if chunk[at - 1] < 0x80:
            return number, at
