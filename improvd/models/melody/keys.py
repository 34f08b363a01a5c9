"""Melodies as training keeps them, over all MIDI pitches, moved into a configuration's range."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from improvd.core.units import PITCHES, Pitch
from improvd.models.melody.configuration import FIRST_PITCH, Configuration
from improvd.models.melody.encoding import fresh, hear, labels

_WIDEST = Configuration("widest", Pitch(PITCHES[0]), Pitch(PITCHES[-1]))
TOGETHER = False  # each track of a file is a melody
DROPS = False  # the widest range has all notes
CHORDED = False  # chords are not told of

Steps = NDArray[np.int32]  # [time]


class Lesson(NamedTuple):
    """A melody as the network learns it: at each step but the last, what comes next."""

    inputs: NDArray[np.float32]  # [time, inputs]
    labels: NDArray[np.int32]  # [time]
    begins: NDArray[np.bool_]  # [time], does a note begin next?


def widest(configuration: Configuration) -> Configuration:
    """Whose steps a dataset holds from which this one learns: one for all."""
    del configuration
    return _WIDEST


def kept(configuration: Configuration, steps: list[int]) -> Steps:
    """The encoder's steps as a dataset keeps them."""
    del configuration
    return np.array(steps, np.int32)


def played(configuration: Configuration, steps: Steps) -> list[int]:
    """What a dataset keeps, as the steps that it was made of."""
    del configuration
    return list(steps.tolist())


def begins(configuration: Configuration, steps: Steps) -> NDArray[np.bool_]:
    """At which steps a note begins, [time]."""
    del configuration
    return steps >= FIRST_PITCH


def parts(configuration: Configuration, steps: Steps) -> tuple[Steps, Steps]:
    """What each step is, whatever its pitch, and its pitch, below 0 where it has none."""
    begun = begins(configuration, steps)
    return np.where(begun, FIRST_PITCH, steps), np.where(begun, steps - FIRST_PITCH, -1)


def keys(configuration: Configuration, steps: Steps) -> range:
    """The moves in semitones after which every pitch fits; empty for too wide a melody."""
    pitches = steps[begins(configuration, steps)] - FIRST_PITCH
    return range(
        configuration.lowest - int(pitches.min()), configuration.highest - int(pitches.max()) + 1
    )


def moved(configuration: Configuration, steps: Steps, key: int) -> Steps:
    """Steps of the widest, moved by `key` semitones, as steps of `configuration`."""
    begun = begins(configuration, steps)
    return np.where(begun, steps + key - configuration.lowest, steps).astype(np.int32)


def varied(configuration: Configuration, steps: Steps, dice: np.random.Generator) -> Steps:
    """As training hears it this time: as it is."""
    del configuration, dice
    return steps


def home(configuration: Configuration, steps: Steps) -> Steps:
    """Steps of the widest in the key that fits and is nearest to their own."""
    return moved(configuration, steps, min(keys(configuration, steps), key=abs))


def lesson(configuration: Configuration, steps: Steps) -> Lesson:
    """A melody of `configuration`, whole, as the network learns it."""
    inputs, _ = hear(configuration, fresh(configuration), steps[:-1])
    return Lesson(inputs, labels(configuration, steps)[1:], begins(configuration, steps[1:]))
