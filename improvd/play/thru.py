"""What is heard and passed on to the output, and what of it is down. Knows no answer."""

from __future__ import annotations

from collections.abc import Callable

from improvd.core.note import SUSTAIN
from improvd.core.units import Channel, Pitch
from improvd.play.pedals import Pedals
from improvd.ports import wire


class Thru:
    """Switched on or off. Keys and pedals that were passed on are let go when it goes off."""

    def __init__(self, send: Callable[[bytes], None], pedals: Pedals, *, on: bool) -> None:
        self.on = on
        self.keys: set[tuple[Channel, Pitch]] = set()  # that were passed on and are down
        self._pedals = pedals
        self._send = send

    def set(self, *, on: bool) -> None:
        """From now on."""
        self.on = on
        if not on:
            self.release()

    def hear(self, message: bytes) -> None:
        """Pass it on, if it is on."""
        if self.on:
            self._pass(message)

    def owed(self) -> list[bytes]:
        """What would let go of all that was passed on."""
        pedals = (wire.control(channel, SUSTAIN, 0) for channel in self._pedals.feet)
        return [*(wire.note_off(*key) for key in self.keys), *pedals]

    def release(self) -> None:
        """Let go of it."""
        for message in self.owed():
            self._pass(message)

    def _pass(self, message: bytes) -> None:
        kind, channel = message[0] & 0xF0, wire.channel_of(message)
        if kind == wire.CONTROL and message[1] == SUSTAIN:
            self._pedals.step(channel, message[2])
            return
        if kind == wire.NOTE_ON:
            self.keys.add((channel, Pitch(message[1])))
        elif kind == wire.NOTE_OFF:
            self.keys.discard((channel, Pitch(message[1])))
        self._send(message)
