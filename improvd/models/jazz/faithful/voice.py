"""Between a musical value and the network: which value was heard, and a draw of the next one."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray

from improvd.core.units import Pitch
from improvd.models.base import Outputs, Wish
from improvd.models.jazz.configuration import HIGHEST, LOWEST, TICKS, chord_on
from improvd.models.jazz.faithful.configuration import Configuration
from improvd.models.jazz.faithful.values import Value, pitch_of
from improvd.models.sampling import MEMORY, Sampler, log_likelihood


class Voice:
    """The last values of one model, and the last pitch: `models.base.Voice`."""

    def __init__(self, configuration: Configuration, sampler: Sampler) -> None:
        self._configuration = configuration
        self._sampler = sampler
        self._history: deque[int] = deque(maxlen=MEMORY)
        self._before: Pitch | None = None
        values = configuration.values
        self._begins: NDArray[np.bool_] = np.array([value.begins for value in values])
        self._ticks: NDArray[np.float32] = np.array([value.ticks for value in values], np.float32)

    def hear(self, step: int) -> NDArray[np.float32]:
        """A one for the value, zeros for a wait, [classes]."""
        value, pitch = self._configuration.told(step)
        if value.begins:
            self._before = pitch_of(value, None, self._before) if pitch is None else pitch
        self._history.append(step)
        heard = np.zeros(self._configuration.events, np.float32)
        heard[self._configuration.number(step)] = 1.0
        return heard[: self._configuration.classes]

    def choose(self, outputs: Outputs, wish: Wish) -> int:
        """Draw the next value from `logits` [1, classes], and play it over the chord that is.

        Where nothing may begin, or nothing is short enough, it is a wait.
        """
        farthest = max(wish.within / self._configuration.grid + 0.5, 1.0)
        allowed = (self._ticks <= farthest) & (self._begins if wish.onset else True)
        if wish.onset and not allowed.any():
            allowed = self._begins & (self._ticks == self._ticks[self._begins].min())
        if wish.hold or not allowed.any():
            return self._configuration.wait(farthest)
        logits = outputs["logits"].ravel() - np.float32(wish.busier / TICKS) * self._ticks
        number = self._sampler.draw(logits, allowed, self._history)
        value = self._configuration.values[number]
        pitch = self._pitch(value, wish) if value.begins else None
        return self._configuration.step(number, pitch)

    def _pitch(self, value: Value, wish: Wish) -> Pitch:
        chord = None
        if wish.harmony is not None and wish.beat is not None:
            chord = chord_on(wish.harmony, wish.beat)
        register = wish.register or (LOWEST, HIGHEST)
        return pitch_of(value, chord, self._before, wish.pitch_classes or None, register)

    def score(self, outputs: Outputs, step: int) -> float:
        """The log-likelihood of the value by `logits` [1, classes], nats; a wait has none."""
        number = self._configuration.number(step)
        if number >= self._configuration.classes:
            return -np.inf
        return log_likelihood(outputs["logits"].ravel(), number)

    def snapshot(self) -> tuple[tuple[int, ...], Pitch | None]:
        """The last values, and the last pitch."""
        return tuple(self._history), self._before

    def restore(self, snapshot: Any) -> None:
        """Take back what `snapshot` gave."""
        history, self._before = snapshot
        self._history = deque(history, maxlen=MEMORY)
