"""Standard MIDI files (RP-001, version 1.0) as they stand: parsed, saved, their channel events.

Time is in ticks throughout, counted from event to event as the file does. What the music means
(notes, beats, tempi) is for midifile to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Final

import mido

from improvd.core.event import LONGEST, Event, EventTracks
from improvd.core.units import Bpm
from improvd.errors import DataError, in_short

ONE_AFTER_ANOTHER: Final = 2  # the file type whose tracks are patterns of their own
_LARGEST: Final = 1 << 22  # bytes of a MIDI file: a million events, ten hours of dense playing
_LONGEST: Final = 100_000  # beats that it lasts: fourteen hours at 120 a minute
_SYSTEM: Final = 0xF0  # from here on a status is no channel's
_OPEN: Final = 0o666  # the mode of a new file, less what the umask takes


def read_tracks(path: Path) -> EventTracks:
    """The channel events of every track, as they are: a note-on of velocity 0 stays one.

    What else is in the file (meta events, sysex) is left out, and its delta goes to the next
    channel event. Raises DataError: unreadable, broken, in SMPTE time, of type 2, without a track.
    """
    file = parse_file(path)
    if file.type == ONE_AFTER_ANOTHER:
        raise DataError(f"{path}: is of type 2, patterns without an order; save it as type 0 or 1")
    if not file.tracks:
        raise DataError(f"{path}: holds no track; a MIDI file to be read has at least one")
    tracks = (tuple(_events(f"{path}, track {n}", t)) for n, t in enumerate(file.tracks, 1))
    return EventTracks(file.ticks_per_beat, tuple(tracks))


def write_tracks(path: Path, music: EventTracks, bpm: Bpm) -> None:
    """Write the events and a tempo; the file is there whole or not at all. Raises DataError.

    The tempo opens the first track, where a type 1 file has it, as in a track of its own it would
    give every other track a new number. One track is written as type 0: it is the same track, and
    instruments that play no other type play it.
    """
    file = mido.MidiFile(type=min(len(music.tracks) - 1, 1), ticks_per_beat=music.division)
    for track in music.tracks:
        events = (mido.Message.from_bytes((e.status, *e.data), time=e.delta) for e in track)
        file.tracks.append(mido.MidiTrack(events))
    file.tracks[0].insert(0, mido.MetaMessage("set_tempo", tempo=round(60e6 / bpm)))
    save_file(path, file)


def parse_file(path: Path) -> mido.MidiFile:
    """Parse a file of type 0, 1 or 2.

    Raises DataError: unreadable, broken, in SMPTE time, or larger than any music.
    """
    content = read_bytes(path, _LARGEST)
    try:
        file = mido.MidiFile(file=BytesIO(content))
    except Exception as fault:  # noqa: BLE001 - mido raises whatever its reading stumbles over
        why = "it is empty" if not content else in_short(fault) or "it ends too early"
        raise DataError(f"{path}: no MIDI file, or a broken one: {why}") from None
    if file.ticks_per_beat <= 0:
        raise DataError(f"{path}: counts in SMPTE frames; save it in ticks per quarter note")
    if file.type not in range(3):
        raise DataError(f"{path}: is of type {file.type}; a MIDI file is of type 0, 1 or 2")
    return file


def parse_music(path: Path) -> mido.MidiFile:
    """The same, where beats are to be gone through one by one. DataError: also of too many."""
    file = parse_file(path)
    if _ticks(file) > _LONGEST * file.ticks_per_beat:
        raise DataError(f"{path}: lasts more than {_LONGEST} beats; cut it into parts")
    return file


def save_file(path: Path, file: mido.MidiFile, mode: int = _OPEN) -> None:
    """Write `file` whole or not at all, with this mode. Raises DataError."""
    content = BytesIO()
    file.save(file=content)
    write_bytes(path, content.getvalue(), mode)


def read_bytes(path: Path, most: int | None = None) -> bytes:
    """What is in a file. Raises DataError, also where that is more than so many bytes."""
    try:
        with path.open("rb") as file:
            content = file.read() if most is None else file.read(most + 1)
    except OSError as fault:
        raise DataError(f"{path}: cannot be read: {fault.strerror}") from None
    if most is not None and len(content) > most:
        raise DataError(f"{path}: has more than {most >> 20} MiB; a MIDI file has fewer")
    return content


def write_bytes(path: Path, content: bytes, mode: int = _OPEN) -> None:
    """Put `content` in place whole or not at all, with this mode. Raises DataError."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        unfinished.touch(mode)
        unfinished.write_bytes(content)
        unfinished.replace(path)
    except OSError as fault:
        with suppress(OSError):  # it is not there, or on a system that cannot be written to
            unfinished.unlink()
        raise DataError(f"{path}: cannot be written: {fault.strerror}") from None


def _ticks(file: mido.MidiFile) -> int:
    """How long it lasts: as its longest track, or all of them where they follow each other."""
    lengths = [sum(message.time for message in track) for track in file.tracks]
    return sum(lengths) if file.type == ONE_AFTER_ANOTHER else max(lengths, default=0)


def _events(where: str, messages: Iterable[mido.Message]) -> Iterator[Event]:
    delta = 0
    for message in messages:
        delta += message.time
        status, *data = [_SYSTEM] if message.is_meta else message.bytes()
        if status >= _SYSTEM:
            continue
        if delta > LONGEST:
            raise DataError(f"{where}: a pause of {delta} ticks; at most {LONGEST} can be written")
        yield Event(delta, status, tuple(data))
        delta = 0
