"""Between an event and the network: what it is told, and a draw from the allowed events."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray

from improvd.core.units import OCTAVE
from improvd.models.base import Outputs, Wish
from improvd.models.leaning import Leaning
from improvd.models.melody.configuration import FIRST_PITCH, NO_EVENT, Configuration
from improvd.models.melody.encoding import Past, fresh, hear, meanings
from improvd.models.sampling import MEMORY, Sampler, log_likelihood


class Voice:
    """The last events of one model: `models.base.Voice`.

    Several labels may mean the same event; what is drawn and scored are events.
    """

    def __init__(self, configuration: Configuration, sampler: Sampler) -> None:
        self._configuration = configuration
        self._sampler = sampler
        self._past = fresh(configuration)
        self._history: deque[int] = deque(maxlen=MEMORY)
        events = np.arange(configuration.events)
        self._goes_on: NDArray[np.bool_] = events == NO_EVENT
        self._begins: NDArray[np.bool_] = events >= FIRST_PITCH
        pitches = events - FIRST_PITCH + configuration.lowest
        self._classes = pitches % OCTAVE
        self._leaning = Leaning(self._begins, pitches)

    def hear(self, step: int) -> NDArray[np.float32]:
        """What the network is told of the event and those before it, [inputs]."""
        self._history.append(step)
        told, self._past = hear(self._configuration, self._past, np.array([step], np.int32))
        return told.ravel()

    def choose(self, outputs: Outputs, wish: Wish) -> int:
        """Draw the next event from `logits` [1, classes], as far as the wish allows."""
        logits = self._leaning.apply(self._events(outputs), wish)
        return self._sampler.draw(logits, self._allowed(wish), self._history)

    def score(self, outputs: Outputs, step: int) -> float:
        """The log-likelihood of the event by `logits` [1, classes], nats."""
        return log_likelihood(self._events(outputs), step)

    def _events(self, outputs: Outputs) -> NDArray[np.float32]:
        """The logits of the events: all labels that mean an event lend it their probability."""
        logits = outputs["logits"].ravel()
        if not self._configuration.lookbacks:
            return logits
        events = np.full(self._configuration.events, -np.inf, np.float32)
        np.logaddexp.at(events, meanings(self._configuration, self._past), logits)
        return events

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

    def snapshot(self) -> tuple[Past, tuple[int, ...]]:
        """What the next step depends on, and the last events."""
        return self._past, tuple(self._history)

    def restore(self, snapshot: Any) -> None:
        """Take back what `snapshot` gave."""
        self._past, history = snapshot
        self._history = deque(history, maxlen=MEMORY)
