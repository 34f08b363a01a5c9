"""Is the music of one model nearer to real music than another's, by a few numbers of each piece?

Means of pieces, their distances from real music's mean, and how much nearer the first model is than
the second, each with a bootstrap 95 % interval over pieces (Efron, 1979). Knows no model.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_RESAMPLES = 10_000
_INTERVAL = (2.5, 97.5)  # percentiles

Numbers = NDArray[np.float64]  # [pieces, statistics]


class Estimate(NamedTuple):
    """A figure and its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} .. {self.high:.3f})"


class Nearness(NamedTuple):
    """What is found of one statistic."""

    statistic: str
    real: Estimate
    means: Sequence[Estimate]  # of each model
    distances: Sequence[Estimate]  # of each model's mean from real music's
    nearer: Estimate | None  # the second model's distance less the first's, where there is one

    @property
    def holds(self) -> bool:
        """Is the first model nearer than the second, and that no chance?"""
        return self.nearer is not None and self.nearer.low > 0.0


def nearness(
    names: Sequence[str], real: Numbers, models: Sequence[Numbers], seed: int = 1
) -> list[Nearness]:
    """Compare the pieces of one model or of two with real ones, by statistics of these names."""
    dice = np.random.default_rng(seed)
    truth, *means = (_means(each, dice) for each in (real, *models))
    distances = [np.abs(each - truth) for each in means]
    behind = distances[1] - distances[0] if len(distances) > 1 else None
    return [
        Nearness(
            name,
            _estimate(truth[:, at]),
            [_estimate(each[:, at]) for each in means],
            [_estimate(each[:, at]) for each in distances],
            None if behind is None else _estimate(behind[:, at]),
        )
        for at, name in enumerate(names)
    ]


def _means(pieces: Numbers, dice: np.random.Generator) -> Numbers:
    """The means of all pieces, and below of each resample of them, [1 + resamples, statistics]."""
    count = len(pieces)
    often = dice.multinomial(count, np.full(count, 1 / count), size=_RESAMPLES)
    return np.vstack([pieces.mean(axis=0), often @ pieces / count])


def _estimate(means: Numbers) -> Estimate:
    """Of one statistic, [1 + resamples]."""
    low, high = np.percentile(means[1:], _INTERVAL).tolist()
    return Estimate(float(means[0]), low, high)
