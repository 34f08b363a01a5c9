"""Annealed importance sampling: how likely frames are to RBMs whose sums nobody can carry out.

Each RBM is reached from one that has the same biases and no weights, whose sum is known, by letting
the weights grow in small steps; the chains are resampled at each, and what the step changed in
their probability is their weight. Source: Salakhutdinov and Murray, "On the Quantitative Analysis
of Deep Belief Networks", 2008; Neal, "Annealed Importance Sampling", 2001. Knows numpy alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

CHAINS = 100
TEMPERATURES = 1000
_AT_ONCE = 4  # RBMs whose chains run together: as many as the caches of a core hold
_FINITE = np.float32(80.0)  # nats: e to this can still be told in 32 bits


class Rbms(NamedTuple):
    """RBMs that share their weights; each has its biases, as those of the steps of an RNN-RBM."""

    weights: Array  # [visible, hidden]
    visible: Array  # biases, [rbms, visible]
    hidden: Array  # biases, [rbms, hidden]

    def only(self, chosen: slice | NDArray[np.intp]) -> Self:
        """Some of them."""
        return self._replace(visible=self.visible[chosen], hidden=self.hidden[chosen])

    def unnormalised(self, frames: Array) -> NDArray[np.float64]:
        """The log-probability of a frame [rbms, visible] under each, before the sum is taken off.

        It is the negative free energy.
        """
        heard = np.logaddexp(0.0, (frames @ self.weights + self.hidden).astype(np.float64))
        return np.asarray(np.sum(frames * self.visible, 1, np.float64) + heard.sum(1))


class Sums(NamedTuple):
    """What the chains found of each RBM."""

    log_sum: NDArray[np.float64]  # log Z, nats, [rbms]
    error: NDArray[np.float64]  # its standard error, nats, [rbms]
    means: Array  # how likely each unit is to be on, [rbms, visible]


def anneal(
    rbms: Rbms,
    seed: int,
    chains: int = CHAINS,
    temperatures: int = TEMPERATURES,
    threads: int = 1,
) -> Iterator[Sums]:
    """The sums of all RBMs, a few at a time, in their order; the same seed finds the same.

    Each few have dice of their own, so that threads change nothing.
    """
    betas = np.linspace(0.0, 1.0, temperatures, dtype=np.float32)
    starts = range(0, len(rbms.visible), _AT_ONCE)

    def some(start: int) -> Sums:
        dice = np.random.Generator(np.random.SFC64([seed, start]))
        return _anneal(rbms.only(slice(start, start + _AT_ONCE)), chains, betas, dice)

    with ThreadPoolExecutor(threads) as pool:
        yield from pool.map(some, starts)


def joined(parts: list[Sums]) -> Sums:
    """Those of many few as one."""
    return Sums(*map(np.concatenate, zip(*parts, strict=True)))


def _anneal(rbms: Rbms, chains: int, betas: Array, dice: np.random.Generator) -> Sums:
    """The chains of each RBM side by side: their units are [rbms, chains, units]."""
    visible, hidden = rbms.visible[:, None], rbms.hidden[:, None]
    upwards, downwards = rbms.weights, np.ascontiguousarray(rbms.weights.T)
    shape = len(visible), chains
    frames = _drawn(dice, np.broadcast_to(_odds(visible), (*shape, visible.shape[-1])))
    weights = np.zeros(shape)
    for before, beta in pairwise(betas):
        heard = frames @ upwards
        now, was = hidden + beta * heard, hidden + before * heard
        odds = _odds(now)
        changed = np.log(odds / _odds(was))
        changed += np.maximum(now, _FINITE) - np.maximum(was, _FINITE)  # what `_odds` leaves out
        weights += changed.sum(axis=-1)
        told = _odds(visible + beta * (_drawn(dice, odds) @ downwards))
        frames = _drawn(dice, told)
    return _sums(rbms, weights, (1 - 1 / told).astype(np.float32))


def _sums(rbms: Rbms, weights: NDArray[np.float64], means: Array) -> Sums:
    """From the log-weights [rbms, chains] and how likely each unit was [rbms, chains, visible]."""
    largest = weights.max(axis=1, keepdims=True)
    shares = np.exp(weights - largest)
    mean = shares.mean(axis=1)
    error = shares.std(axis=1, ddof=1) / np.sqrt(shares.shape[1]) / mean
    known = sum(np.logaddexp(0.0, each.astype(np.float64)).sum(1) for each in rbms[1:])
    shares /= shares.sum(axis=1, keepdims=True)
    expected = np.einsum("rc,rcv->rv", shares.astype(np.float32), means)
    return Sums(known + largest[:, 0] + np.log(mean), error, expected)


def _odds(inputs: Array) -> Array:
    """1 + e to the inputs: the unnormalised probability of a unit, whether it is on or off.

    Beyond what is finite it stays as it is, where the unit is as good as always on.
    """
    np.minimum(inputs, _FINITE, out=(odds := np.empty_like(inputs)))
    np.exp(odds, out=odds)
    odds += 1
    return odds


def _drawn(dice: np.random.Generator, odds: Array) -> Array:
    """Units that are on (1) with probability 1 - 1 / odds, else off (0)."""
    rolls = dice.random(odds.shape, np.float32)
    rolls *= odds
    return (rolls > 1).astype(np.float32)
