"""What was played by the second -> a standard MIDI file (RP-001) whose tempi keep those seconds.

The first track has a text about the file, the tempi and the meters; the others have a name each.
Half a tick is what a second may be off by, however long the file is.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import mido

from improvd.core.tempo import Meter, Tempo
from improvd.core.units import Beats, Seconds
from improvd.errors import DataError
from improvd.ports.rawmidi import parse_music, save_file

_TICKS: Final = 960  # a beat
_LONGEST: Final = 0xFFFFFF  # microseconds of a beat: three bytes of the file
_PRIVATE: Final = 0o600
_HEAD: Final = 1024  # bytes: more than the two headers and the text
# What stands before the text: both headers, its delta, its kind, its length.
_TEXT: Final = re.compile(rb"MThd.{10}MTrk.{4}\x00\xff\x01([\x80-\xff]?[\x00-\x7f])", re.DOTALL)

Timed = tuple[Seconds, bytes]


class Recording(NamedTuple):
    """Channel messages by track, each track by second, none before the first tempo."""

    about: str  # in ASCII
    tempi: Sequence[Tempo]  # each holds from its anchor on; the first one's is beat 0
    meters: Sequence[tuple[Beats, Meter]]
    tracks: Mapping[str, Sequence[Timed]]


def write_recording(path: Path, recording: Recording) -> None:
    """Write it, whole or not at all, for the user's eyes only. Raises DataError."""
    file = mido.MidiFile(type=1, ticks_per_beat=_TICKS)
    ticks = _Ticks(recording.tempi)
    meters = [(round(beat * _TICKS), _signature(meter)) for beat, meter in recording.meters]
    changes = [(tick, mido.MetaMessage("set_tempo", tempo=us)) for _, tick, us in ticks.marks]
    text = mido.MetaMessage("text", text=recording.about)
    opening = sorted([*meters, *changes], key=lambda timed: timed[0])
    file.tracks.append(_track([(0, text), *opening]))
    for name, events in recording.tracks.items():
        named = mido.MetaMessage("track_name", name=name)
        file.tracks.append(_track([(0, named), *((ticks.at(at), data) for at, data in events)]))
    save_file(path, file, _PRIVATE)


def read_about(path: Path) -> str:
    """The text about a recording, "" where there is none; of the file only the head is read.

    Raises DataError.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as fault:
        raise DataError(f"{path}: cannot be read: {fault.strerror}") from None
    found = _TEXT.match(head)
    if not found:
        return ""
    size = 0
    for byte in found[1]:
        size = size << 7 | byte & 0x7F
    return head[found.end() : found.end() + size].decode("ascii", "replace")


def extract(path: Path, track: str, target: Path) -> None:
    """Copy a recording with this one of its tracks. Raises DataError."""
    file = parse_music(path)
    file.type = 1  # what has tracks beside each other
    file.tracks = [each for each in file.tracks if each.name in ("", track)]
    if len(file.tracks) < 2:  # that of the tempi, and this
        raise DataError(f"{path}: has no track {track!r}")
    save_file(target, file)


class _Ticks:
    """Seconds -> ticks, by the tempi that a reader will find: whole microseconds a beat."""

    def __init__(self, tempi: Sequence[Tempo]) -> None:
        self.marks: list[tuple[Seconds, int, int]] = []  # second, tick, microseconds of a beat
        second = tempi[0].anchor_second
        for this, following in zip(tempi, [*tempi[1:], None], strict=True):
            tick, us = round(this.anchor_beat * _TICKS), 60e6 / this.bpm
            span = round(following.anchor_beat * _TICKS) - tick if following else 0
            if following:
                us = (following.anchor_second - second) * 1e6 * _TICKS / span
            whole = min(max(round(us), 1), _LONGEST)
            self.marks.append((second, tick, whole))
            second = Seconds(second + span * whole / (1e6 * _TICKS))

    def at(self, second: Seconds) -> int:
        number = bisect_right(self.marks, second, key=lambda mark: mark[0])
        start, tick, us = self.marks[max(0, number - 1)]
        return max(0, tick + round((second - start) * 1e6 * _TICKS / us))


def _signature(meter: Meter) -> mido.MetaMessage:
    return mido.MetaMessage("time_signature", numerator=meter.count, denominator=meter.unit)


def _track(timed: Iterable[tuple[int, bytes | mido.MetaMessage]]) -> mido.MidiTrack:
    track, last = mido.MidiTrack(), 0
    for tick, message in timed:
        delta, last = max(0, tick - last), max(tick, last)
        if isinstance(message, bytes):
            track.append(mido.Message.from_bytes(message, time=delta))
        else:
            message.time = delta
            track.append(message)
    return track
