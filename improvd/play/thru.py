"""What is heard and passed on to the output, and what of it is down. Knows no answer."""

from __future__ import annotations

from collections.abc import Callable

from improvd.core.note import SUSTAIN
from improvd.core.units import Channel, Pitch
from improvd.ports import wire


class Thru:
    """Switched on or off. Keys and pedals that were passed on are let go when it goes off."""

    def __init__(self, send: Callable[[bytes], None], *, on: bool) -> None:
        self.on = on
        self.keys: set[tuple[Channel, Pitch]] = set()  # that were passed on and are down
        self._pedals: set[Channel] = set()  # the same for sustain pedals
        self._send = send

    def set(self, *, on: bool) -> None:
        """From now on."""
        self.on = on
        if not on:
            self.release()

    def hear(self, message: bytes) -> None:
        """Pass it on, if it is on."""
        if not self.on:
            return
        kind, channel = message[0] & 0xF0, wire.channel_of(message)
        if kind == wire.NOTE_ON:
            self.keys.add((channel, Pitch(message[1])))
        elif kind == wire.NOTE_OFF:
            self.keys.discard((channel, Pitch(message[1])))
        elif kind == wire.CONTROL and message[1] == SUSTAIN:
            (self._pedals.add if message[2] else self._pedals.discard)(channel)
        self._send(message)

    def owed(self) -> list[bytes]:
        """What would let go of all that was passed on."""
        pedals = (wire.control(channel, SUSTAIN, 0) for channel in self._pedals)
        return [*(wire.note_off(*key) for key in self.keys), *pedals]

    def release(self) -> None:
        """Let go of it."""
        for message in self.owed():
            self._send(message)
        self.keys.clear()
        self._pedals.clear()
