"""A tempo that is tapped. Pure: the seconds of the taps are handed in."""

from __future__ import annotations

from itertools import pairwise
from statistics import median
from typing import Final

from improvd.core.tempo import Tempo
from improvd.core.units import FASTEST, SLOWEST, Beats, Bpm, Seconds

_KEPT: Final = 5  # taps that count
_PAUSE: Final = 1.8  # beats without a tap, after which somebody begins anew


class Taps:
    """One series of taps after another; the first tap of each is beat 1 of a bar."""

    def __init__(self) -> None:
        self._taps: list[Seconds] = []
        self._beat = 0  # of the last tap, counted from the first one of its series

    def tap(self, second: Seconds) -> Tempo | None:
        """The tempo by now: the median of the last intervals, through this tap. None at first."""
        goes_on = self._goes_on(second)
        self._beat = self._beat + 1 if goes_on else 0
        self._taps = [*(self._taps if goes_on else ()), second][-_KEPT:]
        beat = self._interval()
        return Tempo(Bpm(60.0 / beat), second, Beats(self._beat)) if beat else None

    def _goes_on(self, second: Seconds) -> bool:
        if not self._taps:
            return False
        gap, beat = second - self._taps[-1], self._interval()
        return 60.0 / FASTEST <= gap <= min(60.0 / SLOWEST, _PAUSE * (beat or 60.0))

    def _interval(self) -> float | None:
        return median(b - a for a, b in pairwise(self._taps)) if len(self._taps) > 1 else None
