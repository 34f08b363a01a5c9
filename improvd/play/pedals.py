"""The sustain pedals of the output: one on a channel is down while anybody holds it.

The foot, whose moves are passed on, and every answer hold for themselves, so none can lift what
another still holds. Knows no note and no clock.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from improvd.core.note import SUSTAIN
from improvd.core.units import Channel
from improvd.ports import wire

DOWN: Final = 127  # what an answer's pedal is sent as


class Pedals:
    """Who holds which; `send` puts out what becomes of it."""

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._send = send
        self.feet: dict[Channel, int] = {}  # where the foot has put them, 1..127
        self._answers: dict[Channel, set[int]] = {}  # that hold them

    def step(self, channel: Channel, value: int) -> None:
        """The foot moves; it goes out as it is, unless an answer holds the pedal down."""
        self.feet[channel] = value
        if channel not in self._answers:
            self._send(wire.control(channel, SUSTAIN, value))
        if not value:
            del self.feet[channel]

    def hold(self, answer: int, channel: Channel) -> None:
        """An answer puts it down."""
        holding = self._answers.setdefault(channel, set())
        if not holding:
            self._send(wire.control(channel, SUSTAIN, DOWN))
        holding.add(answer)

    def let_go(self, answer: int, channel: Channel) -> None:
        """An answer lets it up: to where the foot is, if no other answer holds it."""
        holding = self._answers.get(channel, set())
        if holding == {answer}:
            del self._answers[channel]
            self._send(wire.control(channel, SUSTAIN, self.feet.get(channel, 0)))
        holding.discard(answer)
