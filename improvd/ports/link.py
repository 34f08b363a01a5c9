"""The session of Ableton Link on the local network, as it is when it is looked at.

Needs LinkPython-extern, which is under the GPL as Link is: an extra that improvd does without.
Link.hpp of Link 3: beats are shared up to whole quanta, so bars are where all peers have them.
"""

from __future__ import annotations

import time
from importlib import import_module
from typing import Any, Final, NamedTuple

from improvd.core.units import Beats, Bpm, Seconds

_AT_ONCE: Final = Seconds(0.0001)  # two clocks that were read within it were read together
_TRIES: Final = 4


class Reading(NamedTuple):
    """On `second` it is `beat` in the session, whose bars begin on multiples of the quantum."""

    second: Seconds
    beat: Beats
    bpm: Bpm
    peers: int  # others


class LinkSession:
    """One peer, from when it is made until it is closed. Raises ImportError."""

    def __init__(self, bpm: Bpm, quantum: Beats) -> None:
        """`bpm` holds as long as it is alone; `quantum` is the length of a bar."""
        self._link: Any = import_module("link").Link(bpm)
        self._clock = self._link.clock()
        self._quantum = quantum
        self._link.enabled = True

    def read(self) -> Reading:
        """How it is now."""
        second, micros = self._moment()
        state = self._link.captureSessionState()
        beat = Beats(state.beatAtTime(micros, self._quantum))
        return Reading(second, beat, Bpm(state.tempo()), self._link.numPeers())

    def close(self) -> None:
        """Leave the session."""
        self._link.enabled = False

    def _moment(self) -> tuple[Seconds, int]:
        """One moment by our clock, and in microseconds by Link's."""
        for _ in range(_TRIES):
            before = time.monotonic()
            micros: int = self._clock.micros()
            if (after := time.monotonic()) - before <= _AT_ONCE:
                break
        return Seconds((before + after) / 2), micros
