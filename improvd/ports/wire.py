"""MIDI 1.0 bytes <-> messages. Knows no port and no clock; never raises on what it is fed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from improvd.core.event import DATA_BYTES
from improvd.core.note import Control, Event, NoteOff, NoteOn, Program
from improvd.core.source import CC, NOTE, Source
from improvd.core.source import PROGRAM as PROGRAM_CHANGE
from improvd.core.units import Channel, Pitch, Seconds, Velocity

NOTE_OFF: Final = 0x80
NOTE_ON: Final = 0x90
CONTROL: Final = 0xB0
PROGRAM: Final = 0xC0
SONG_POSITION: Final = 0xF2
CLOCK: Final = 0xF8
START: Final = 0xFA
CONTINUE: Final = 0xFB
STOP: Final = 0xFC
_SYSTEM: Final = 0xF0
_REALTIME: Final = 0xF8
_OF_CLOCK: Final = (SONG_POSITION, CLOCK, START, CONTINUE, STOP)
_DATA_BYTES: Final = DATA_BYTES | {SONG_POSITION: 2}
_OF_SOURCE: Final = {CC: (CONTROL,), NOTE: (NOTE_ON, NOTE_OFF), PROGRAM_CHANGE: (PROGRAM,)}


class Parser:
    """A stream of bytes -> whole channel messages, each with its status byte, and MIDI clock.

    Running status is resolved, and a note-on of velocity 0 becomes the note-off that it means.
    Other system messages (sysex, active sensing) and stray data bytes are left out.
    """

    def __init__(self) -> None:
        self._message = bytearray()  # the status that runs, and the data bytes so far

    def feed(self, data: bytes) -> list[bytes]:
        """The messages that `data` completes."""
        messages = []
        for byte in data:
            if byte >= _REALTIME:  # may stand between the bytes of another message
                messages += [bytes((byte,))] if byte in _OF_CLOCK else []
            elif byte >= _SYSTEM:  # what follows belongs to it, without a status if unknown
                self._message[:] = (byte,) if byte == SONG_POSITION else ()
            elif byte >= NOTE_OFF:
                self._message[:] = (byte,)
            elif self._message:
                self._message.append(byte)
                if len(self._message) > _DATA_BYTES[self._message[0]]:
                    messages.append(_plain(bytes(self._message)))
                    del self._message[1 if self._message[0] < _SYSTEM else 0 :]
        return messages


def _plain(message: bytes) -> bytes:
    if message[0] & 0xF0 == NOTE_ON and not message[2]:
        return bytes((NOTE_OFF | message[0] & 0x0F, message[1], 0))
    return message


def is_clock(message: bytes) -> bool:
    """Does this message belong to MIDI clock? Then it has no channel."""
    return message[:1] != b"" and message[0] in _OF_CLOCK


def channel_of(message: bytes) -> Channel:
    """The channel of a channel message, as musicians count."""
    return Channel((message[0] & 0x0F) + 1)


def heads(source: Source, channels: Iterable[Channel]) -> Iterator[bytes]:
    """How messages from this source begin: on its own channel, or where it has none on these."""
    for channel in [source.channel] if source.channel else channels:
        for status in _OF_SOURCE[source.kind]:
            yield bytes((status | channel - 1, source.number))


def note_on(channel: Channel, pitch: Pitch, velocity: Velocity) -> bytes:
    """The bytes of a note-on."""
    return bytes((NOTE_ON | channel - 1, pitch, velocity))


def note_off(channel: Channel, pitch: Pitch) -> bytes:
    """The bytes of a note-off."""
    return bytes((NOTE_OFF | channel - 1, pitch, 0))


def control(channel: Channel, number: int, value: int) -> bytes:
    """The bytes of a control change."""
    return bytes((CONTROL | channel - 1, number, value))


def event(second: Seconds, status: int, data1: int, data2: int = 0) -> Event:
    """The event that a note-on, note-off, control or program change means."""
    channel = Channel((status & 0x0F) + 1)
    if status & 0xF0 == PROGRAM:
        return Program(second, channel, data1)
    if status & 0xF0 == CONTROL:
        return Control(second, channel, data1, data2)
    if status & 0xF0 == NOTE_ON and data2:
        return NoteOn(second, channel, Pitch(data1), Velocity(data2))
    return NoteOff(second, channel, Pitch(data1))
