"""The sustain pedals of the output: one on a channel is down while anybody holds it.

The foot, whose moves are passed on, and every answer hold for themselves, so none can lift what
another still holds. Knows no note and no clock.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from improvd.core.note import SUSTAIN
from improvd.core.units import Channel
from improvd.ports import wire

DOWN: Final = 127  # what an answer's pedal is sent as


class Press(NamedTuple):
    """The pedal that an answer holds down."""

    answer: int
    channel: Channel


class Pedals:
    """Who holds which; `send` puts out what becomes of it."""

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self.feet: dict[Channel, int] = {}  # where the foot has put them, 1..127
        self.pressed: set[Press] = set()  # by answers, muted or not
        self._audible: set[Press] = set()  # those of them that were not muted
        self._send = send

    def step(self, channel: Channel, value: int) -> None:
        """The foot moves; it goes out as it is, unless an answer holds the pedal down."""
        self.feet[channel] = value
        if not self._held(channel):
            self._send(wire.control(channel, SUSTAIN, value))
        if not value:
            del self.feet[channel]

    def press(self, press: Press, *, audible: bool) -> None:
        """An answer puts it down."""
        self.pressed.add(press)
        if audible:
            if not self._held(press.channel):
                self._send(wire.control(press.channel, SUSTAIN, DOWN))
            self._audible.add(press)

    def lift(self, press: Press) -> None:
        """An answer lets it up: to where the foot is, if no other answer holds it."""
        self.pressed.discard(press)
        if press in self._audible:
            self._audible.remove(press)
            if not self._held(press.channel):
                value = self.feet.get(press.channel, 0)
                self._send(wire.control(press.channel, SUSTAIN, value))

    def mute(self) -> None:
        """What answers hold is not heard any more, up to their next presses."""
        for press in sorted(self._audible):
            self.lift(press)
            self.pressed.add(press)

    def _held(self, channel: Channel) -> bool:
        return any(press.channel == channel for press in self._audible)
