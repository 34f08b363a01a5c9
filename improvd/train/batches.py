"""Melodies -> windows for training: streams side by side, each melody after melody.

A window never holds two melodies: the rest of a melody's last window is padding with weight 0, and
a stream's state begins at zero with each melody. A melody is drawn at random, in a random key that
fits, and half the time from a random note on, since a phrase may begin anywhere in a tune.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from improvd.train.dataset import Steps

_FROM_THE_MIDDLE = 0.5  # how often a melody is begun at a random note
_LEAST = 32  # steps that are left of such a melody at least


class Batch(NamedTuple):
    """One window of each stream."""

    steps: NDArray[np.int32]  # [streams, time]
    following: NDArray[np.int32]  # [streams, time], what the network is to say
    weights: NDArray[np.float32]  # [streams, time], 0 where there is nothing to say
    fresh: NDArray[np.bool_]  # [streams], is it the first window of a melody?


Window = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32], bool]


def windows(steps: Steps, time: int) -> Iterator[Window]:
    """One melody in windows of `time` steps."""
    for start in range(0, len(steps) - 1, time):
        count = min(time, len(steps) - 1 - start)
        padded = np.zeros(time + 1, np.int32)
        padded[: count + 1] = steps[start : start + count + 1]
        weights = (np.arange(time) < count).astype(np.float32)
        yield padded[:-1], padded[1:], weights, start == 0


def training_batches(
    keys: Any, configuration: Any, melodies: Sequence[Steps], shape: tuple[int, int], seed: int
) -> Iterator[Batch]:
    """Batches without end of `shape` (streams, time). `keys` is the family's keys module."""
    random = np.random.default_rng(seed)

    def stream() -> Iterator[Window]:
        while True:
            steps = melodies[int(random.integers(len(melodies)))]
            steps = keys.moved(configuration, steps, random.choice(keys.keys(configuration, steps)))
            yield from windows(_begun(keys, steps, random), shape[1])

    streams = [stream() for _ in range(shape[0])]
    while True:
        yield _batch([next(each) for each in streams])


def evaluation_batches(melodies: Sequence[Steps], shape: tuple[int, int]) -> Iterator[Batch]:
    """Every one of `melodies` once, whole; streams that have nothing left have weight 0."""
    ordered = sorted(melodies, key=len, reverse=True)
    for at in range(0, len(ordered), shape[0]):
        streams = [windows(steps, shape[1]) for steps in ordered[at : at + shape[0]]]
        empty = (np.zeros(shape[1], np.int32),) * 2 + (np.zeros(shape[1], np.float32), False)
        longest = -(-(len(ordered[at]) - 1) // shape[1])
        for _ in range(longest):
            rows = [next(each, empty) for each in streams]
            yield _batch(rows + [empty] * (shape[0] - len(rows)))


def _batch(rows: Sequence[Window]) -> Batch:
    return Batch(*(np.stack(column) for column in zip(*rows, strict=True)))


def _begun(keys: Any, steps: Steps, random: np.random.Generator) -> Steps:
    """The melody, half the time from a random note on."""
    onsets = np.flatnonzero(keys.begins(steps[:-_LEAST]))
    if random.random() < _FROM_THE_MIDDLE and len(onsets):
        return steps[random.choice(onsets) :]
    return steps
