"""Drawing the next step from logits: temperature, top-k, top-p, a guard against loops, a seed.

Top-p is nucleus sampling: Holtzman et al., "The Curious Case of Neural Text Degeneration", 2020.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

MEMORY = 160  # steps of history that the guard against loops looks at
_LONGEST = 32  # steps: the longest pattern that counts as a loop
_REPEATS = 4  # a pattern may sound so often ...
_AT_LEAST = 32  # ... and a short one so many steps long
_RISE, _MOST = 1 / 8, 1.0  # what each stale step adds to the temperature, and all of them at most


def staleness(history: Sequence[int]) -> int:
    """By how many steps the end of `history` repeats a pattern for too long; 0: it does not."""
    recent = list(islice(reversed(history), MEMORY))
    return max((_excess(recent, period) for period in range(1, _LONGEST + 1)), default=0)


def _excess(recent: Sequence[int], period: int) -> int:
    allowed = max(_REPEATS * period, _AT_LEAST)
    if recent[:allowed][period:] != recent[:allowed][:-period] or len(recent) < allowed:
        return 0
    pairs = zip(recent[period:], recent, strict=False)
    run = next((i for i, (older, newer) in enumerate(pairs) if older != newer), None)
    return (len(recent) if run is None else run + period) - allowed


def log_likelihood(logits: NDArray[np.float32], choice: int) -> float:
    """Of class `choice` in a softmax over all `logits` [classes], nats."""
    scores = logits.astype(np.float64)
    highest = scores.max()
    return float(scores[choice] - highest - np.log(np.exp(scores - highest).sum()))


class Sampler:
    """Draws a class from logits; the same seed draws the same.

    By `temperature` (0: always the likeliest), among the `top_k` likeliest (0: all) and of these
    among the fewest that together reach the probability `top_p` (1: all).
    """

    def __init__(
        self,
        temperature: float = 1.0,
        top_k: int = 0,
        top_p: float = 1.0,
        seed: int | np.random.SeedSequence | None = None,
    ) -> None:
        self.temperature = temperature
        self.top_k = top_k
        self.top_p = top_p
        self._random = np.random.default_rng(seed)

    def draw(
        self,
        logits: NDArray[np.float32],
        allowed: NDArray[np.bool_],
        history: Sequence[int] = (),
    ) -> int:
        """One of the `allowed` classes, [classes] like `logits`.

        If none is allowed all are; what is not a number counts as impossible, and if all is
        impossible the allowed are equally likely.
        """
        possible = np.flatnonzero(allowed) if allowed.any() else np.arange(len(logits))
        scores = np.nan_to_num(
            logits[possible].astype(np.float64), nan=-1e9, posinf=1e9, neginf=-1e9
        )
        heat = self.temperature + min(staleness(history) * _RISE, _MOST)
        order = np.argsort(-scores, kind="stable")
        if heat <= 0.0:
            return int(possible[order[0]])
        probabilities = np.exp((scores[order] - scores[order[0]]) / heat)
        kept = self._kept(probabilities / probabilities.sum())
        drawn = self._random.random() * np.sum(probabilities[:kept])
        rank = int(np.searchsorted(np.cumsum(probabilities[:kept]), drawn, side="right"))
        return int(possible[order[min(rank, kept - 1)]])

    def _kept(self, descending: NDArray[np.float64]) -> int:
        """How many of the likeliest classes may be drawn: at least one."""
        nucleus = int(np.searchsorted(np.cumsum(descending), self.top_p)) + 1
        return min(nucleus, self.top_k or len(descending), len(descending))
