"""What a network plays while it is trained, as numbers beside those of real music.

Must not need TensorFlow: the weights become a step graph, which is played as any model is.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from improvd.engine.session import Session
from improvd.train.data.dataset import Steps
from improvd.train.measure.improvised import TONES, improvised, real
from improvd.train.measure.statistics import STATISTICS, measured
from improvd.train.onnx.playable import write
from improvd.train.runs.run import Settings

_LEAST: Final = 1e-3  # of a deviation: where all real pieces are alike
# From real music, 0..1: the mean over the statistics, each in deviations of real pieces and bent
# so that one that is far off does not hide the others.
DISTANCE: Final = "distance"


class Hearing:
    """`count` pieces of a run's network, of `length` tones each, and what they are to be like."""

    def __init__(
        self, settings: Settings, melodies: Sequence[Steps], count: int, length: int = TONES
    ) -> None:
        """Measure the real `melodies`. Raises DataError where none is long enough."""
        self._settings = settings
        self._pieces = count, length
        numbers = real(settings.family, settings.network, melodies, length)
        self._means, self._deviations = numbers.mean(axis=0), numbers.std(axis=0)
        self._real = _named(self._means)

    def figures(self, weights: Sequence[NDArray[Any]], update: int) -> dict[str, float]:
        """The mean statistics of what a network of these weights plays, by name, and DISTANCE."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "network.onnx")
            write(self._settings, weights, update, "A run's network on its way.", path)
            pieces = list(improvised(Session.load(path), *self._pieces))
        means = measured(pieces).mean(axis=0)
        away = np.abs(means - self._means) / np.maximum(self._deviations, _LEAST)
        return _named(means) | {DISTANCE: float(np.mean(away / (1 + away)))}

    def beside(self, name: str) -> str:
        """What real music has of that figure, in words; "" where it has none."""
        return f" (real {self._real[name]:.3f})" if name in self._real else ""


def _named(means: NDArray[np.float64]) -> dict[str, float]:
    return dict(zip(STATISTICS, means.tolist(), strict=True))
