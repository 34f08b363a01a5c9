"""One measured quantity and its bar."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import NamedTuple


class Figure(NamedTuple):
    """One measured quantity: `bar` is the most that its `judged` value may be, or the least.

    There are no `values` where it could not be measured.
    """

    name: str
    unit: str
    judged: str  # the key of `values` that the bar is about
    bar: float
    values: dict[str, float]
    least: bool = False

    @property
    def holds(self) -> bool:
        """Is the bar held? What could not be measured breaks none."""
        if not self.values:
            return True
        value = self.values[self.judged]
        return value >= self.bar if self.least else value <= self.bar

    def __str__(self) -> str:
        if not self.values:
            return f"{self.name:34} not measured"
        values = "  ".join(f"{key} {value:.3g}" for key, value in self.values.items())
        bound = "at least" if self.least else "at most"
        verdict = "held" if self.holds else "NOT held"
        bar = f"{self.judged} {bound} {self.bar:.3g} {self.unit}".rstrip()
        return f"{self.name:34} {values}  [{bar}: {verdict}]"


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, 99th percentile (the nearest value), largest, and how many."""
    ranked = sorted(values)
    return {
        "median": statistics.median(ranked),
        "p99": ranked[max(0, -(-len(ranked) * 99 // 100) - 1)],
        "max": ranked[-1],
        "n": len(ranked),
    }
