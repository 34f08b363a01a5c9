"""A few steps as a shape, wherever it is laid: how a melody is counted once for every key.

A *shape* is a gram of successive steps with its pitches as distances from the first one, which is
its *place*. Shapes are numbered; that of a gram is that of the gram without its last step, and how
it goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from improvd.train.data.dataset import Steps

Ints = NDArray[np.int64]

_PLACES = 1024  # more than there are first pitches
_DISTANCES = 256  # more than there are between two pitches, both ways
_SYMBOLS = 2**24  # more than there are steps that differ in more than their pitch


class Placed(NamedTuple):
    """A melody in the lowest of `keys` keys, each a semitone above the one before."""

    steps: Steps
    keys: int


class Cover:
    """Weights laid over intervals of places, group by group, and their sum at a place."""

    def __init__(self, groups: Ints, starts: Ints, ends: Ints, weights: Ints) -> None:
        edges = np.concatenate([groups * _PLACES + starts, groups * _PLACES + ends])
        order = np.argsort(edges, kind="stable")
        self._edges = edges[order]
        self._sums = np.cumsum(np.concatenate([weights, -weights])[order])

    def at(self, groups: Ints, places: Ints) -> Ints:
        """The weight at each place; none in a group below 0."""
        found = np.searchsorted(self._edges, groups * _PLACES + places, side="right") - 1
        return np.where(found < 0, 0, self._sums[found])


class Row(NamedTuple):
    """Melodies one after another, [steps]."""

    symbols: Ints  # what each step is, whatever its pitch
    pitches: Ints  # below 0: it has none
    ends: Ints  # where the melody of each step ends
    keys: Ints  # how many its melody was laid in

    @classmethod
    def of(cls, keys: Any, configuration: Any, melodies: Sequence[Placed]) -> Self:
        """`keys` is the keys module of the configuration's family."""
        lengths = [len(each.steps) for each in melodies]
        steps = np.concatenate([each.steps for each in melodies])
        symbols, pitches = (part.astype(np.int64) for part in keys.parts(configuration, steps))
        ends = np.repeat(np.cumsum(lengths), lengths)
        return cls(symbols, pitches, ends, np.repeat([each.keys for each in melodies], lengths))


class Grams(NamedTuple):
    """So many successive steps of a row, [grams]."""

    starts: Ints  # where each begins
    lasts: Ints  # and its last step
    prefixes: Ints  # the number of its shape without that; below 0: never seen
    befores: Ints  # the first pitch before its last step; below 0: there is none
    firsts: Ints  # its first pitch; below 0: it has none
    codes: Ints  # its shape: the prefix, and how that goes on; below 0: never seen

    @classmethod
    def next(cls, row: Row, shorter: Self | None, shapes: Ints) -> Self:
        """The grams a step longer than those, whose shapes have these numbers."""
        if shorter is None:
            starts = lasts = np.arange(len(row.symbols))
            befores = np.full(len(starts), -1)
        else:
            goes_on = shorter.lasts + 1 < row.ends[shorter.starts]
            starts, lasts = shorter.starts[goes_on], shorter.lasts[goes_on] + 1
            befores, shapes = shorter.firsts[goes_on], shapes[goes_on]
        pitches = row.pitches[lasts]
        firsts = np.where(befores < 0, pitches, befores)
        distances = np.where(pitches < 0, 0, pitches - firsts + _DISTANCES // 2)
        goes_on_with = row.symbols[lasts] * _DISTANCES + distances
        codes = np.where(shapes < 0, -1, shapes * (_SYMBOLS * _DISTANCES) + goes_on_with)
        return cls(starts, lasts, shapes, befores, firsts, codes)


def laid(firsts: Ints, keys: Ints) -> tuple[Ints, Ints, Ints]:
    """Where what begins on these pitches is laid in so many keys, from where to where, how often.

    What has no pitch has one place only, which counts for all keys.
    """
    alone = firsts < 0
    starts = np.where(alone, 0, firsts)
    return starts, starts + np.where(alone, 1, keys), np.where(alone, keys, 1)


def merged(groups: Ints, starts: Ints, ends: Ints) -> tuple[Ints, Ints, Ints]:
    """The places of each group that are covered at all, as intervals that do not touch."""
    order = np.lexsort((starts, groups))
    groups, starts = groups[order], groups[order] * _PLACES + starts[order]
    reach = np.maximum.accumulate(groups * _PLACES + ends[order])
    first = np.flatnonzero(np.r_[True, starts[1:] > reach[:-1]])
    last = np.r_[first[1:] - 1, len(starts) - 1]
    groups = groups[first]
    return groups, starts[first] - groups * _PLACES, reach[last] - groups * _PLACES
