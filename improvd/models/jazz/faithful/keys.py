"""Snippets of a solo as training keeps them, as the numbers of values; they are in no key."""

import numpy as np
from numpy.typing import NDArray

from improvd.models.jazz.faithful.configuration import Configuration
from improvd.models.numbered import Lesson, Steps, played, varied

__all__ = ["Lesson", "played", "varied"]


def widest(configuration: Configuration) -> Configuration:
    """Whose steps a dataset holds from which this one learns: its own."""
    return configuration


def kept(configuration: Configuration, steps: list[int]) -> Steps:
    """The encoder's steps as a dataset keeps them: without their pitches."""
    return (np.array(steps) % configuration.events).astype(np.int32)


def begins(configuration: Configuration, steps: Steps) -> NDArray[np.bool_]:
    """At which steps a note begins, [time]."""
    each = [configuration.told(number).value.begins for number in range(configuration.events)]
    return np.array(each)[steps]


def parts(configuration: Configuration, steps: Steps) -> tuple[Steps, Steps]:
    """What each step is, and its pitch, below 0 as none is kept."""
    del configuration
    return steps, np.full_like(steps, -1)


def keys(configuration: Configuration, steps: Steps) -> range:
    """The moves in semitones: to no other key, since there is none."""
    del configuration, steps
    return range(1)


def moved(configuration: Configuration, steps: Steps, key: int) -> Steps:
    """The same in any key."""
    del configuration, key
    return steps


def home(configuration: Configuration, steps: Steps) -> Steps:
    """The same."""
    del configuration
    return steps


def lesson(configuration: Configuration, steps: Steps) -> Lesson:
    """A snippet, whole, as the network learns it; what is no value is heard as zeros."""
    heard = np.eye(configuration.events, dtype=np.float32)[steps[:-1]]
    labels = steps[1:].astype(np.int32)
    return Lesson(heard[:, : configuration.classes], labels, begins(configuration, steps[1:]))
