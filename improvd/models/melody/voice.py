"""Between an event and the network: one-hot in, a draw from the allowed events out."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray

from improvd.models.base import Outputs, Wish
from improvd.models.melody.configuration import FIRST_PITCH, NO_EVENT, OCTAVE, Configuration
from improvd.models.sampling import MEMORY, Sampler, log_likelihood


class Voice:
    """The last events of one model: `models.base.Voice`."""

    def __init__(self, configuration: Configuration, sampler: Sampler) -> None:
        self._configuration = configuration
        self._sampler = sampler
        self._history: deque[int] = deque(maxlen=MEMORY)
        events = np.arange(configuration.events)
        self._goes_on: NDArray[np.bool_] = events == NO_EVENT
        self._begins: NDArray[np.bool_] = events >= FIRST_PITCH
        self._classes = (events - FIRST_PITCH + configuration.lowest) % OCTAVE

    def hear(self, step: int) -> NDArray[np.float32]:
        """The event as one-hot, [events]."""
        self._history.append(step)
        vector = np.zeros(self._configuration.events, np.float32)
        vector[step] = 1.0
        return vector

    def choose(self, outputs: Outputs, wish: Wish) -> int:
        """Draw the next event from `logits` [1, events], as far as the wish allows."""
        return self._sampler.draw(outputs["logits"][0], self._allowed(wish), self._history)

    def score(self, outputs: Outputs, step: int) -> float:
        """The log-likelihood of the event by `logits` [1, events], nats."""
        return log_likelihood(outputs["logits"][0], step)

    def _allowed(self, wish: Wish) -> NDArray[np.bool_]:
        """The events that obey the wish; an onset of no known pitch class may be any pitch."""
        if wish.hold:
            return self._goes_on
        pitches = self._begins
        if wish.pitch_classes is not None:
            pitches = pitches & np.isin(self._classes, list(wish.pitch_classes))
        if wish.onset:
            return pitches if pitches.any() else self._begins
        return pitches | ~self._begins

    def snapshot(self) -> tuple[int, ...]:
        """The last events."""
        return tuple(self._history)

    def restore(self, snapshot: Any) -> None:
        """Take back what `snapshot` gave."""
        self._history = deque(snapshot, maxlen=MEMORY)
