"""Interpolated Markov models over a family's steps: what a network has to be better than.

An order's probabilities are mixed with those of the order below by Witten and Bell's estimate of
how likely something new is (Witten and Bell, "The zero-frequency problem", 1991, method C), down to
the same probability for every event.

They learn each melody in every key that fits, but count it once: what is counted is the *shape* of
a few steps (its pitches as distances from the first one), and from which pitches it was begun.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from improvd.train.batches import Tune
from improvd.train.dataset import Dataset, Steps, keys_of
from improvd.train.evaluate import held_out
from improvd.train.recurrent import tunes
from improvd.train.run import Settings
from improvd.train.split import groups

ORDERS = range(1, 6)
_VALIDATION = 10  # one in so many groups of near duplicates chooses the order
_SYMBOLS, _UNISON = 512, 256  # a step of a shape: its number, or _UNISON + its distance

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Placed(NamedTuple):
    """A melody in the lowest of `keys` keys, each a semitone above the one before."""

    steps: Steps
    keys: int


class Grams(NamedTuple):
    """So many successive steps, from each step on, [grams]."""

    shapes: Ints  # the shape as a number; shape // _SYMBOLS is that without its last step
    bases: Ints  # the step that its distances are measured from; 0 where no note begins
    contexts: Ints  # the same of the shape without its last step


class Level:
    """How often each shape of `size` steps occurs from each base, and its context before it."""

    def __init__(self, keys: Any, events: int, melodies: Sequence[Placed], size: int) -> None:
        parts = [grams(keys, each.steps, size) for each in melodies]
        lengths = [len(part.shapes) for part in parts]
        found = Grams(*map(np.concatenate, zip(*parts, strict=True)))
        span = np.repeat([each.keys for each in melodies], lengths)
        self._shapes, first, rows = np.unique(found.shapes, return_index=True, return_inverse=True)
        self._counts = _counts(rows, found.bases, span, (len(first), events))
        prefixes, starts = np.unique(self._shapes // _SYMBOLS, return_index=True)
        based = found.contexts[first, None] > 0  # else all bases have one context
        self._prefixes = prefixes
        self._totals = _gathered(self._counts, starts, based)
        self._kinds = _gathered((self._counts > 0).astype(np.int32), starts, based)

    def mixed(self, found: Grams, lower: Floats) -> Floats:
        """The probabilities of the last steps of `found`, given those of the order below."""
        count = _look_up(self._shapes, self._counts, found.shapes, found.bases)
        place = self._prefixes, found.shapes // _SYMBOLS, found.contexts
        total = _look_up(place[0], self._totals, *place[1:])
        kinds = _look_up(place[0], self._kinds, *place[1:])
        told: Floats = (count + kinds * lower) / np.maximum(total + kinds, 1)
        return np.where(total > 0, told, lower)


class Markov:
    """All orders at once, the highest being the last of ORDERS."""

    def __init__(self, keys: Any, events: int, melodies: Sequence[Placed]) -> None:
        self._keys, self._events = keys, events
        sizes = range(1, ORDERS[-1] + 2)
        self._levels = [Level(keys, events, melodies, size) for size in sizes]

    def nats(self, melodies: Sequence[Steps]) -> Floats:
        """What each order needs for all steps but the first of each melody, [orders]."""
        every: Floats = np.array([self._nats(steps) for steps in melodies])
        summed: Floats = every.sum(axis=0)
        return summed

    def _nats(self, steps: Steps) -> list[float]:
        likely = np.full(len(steps), 1.0 / self._events)
        nats = []
        for order, level in enumerate(self._levels):
            if len(steps) > order:
                found = grams(self._keys, steps, order + 1)
                likely[order:] = level.mixed(found, likely[order:])
            nats.append(-float(np.log(likely[1:]).sum()))
        return nats[ORDERS[0] :]


def grams(keys: Any, steps: Steps, size: int) -> Grams:
    """The grams of one melody, [steps - size + 1]."""
    if len(steps) < size:
        return Grams(*(np.zeros(0, np.int64) for _ in Grams._fields))
    windows = sliding_window_view(steps, size).astype(np.int64)
    begins = keys.begins(windows)
    first = begins.argmax(axis=1)
    bases = np.where(begins.any(axis=1), windows[np.arange(len(windows)), first], 0)
    symbols = np.where(begins, windows - bases[:, None] + _UNISON, windows)
    shapes = symbols @ _SYMBOLS ** np.arange(size)[::-1]
    return Grams(shapes, bases, np.where(first < size - 1, bases, 0))


def placed(settings: Settings, tune: Tune) -> Iterator[Placed]:
    """The melody where its keys begin; a melody of one key at a time has each for itself."""
    keys, configuration = keys_of(settings.family), settings.network
    if isinstance(tune.moves, range):
        yield Placed(keys.moved(configuration, tune.steps, tune.moves[0]), len(tune.moves))
    else:
        yield from (Placed(keys.moved(configuration, tune.steps, move), 1) for move in tune.moves)


def compare(settings: Settings, data: Path, examples: int = 0) -> Iterator[str]:
    """Each order's held-out figures, a line each; the one that validation chooses is marked."""
    dataset = Dataset.load(data)
    keys, events = keys_of(settings.family), settings.network.events
    learnt = tunes(settings, dataset.training)
    group = groups([tune.steps[keys.begins(tune.steps)].tolist() for tune in learnt])
    validates = [each % _VALIDATION == 0 for each in group]

    def trained(melodies: list[Tune]) -> Markov:
        return Markov(
            keys, events, [place for each in melodies for place in placed(settings, each)]
        )

    rest = [tune for tune, out in zip(learnt, validates, strict=True) if not out]
    asked = [
        keys.moved(settings.network, tune.steps, min(tune.moves, key=abs))
        for tune, out in zip(learnt, validates, strict=True)
        if out
    ]
    best = int(np.argmin(trained(rest).nats(asked)))
    melodies = held_out(settings, dataset, examples)
    steps = sum(len(each) - 1 for each in melodies)
    notes = sum(int(keys.begins(each[1:]).sum()) for each in melodies)
    for number, nats in enumerate(trained(learnt).nats(melodies)):
        chosen = "  (the best on validation)" if number == best else ""
        told = f"{nats / steps:.4f} nats a step, {nats / notes:.4f} a note{chosen}"
        yield f"Markov, order {ORDERS[number]}: {told}"


def _counts(rows: Ints, bases: Ints, span: Ints, shape: tuple[int, int]) -> NDArray[np.int32]:
    """How often each row occurs from each base, where it occurs from `span` bases on.

    Without a note there is one base only, which counts for all keys.
    """
    change = np.zeros((shape[0], shape[1] + 1), np.int32)
    times, ends = np.where(bases > 0, 1, span), bases + np.where(bases > 0, span, 1)
    np.add.at(change, (rows, bases), times)
    np.add.at(change, (rows, ends), -times)
    return np.cumsum(change, axis=1, dtype=np.int32)[:, : shape[1]]


def _gathered(counts: NDArray[np.int32], starts: Ints, based: NDArray[np.bool_]) -> Any:
    """Sums over the shapes of each context; contexts without a note have base 0."""
    alone = np.zeros_like(counts)
    alone[:, 0] = counts.sum(axis=1)
    return np.add.reduceat(np.where(based, counts, alone), starts)


def _look_up(known: Ints, counts: Any, shapes: Ints, bases: Ints) -> Ints:
    rows = np.searchsorted(known, shapes).clip(max=len(known) - 1)
    return np.where(known[rows] == shapes, counts[rows, bases], 0)
