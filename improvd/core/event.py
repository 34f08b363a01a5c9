"""MIDI channel events as text: one token an event, `delta_status_data1_data2`.

The delta is in ticks since the event before, decimal; the bytes of the message follow as two
lower-case hex digits each: `120_90_3c_64`, or `0_c0_05` where the status has one data byte. Each
event has one token and each token one event, so that tokens can stand for events in a vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple, Self

# Data bytes of each channel message, by its status (MIDI 1.0, table 1): one for a program change
# and for the pressure of a channel, two for all others.
DATA_BYTES: Final = {status: 1 if status >> 4 in (0xC, 0xD) else 2 for status in range(0x80, 0xF0)}
LONGEST: Final = 2**28 - 1  # ticks: a file has four bytes of seven bits for a delta
_NOTE_OFF, _NOTE_ON = 0x8, 0x9  # the upper half of a status
_STATUSES: Final = {f"{status:02x}": status for status in DATA_BYTES}
_DATA: Final = {f"{byte:02x}": byte for byte in range(0x80)}
_EXAMPLES: Final = {1: "0_c0_05", 2: "120_90_3c_64"}  # by how many data bytes there are


class Event(NamedTuple):
    """One channel message, `delta` ticks after the one before it in its track."""

    delta: int
    status: int  # 0x80..0xEF, the channel in its lower half
    data: tuple[int, ...]  # 0..127 each

    @classmethod
    def parse(cls, token: str) -> Self:
        """Read a token. Raises ValueError: what is wrong with it, all in one line."""
        try:
            delta, status, *data = token.split("_")
            event = cls(_ticks(delta), _STATUSES[status], tuple([_DATA[byte] for byte in data]))
        except (KeyError, ValueError):
            event = None
        if event is None or len(event.data) != DATA_BYTES[event.status]:
            raise ValueError("; ".join(_faults(token)))
        return event

    @property
    def begins(self) -> bool:
        """Does a note begin? A note-on of velocity 0 is a note-off."""
        return self.status >> 4 == _NOTE_ON and self.data[1] > 0

    @property
    def ends(self) -> bool:
        """Does a note end?"""
        return self.status >> 4 in (_NOTE_OFF, _NOTE_ON) and not self.begins

    def __str__(self) -> str:
        return f"{self.delta}_{bytes((self.status, *self.data)).hex('_')}"


class EventTracks(NamedTuple):
    """The channel events of a whole MIDI file."""

    division: int  # ticks a quarter note, 1..32767
    tracks: tuple[tuple[Event, ...], ...]  # a track may be empty


def _ticks(text: str) -> int:
    """Read a delta. Raises ValueError also for what `int` would forgive: signs, zeros in front."""
    number = int(text)
    if not 0 <= number <= LONGEST or str(number) != text:
        raise ValueError(text)
    return number


def _faults(token: str) -> Iterator[str]:
    """Every fault of a faulty token, with what is allowed and how it is written."""
    delta, _, message = token.partition("_")
    status, *data = message.split("_")
    count = DATA_BYTES.get(_STATUSES.get(status, 0), 2)
    example = f"as in {_EXAMPLES[count]}"
    try:
        _ticks(delta)
    except ValueError:
        yield f"the delta {delta!r} has to be 0..{LONGEST} ticks, in decimal, {example}"
    if status not in _STATUSES:
        yield f"the status {status!r} has to be 80..ef, two lower-case hex digits, {example}"
    for byte in data[: count + 1]:
        if byte not in _DATA:
            yield f"the data byte {byte!r} has to be 00..7f, two lower-case hex digits, {example}"
    if status in _STATUSES and len(data) != count:
        yield f"the status {status} takes {count} data byte(s), not {len(data)}, {example}"
