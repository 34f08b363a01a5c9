"""Interpolated Markov models over a family's steps: what a network has to be better than.

An order's probabilities are mixed with those of the order below by Witten and Bell's estimate of
how likely something new is (Witten and Bell, "The zero-frequency problem", 1991, method C), down to
the same probability for every event.

They learn each melody in every key that fits, but count it once: see `shapes`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from improvd.errors import DataError
from improvd.train.data.dataset import Dataset, Steps, keys_of, pitches_of
from improvd.train.data.split import groups
from improvd.train.measure.evaluate import held_out
from improvd.train.measure.shapes import Cover, Grams, Ints, Placed, Row, laid, merged
from improvd.train.runs.batches import Tune
from improvd.train.runs.recurrent import tunes
from improvd.train.runs.run import Settings

ORDERS = range(1, 6)
_VALIDATION = 10  # one in so many groups of near duplicates chooses the order

Floats = NDArray[np.float64]


class Level:
    """How often each shape of so many steps was laid where, and its prefix before anything."""

    def __init__(self, row: Row, grams: Grams) -> None:
        self._codes, rows = np.unique(grams.codes, return_inverse=True)
        self.shapes: Ints = rows.astype(np.int64)
        keys = row.keys[grams.starts]
        starts, ends, weights = laid(grams.firsts, keys)
        self._counts = Cover(self.shapes, starts, ends, weights)
        self._totals = Cover(grams.prefixes, *laid(grams.befores, keys))
        first = np.unique(rows, return_index=True)[1]
        kinds, starts, ends = merged(self.shapes, starts, ends)
        alone = grams.befores[first[kinds]] < 0  # then all its places have one context
        self._kinds = Cover(
            grams.prefixes[first[kinds]],
            np.where(alone, 0, starts),
            np.where(alone, 1, ends),
            np.where(alone, ends - starts, 1),
        )

    def numbers(self, grams: Grams) -> Ints:
        """The numbers of the shapes of other grams."""
        found = np.searchsorted(self._codes, grams.codes).clip(max=len(self._codes) - 1)
        return np.where(self._codes[found] == grams.codes, found, -1)

    def mixed(self, grams: Grams, lower: Floats) -> Floats:
        """The probabilities of their last steps, given those of the order below."""
        count = self._counts.at(self.numbers(grams), np.maximum(grams.firsts, 0))
        context = grams.prefixes, np.maximum(grams.befores, 0)
        total, kinds = self._totals.at(*context), self._kinds.at(*context)
        told: Floats = (count + kinds * lower) / np.maximum(total + kinds, 1)
        return np.where(total > 0, told, lower)


class Markov:
    """All orders at once, the highest being the last of ORDERS."""

    def __init__(self, keys: Any, configuration: Any, melodies: Sequence[Placed]) -> None:
        """`keys` is the keys module of the configuration's family."""
        self._keys, self._configuration = keys, configuration
        self._levels: list[Level] = []
        row, grams = Row.of(keys, configuration, melodies), None
        shapes = np.zeros(len(row.symbols), np.int64)
        for _ in range(ORDERS[-1] + 1):
            grams = Grams.next(row, grams, shapes)
            self._levels.append(Level(row, grams))
            shapes = self._levels[-1].shapes

    def nats(self, melodies: Sequence[Steps]) -> Floats:
        """What each order needs for all steps but the first of each melody, [orders]."""
        alone = [Placed(steps, 1) for steps in melodies]
        row, grams = Row.of(self._keys, self._configuration, alone), None
        counted = np.arange(len(row.symbols)) > 0
        counted[1:] &= row.ends[1:] == row.ends[:-1]
        likely = np.full(len(row.symbols), 1.0 / self._configuration.events)
        shapes, nats = np.zeros(len(row.symbols), np.int64), []
        for level in self._levels:
            grams = Grams.next(row, grams, shapes)
            likely[grams.lasts] = level.mixed(grams, likely[grams.lasts])
            shapes = level.numbers(grams)
            nats.append(-float(np.log(likely[counted]).sum()))
        return np.array(nats[ORDERS[0] :])


def placed(settings: Settings, tune: Tune) -> Iterator[Placed]:
    """The melody where its keys begin; a melody of one key at a time has each for itself."""
    keys, configuration = keys_of(settings.family), settings.network
    if isinstance(tune.moves, range):
        yield Placed(keys.moved(configuration, tune.steps, tune.moves[0]), len(tune.moves))
    else:
        yield from (Placed(keys.moved(configuration, tune.steps, move), 1) for move in tune.moves)


def compare(settings: Settings, data: Path, examples: int = 0) -> Iterator[str]:
    """Each order's held-out figures, a line each; the one that validation chooses is marked."""
    dataset = Dataset.load_for(data, settings)
    keys, network = keys_of(settings.family), settings.network
    if not hasattr(keys, "parts"):
        raise DataError(f"Markov models learn melodies, no frames of {settings.family}")
    learnt = tunes(settings, dataset.training)
    group = groups([pitches_of(settings.family, network, tune.steps) for tune in learnt])
    validates = [each % _VALIDATION == 0 for each in group]

    def trained(melodies: list[Tune]) -> Markov:
        return Markov(
            keys, network, [place for each in melodies for place in placed(settings, each)]
        )

    rest = [tune for tune, out in zip(learnt, validates, strict=True) if not out]
    asked = [
        keys.moved(network, tune.steps, min(tune.moves, key=abs))
        for tune, out in zip(learnt, validates, strict=True)
        if out
    ]
    best = int(np.argmin(trained(rest).nats(asked)))
    melodies = held_out(settings, dataset, examples)
    steps = sum(len(each) - 1 for each in melodies)
    notes = sum(int(keys.begins(network, each[1:]).sum()) for each in melodies)
    for number, nats in enumerate(trained(learnt).nats(melodies)):
        chosen = "  (the best on validation)" if number == best else ""
        told = f"{nats / steps:.4f} nats a step, {nats / notes:.4f} a note{chosen}"
        yield f"Markov, order {ORDERS[number]}: {told}"
