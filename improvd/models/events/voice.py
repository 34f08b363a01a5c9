"""Between a token and the network: its number, and a draw from the allowed tokens."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray

from improvd.core.units import OCTAVE
from improvd.models.base import Outputs, Wish
from improvd.models.events.configuration import Configuration
from improvd.models.events.vocabulary import Kind
from improvd.models.leaning import Leaning
from improvd.models.monotony import MEMORY
from improvd.models.sampling import Sampler, log_likelihood


class Voice:
    """The last tokens of one model: `models.base.Voice`."""

    def __init__(self, configuration: Configuration, sampler: Sampler) -> None:
        self._configuration = configuration
        self._sampler = sampler
        self._history: deque[int] = deque(maxlen=MEMORY)
        known = configuration.vocabulary
        self._begins: NDArray[np.bool_] = known.kinds == Kind.ON
        soonest = known.deltas[self._begins].min()  # at once, unless the music never does
        self._at_once: NDArray[np.bool_] = self._begins & (known.deltas == soonest)
        self._classes = known.pitches % OCTAVE
        self._leaning = Leaning(self._begins, known.pitches)

    def hear(self, step: int) -> NDArray[np.float32]:
        """The token's number, [1]."""
        self._history.append(step)
        return np.array([step], np.float32)

    def choose(self, outputs: Outputs, wish: Wish) -> int:
        """Draw the next token from `logits` [1, classes], as far as the wish allows.

        Where it would reach too far it is time that passes, no further than that.
        """
        logits = self._leaning.apply(outputs["logits"].ravel(), wish)
        step = self._sampler.draw(logits, self._allowed(wish), self._history)
        grid = self._configuration.grid
        if self._configuration.tokens[step].delta * grid <= wish.within + grid / 2:
            return step
        return self._configuration.vocabulary.wait(round(wish.within / grid))

    def score(self, outputs: Outputs, step: int) -> float:
        """The log-likelihood of the token by `logits` [1, classes], nats."""
        return log_likelihood(outputs["logits"].ravel(), step)

    def _allowed(self, wish: Wish) -> NDArray[np.bool_]:
        """The tokens that obey the wish; an onset of no known pitch class may be any pitch."""
        if not (wish.onset or wish.hold or wish.pitch_classes is not None):
            return np.ones(len(self._begins), np.bool_)
        suits: NDArray[np.bool_] = np.isin(self._classes, list(wish.pitch_classes or ()))
        if wish.hold:
            return ~self._begins | (self._at_once & suits)
        if wish.onset:
            found = self._at_once & suits
            return found if found.any() else self._at_once
        return ~self._begins | suits

    def snapshot(self) -> tuple[int, ...]:
        """The last tokens."""
        return tuple(self._history)

    def restore(self, snapshot: Any) -> None:
        """Take back what `snapshot` gave."""
        self._history = deque(snapshot, maxlen=MEMORY)
