"""JACK's period: how far ahead of it the output has to be, and what PipeWire is asked for.

PipeWire calls it the quantum. Each program may wish for one, in its environment; the shortest wish
is heeded, within bounds of PipeWire's own. Knows no JACK library.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Final, NamedTuple, Self

from improvd.core.units import Seconds

RATE: Final = 48_000  # Hz; wishes are told as frames of this rate, whatever the server's is
_WISH: Final = "PIPEWIRE_LATENCY"
_FORCE: Final = "PIPEWIRE_QUANTUM"  # what `pw-jack -p` sets: no wish, it holds for all programs
_LEAD: Final = Seconds(0.010)  # that the output is handed over ahead, at least
_PERIODS: Final = 3  # in which that happens, at least
_SILENCE: Final = Seconds(2.0)  # jackd says when it ends, but may stand still, or leave one out
_SILENCE_OF_PIPEWIRE: Final = Seconds(0.5)  # 0.3 ends without a word
_PIPEWIRE: Final = "PipeWire"  # in what its JACK library says that it is


class Period(NamedTuple):
    """What is played at once: so many frames at a rate in Hz."""

    frames: int
    rate: int

    @property
    def lead(self) -> Seconds:
        """How long before its second a message has to be there."""
        return max(_LEAD, Seconds(_PERIODS * self.frames / self.rate))

    def __str__(self) -> str:
        return f"{self.frames} frames, {1000 * self.frames / self.rate:.1f} ms"


class Server(NamedTuple):
    """Who calls the cycle: its version, and what it was asked for, if it can be."""

    version: str  # as the JACK library tells it
    asked: str = ""  # a fraction of a second

    @property
    def is_pipewire(self) -> bool:
        """Or else it is jackd."""
        return _PIPEWIRE in self.version

    @property
    def silence(self) -> Seconds:
        """Whom it has not called for so long, it calls no more."""
        return _SILENCE_OF_PIPEWIRE if self.is_pipewire else _SILENCE

    def ask(self, frames: int, environment: MutableMapping[str, str]) -> Self:
        """Wish for so many frames, 0 for none, unless whoever started this process has wished."""
        if not self.is_pipewire:
            return self
        if frames and not environment.keys() & {_WISH, _FORCE}:
            environment[_WISH] = f"{frames}/{RATE}"
        return self._replace(asked=environment.get(_FORCE) or environment.get(_WISH, ""))

    def grants(self, period: Period) -> str:
        """What was asked for and got, as it is logged."""
        asked = f"; asked for: {self.asked} s" if self.asked else ""
        return f"JACK {self.version}: a period is {period}{asked}"
