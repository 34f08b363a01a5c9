"""How long something took, counted in fixed buckets: a count costs the same after a year.

The bounds go 1, 2, 5 through the decades, so a figure read from them is right to a factor of 2.5.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final, NamedTuple

from improvd.core.units import Seconds

BOUNDS: Final[Sequence[Seconds]] = [
    *(Seconds(digit * 10.0**power) for power in range(-5, 0) for digit in (1, 2, 5)),
    Seconds(1.0),
]


class Distribution(NamedTuple):
    """What was counted up to a moment."""

    counts: tuple[int, ...]  # one a bound, of what lies above the one before; the last is beyond
    total: Seconds  # of all together
    worst: Seconds

    @property
    def number(self) -> int:
        """How many were counted."""
        return sum(self.counts)

    def within(self, share: float) -> Seconds:
        """What this share of all, 0..1, did not exceed: a bound, or the worst if that is less."""
        missing = share * self.number
        for bound, count in zip(BOUNDS, self.counts, strict=False):
            missing -= count
            if missing <= 0:
                return min(bound, self.worst)
        return self.worst


class Histogram:
    """Counts; `now` is what it has counted."""

    def __init__(self) -> None:
        self._counts = [0] * (len(BOUNDS) + 1)
        self._total = self._worst = 0.0

    def add(self, seconds: Seconds) -> None:
        """One more, which took so long."""
        self._counts[bisect_left(BOUNDS, seconds)] += 1
        self._total += seconds
        self._worst = max(self._worst, seconds)

    @property
    def now(self) -> Distribution:
        """A copy that no longer changes."""
        return Distribution(tuple(self._counts), Seconds(self._total), Seconds(self._worst))
