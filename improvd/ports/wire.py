"""MIDI 1.0 bytes <-> messages. Knows no port and no clock; never raises on what it is fed."""

from __future__ import annotations

from typing import Final

from improvd.core.event import DATA_BYTES
from improvd.core.note import Control, Event, NoteOff, NoteOn
from improvd.core.units import Channel, Pitch, Seconds, Velocity

NOTE_OFF: Final = 0x80
NOTE_ON: Final = 0x90
CONTROL: Final = 0xB0
_SYSTEM: Final = 0xF0
_REALTIME: Final = 0xF8


class Parser:
    """A stream of bytes -> whole channel messages, each with its status byte.

    Running status is resolved, and a note-on of velocity 0 becomes the note-off that it means.
    System messages (sysex, active sensing, clock) and stray data bytes are left out.
    """

    def __init__(self) -> None:
        self._message = bytearray()  # the status that runs, and the data bytes so far

    def feed(self, data: bytes) -> list[bytes]:
        """The messages that `data` completes."""
        messages = []
        for byte in data:
            if byte >= _REALTIME:
                continue  # may stand between the bytes of another message
            if byte >= _SYSTEM:
                self._message.clear()  # what follows belongs to it: data bytes without a status
            elif byte >= NOTE_OFF:
                self._message[:] = (byte,)
            elif self._message:
                self._message.append(byte)
                if len(self._message) > DATA_BYTES[self._message[0]]:
                    messages.append(_plain(bytes(self._message)))
                    del self._message[1:]
        return messages


def _plain(message: bytes) -> bytes:
    if message[0] & 0xF0 == NOTE_ON and not message[2]:
        return bytes((NOTE_OFF | message[0] & 0x0F, message[1], 0))
    return message


def channel_of(message: bytes) -> Channel:
    """The channel of a channel message, as musicians count."""
    return Channel((message[0] & 0x0F) + 1)


def note_on(channel: Channel, pitch: Pitch, velocity: Velocity) -> bytes:
    """The bytes of a note-on."""
    return bytes((NOTE_ON | channel - 1, pitch, velocity))


def note_off(channel: Channel, pitch: Pitch) -> bytes:
    """The bytes of a note-off."""
    return bytes((NOTE_OFF | channel - 1, pitch, 0))


def control(channel: Channel, number: int, value: int) -> bytes:
    """The bytes of a control change."""
    return bytes((CONTROL | channel - 1, number, value))


def event(second: Seconds, status: int, data1: int, data2: int) -> Event:
    """The event that a note-on, note-off or control change means."""
    channel = Channel((status & 0x0F) + 1)
    if status & 0xF0 == CONTROL:
        return Control(second, channel, data1, data2)
    if status & 0xF0 == NOTE_ON and data2:
        return NoteOn(second, channel, Pitch(data1), Velocity(data2))
    return NoteOff(second, channel, Pitch(data1))
