"""Melodies as training keeps them, over all MIDI pitches, moved into a configuration's range."""

import numpy as np
from numpy.typing import NDArray

from improvd.core.units import PITCHES, Pitch
from improvd.models.melody.configuration import FIRST_PITCH, Configuration
from improvd.models.melody.encoding import fresh, hear, labels
from improvd.models.numbered import Lesson, Steps, kept, played, varied

__all__ = ["Lesson", "kept", "played", "varied"]

_WIDEST = Configuration("widest", Pitch(PITCHES[0]), Pitch(PITCHES[-1]))
TOGETHER = False  # each track of a file is a melody
DROPS = False  # the widest range has all notes
CHORDED = False  # chords are not told of
SECONDS = False  # time is told in beats


def widest(configuration: Configuration) -> Configuration:
    """Whose steps a dataset holds from which this one learns: one for all."""
    del configuration
    return _WIDEST


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


def home(configuration: Configuration, steps: Steps) -> Steps:
    """Steps of the widest in the key that fits and is nearest to their own."""
    return moved(configuration, steps, min(keys(configuration, steps), key=abs))


def lesson(configuration: Configuration, steps: Steps) -> Lesson:
    """A melody of `configuration`, whole, as the network learns it."""
    inputs, _ = hear(configuration, fresh(configuration), steps[:-1])
    return Lesson(inputs, labels(configuration, steps)[1:], begins(configuration, steps[1:]))
