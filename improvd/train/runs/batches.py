"""Melodies -> windows for training: streams side by side, each melody after melody.

A window never holds two melodies: the rest of a melody's last window is padding with weight 0, and
a stream's state begins at zero with each melody. A melody is drawn at random, in a random key that
fits, and half the time from a random note on, since a phrase may begin anywhere in a tune; or all
are taken in turn as they are, and shuffled anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from improvd.errors import DataError
from improvd.train.data.dataset import Steps
from improvd.train.runs.hparams import Hparams

_FROM_THE_MIDDLE = 0.5  # how often a melody is begun at a random note
_LEAST = 32  # steps that are left of such a melody at least


class Tune(NamedTuple):
    """A melody, and the moves in semitones that training may draw from."""

    steps: Steps
    moves: Sequence[int]


class Batch(NamedTuple):
    """One window of each stream."""

    inputs: NDArray[np.float32]  # [streams, time, inputs]
    labels: NDArray[Any]  # [streams, time], what the network is to say; frames: [..., visible]
    begins: NDArray[np.bool_]  # [streams, time], does a note begin with it?
    weights: NDArray[np.float32]  # [streams, time], 0 where there is nothing to say
    fresh: NDArray[np.bool_]  # [streams], does its state begin at zero?


Window = tuple[NDArray[np.float32], NDArray[Any], NDArray[np.bool_], NDArray[np.float32], bool]


def windows(lesson: Any, time: int) -> Iterator[Window]:
    """One melody in windows of `time` steps. `lesson` is what the keys module makes of it."""
    for start in range(0, len(lesson.labels), time):
        window = [part[start : start + time] for part in lesson]
        count = len(window[0])
        inputs, labels, begins = (_padded(part, time) for part in window)
        yield inputs, labels, begins, _padded(np.ones(count, np.float32), time), start == 0


def training_batches(
    keys: Any, configuration: Any, tunes: Sequence[Tune], hparams: Hparams, seed: int
) -> Iterator[Batch]:
    """Batches without end. `keys` is the family's keys module."""
    random = np.random.default_rng(seed)
    draw = _drawn if hparams.augment else _in_turn

    def stream() -> Iterator[Window]:
        for steps in draw(keys, configuration, tunes, random):
            for window in windows(keys.lesson(configuration, steps), hparams.window):
                yield window if hparams.carry else (*window[:-1], True)

    streams = [stream() for _ in range(hparams.batch_size)]
    while True:
        yield _batch([next(each) for each in streams])


def _drawn(
    keys: Any, configuration: Any, tunes: Sequence[Tune], random: np.random.Generator
) -> Iterator[Steps]:
    """Melodies at random, in other keys, half of them from a random note on."""
    while True:
        tune = tunes[int(random.integers(len(tunes)))]
        steps = keys.moved(configuration, tune.steps, random.choice(tune.moves))
        steps = keys.varied(configuration, steps, random)
        yield _begun(keys, configuration, steps, random)


def _in_turn(
    keys: Any, configuration: Any, tunes: Sequence[Tune], random: np.random.Generator
) -> Iterator[Steps]:
    """All melodies in the key nearest to their own, whole, then all again in another order."""
    while True:
        for at in random.permutation(len(tunes)):
            yield keys.moved(configuration, tunes[at].steps, min(tunes[at].moves, key=abs))


def song_batches(
    keys: Any, configuration: Any, tunes: Sequence[Tune], hparams: Hparams, seed: int
) -> Iterator[Batch]:
    """Batches without end of stretches of exactly `window` steps, from anywhere in the melodies.

    Raises DataError where no melody is that long. In other keys where that is asked for.
    """
    random = np.random.default_rng(seed)
    long = [tune for tune in tunes if len(tune.steps) > hparams.window]
    if not long:
        longest = max(len(tune.steps) for tune in tunes) - 1
        message = f"no melody has more than {hparams.window} steps"
        raise DataError(f"{message}; give --hparams window={longest} or less")

    def song() -> Window:
        tune = long[int(random.integers(len(long)))]
        start = int(random.integers(len(tune.steps) - hparams.window))
        key = random.choice(tune.moves) if hparams.augment else min(tune.moves, key=abs)
        steps = keys.moved(configuration, tune.steps[start : start + hparams.window + 1], key)
        steps = keys.varied(configuration, steps, random)
        return next(windows(keys.lesson(configuration, steps), hparams.window))

    while True:
        yield _batch([song() for _ in range(hparams.batch_size)])


def grown(hparams: Hparams, update: int) -> int:
    """The steps of a window after so many updates: short songs first, then twice as long ones."""
    doublings = update // hparams.grow if hparams.grow else hparams.window
    return min(hparams.window, hparams.first_window << min(doublings, hparams.window))


def evaluation_batches(
    keys: Any, configuration: Any, melodies: Sequence[Steps], shape: tuple[int, int]
) -> Iterator[Batch]:
    """Every one of `melodies` once, whole; streams that have nothing left have weight 0."""
    ordered = sorted(melodies, key=len, reverse=True)
    for at in range(0, len(ordered), shape[0]):
        lessons = [keys.lesson(configuration, steps) for steps in ordered[at : at + shape[0]]]
        streams = [windows(lesson, shape[1]) for lesson in lessons]
        first = next(windows(lessons[0], shape[1]))
        empty: Any = (*map(np.zeros_like, first[:-1]), False)
        longest = -(-len(lessons[0].labels) // shape[1])
        for _ in range(longest):
            rows = [next(each, empty) for each in streams]
            yield _batch(rows + [empty] * (shape[0] - len(rows)))


def _padded(part: NDArray[Any], time: int) -> NDArray[Any]:
    """[steps, ...] as [time, ...], zeros at the end."""
    return np.pad(part, [(0, time - len(part))] + [(0, 0)] * (part.ndim - 1))


def _batch(rows: Sequence[Window]) -> Batch:
    return Batch(*(np.stack(column) for column in zip(*rows, strict=True)))


def _begun(keys: Any, configuration: Any, steps: Steps, random: np.random.Generator) -> Steps:
    """The melody, half the time from a random note on."""
    onsets = np.flatnonzero(keys.begins(configuration, steps[:-_LEAST]))
    if random.random() < _FROM_THE_MIDDLE and len(onsets):
        return steps[random.choice(onsets) :]
    return steps
