"""The way out of a cycle: what goes to the port, at which second, and on which channels so far.

Knows neither answers nor playing.
"""

from __future__ import annotations

from improvd.core.note import ALL_NOTES_OFF, ALL_SOUND_OFF, SUSTAIN
from improvd.core.units import Channel, Seconds
from improvd.play.echo import EchoWindow
from improvd.ports import wire
from improvd.ports.base import Timed


class Outlet:
    """`now` is the second at which what is sent sounds; it never goes back within a cycle."""

    def __init__(self) -> None:
        self.echo = EchoWindow()
        self.now = Seconds(0.0)
        self.sent: list[Timed] = []  # in this cycle
        self._used: set[Channel] = set()

    def begin(self, start: Seconds) -> None:
        """A cycle begins."""
        self.now, self.sent = start, []

    def advance(self, second: Seconds) -> None:
        """It has come to this second, or was beyond it."""
        self.now = max(self.now, second)

    def send(self, data: bytes) -> None:
        """To the port, now."""
        self._used.add(wire.channel_of(data))
        self.echo.sent(self.now, data)
        self.sent.append((self.now, data))

    def silence(self) -> None:
        """What ends anything on every channel that was used (MIDI 1.0, channel mode messages)."""
        for channel in sorted(self._used):
            for number in (SUSTAIN, ALL_NOTES_OFF, ALL_SOUND_OFF):
                self.send(wire.control(channel, number, 0))
