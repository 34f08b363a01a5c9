"""Drawing the next step from logits: temperature, top-k, top-p, a seed, heat where nothing moves.

Top-p is nucleus sampling: Holtzman et al., "The Curious Case of Neural Text Degeneration", 2020.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import numpy as np
from numpy.typing import NDArray

from improvd.models.base import Step
from improvd.models.monotony import MEMORY, monotony

__all__ = ["MEMORY", "Sampler", "log_likelihood"]  # what the voices of the families need

_IMPOSSIBLE = 1e9  # nats: below it and above its opposite all logits are alike
_CERTAIN = -500.0, 500.0  # nats: beyond these a yes or no is none
_RISE = 1 / 4  # what a monotonous step adds to the temperature where `restless` is 1 ...
_MOST = 2.0  # ... and all of them together ...
_LEAD = 1 / 3  # ... or this share of the likeliest class's lead, if that is more


def log_likelihood(logits: NDArray[np.float32], choice: int) -> float:
    """Of class `choice` in a softmax over all `logits` [classes], nats."""
    scores = logits.astype(np.float64)
    highest = scores.max()
    return float(scores[choice] - highest - np.log(np.exp(scores - highest).sum()))


class Sampler:
    """Draws a class from logits; the same seed draws the same.

    By `temperature` (0: always the likeliest), among the `top_k` likeliest (0: all) and of these
    among the fewest that together reach the probability `top_p` (1: all).

    Music that does not move is heated, by `restless` (0: never, to 1): each monotonous step adds to
    the temperature, and each whole degree lets in a class more than top-k and top-p leave, the
    first at once. All is as before as soon as it moves. With 0.5, the default, heat rises by 1/8 a
    step up to 1, which is enough for melody-basic: with 1 about as many of its steps are in loops
    (`improvd bench restless`). Where a model is surer it rises on, until about one draw in twenty
    is another class.
    """

    def __init__(
        self,
        temperature: float = 1.0,
        top_k: int = 0,
        top_p: float = 1.0,
        seed: int | np.random.SeedSequence | None = None,
        restless: float = 0.5,
    ) -> None:
        self.temperature = temperature
        self.top_k = top_k
        self.top_p = top_p
        self.restless = restless
        self.sow(seed)

    def sow(self, seed: int | np.random.SeedSequence | None) -> None:
        """Begin anew with these dice; None: with ones that nobody knows."""
        self.dice = np.random.default_rng(seed)

    def draw(
        self,
        logits: NDArray[np.float32],
        allowed: NDArray[np.bool_],
        history: Sequence[Step] = (),
    ) -> int:
        """One of the `allowed` classes, [classes] like `logits`; `history`: the steps so far.

        If none is allowed all are; what is not a number counts as impossible, and if all is
        impossible the allowed are equally likely.
        """
        possible = np.flatnonzero(allowed)
        if not len(possible):
            possible = np.arange(len(logits))
        # fmax and fmin take the number where the other is none
        scores = np.fmax(logits[possible].astype(np.float64), -_IMPOSSIBLE)
        scores = np.fmin(scores, _IMPOSSIBLE)
        likeliest = int(scores.argmax())
        heat = self._heat(scores, history)
        if (temperature := self.temperature + heat) <= 0.0:
            return int(possible[likeliest])
        weights = np.exp((scores - scores[likeliest]) / temperature)
        kept = self._kept(weights, ceil(heat))
        sums = np.cumsum(weights[kept])
        rank = int(sums.searchsorted(self.dice.random() * sums[-1], side="right"))
        return int(possible[kept[min(rank, len(kept) - 1)]])

    def decide(self, logits: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Yes or no, each for itself, with these `logits` of yes [choices].

        Top-p leaves to the dice only what is less sure than that, top-k of 1 nothing. What is not a
        number is a no.
        """
        scores = np.fmin(np.fmax(logits.astype(np.float64), -_IMPOSSIBLE), _IMPOSSIBLE)
        if self.temperature <= 0.0 or self.top_k == 1:
            return scores > 0.0
        chances = 1.0 / (1.0 + np.exp(-np.clip(scores / self.temperature, *_CERTAIN)))
        sure = np.maximum(chances, 1.0 - chances) > self.top_p
        return np.where(sure, chances > 0.5, self.dice.random(len(scores)) < chances)

    def jitter(self, count: int, history: Sequence[Step] = ()) -> NDArray[np.float64]:
        """So many Gaussian numbers, as far from 0 as the temperature is above 1, else zeros.

        For steps that are no choice among classes: they are as the model says, and heated as
        others are.
        """
        rise = monotony(history) * _RISE if self.restless else 0.0
        degrees = self.temperature + self.restless * min(rise, _MOST) - 1.0
        return max(degrees, 0.0) * self.dice.standard_normal(count)

    def _heat(self, scores: NDArray[np.float64], history: Sequence[Step]) -> float:
        """What the temperature rises by, after that history."""
        if not self.restless or not (steps := monotony(history)):
            return 0.0
        second, first = np.partition(scores, -2)[-2:] if len(scores) > 1 else (0.0, 0.0)
        lead = min(first - second, _IMPOSSIBLE)
        return float(min(steps * _RISE * self.restless, max(_MOST * self.restless, _LEAD * lead)))

    def _kept(self, weights: NDArray[np.float64], more: int) -> NDArray[np.intp]:
        """The classes that may be drawn: those of top-k and top-p and so many `more`."""
        top_p = min(self.top_p, 1.0)
        total = float(weights.sum())
        # Those under this share of the mean are together less than what top-p leaves out
        over = int(np.count_nonzero(weights >= (1.0 - top_p) * total / len(weights)))
        most = min(self.top_k or over, over) + more
        kept = np.flatnonzero(weights)
        if most < len(kept):
            kept = kept[weights[kept] >= np.partition(weights[kept], -most)[-most]]
        elif top_p >= 1.0:
            return kept
        kept = kept[np.argsort(-weights[kept], kind="stable")]
        nucleus = int(np.cumsum(weights[kept]).searchsorted(top_p * total)) + 1
        return kept[: min(nucleus + more, most)]
