"""Pieces as training keeps them, as tokens, moved into other keys."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from improvd.models.events.configuration import (
    HIGHEST,
    LIVE,
    LOWEST,
    OF_A_KEY,
    WAITS,
    Configuration,
)
from improvd.models.events.vocabulary import Kind

WIDEST = LIVE
TOGETHER = True  # all tracks of a file are one piece, and its pedal is heard

Steps = NDArray[np.int32]  # [time]

_LEAST, _MOST = -5, 6  # semitones that a piece is moved: into every key, near its own


class Lesson(NamedTuple):
    """A piece as the network learns it: at each step but the last, what comes next."""

    inputs: NDArray[np.float32]  # [time, 1]
    labels: NDArray[np.int32]  # [time]
    begins: NDArray[np.bool_]  # [time], does a note begin next?


def begins(steps: Steps) -> NDArray[np.bool_]:
    """At which steps a note begins, [time]."""
    return np.asarray(WIDEST.vocabulary.kinds[steps] == Kind.ON)


def parts(steps: Steps) -> tuple[Steps, Steps]:
    """What each token is, whatever its pitch, and its pitch, below 0 where it has none."""
    key, kind = np.divmod(steps - WAITS, OF_A_KEY)
    return np.where(steps < WAITS, steps, WAITS + kind), np.where(steps < WAITS, -1, key)


def keys(configuration: Configuration, steps: Steps) -> range:
    """The moves in semitones after which every pitch fits, near the piece's own key."""
    del configuration
    pitches = WIDEST.vocabulary.pitches[steps[steps >= WAITS]]
    lowest, highest = LOWEST - int(pitches.min()), HIGHEST - int(pitches.max())
    return range(max(lowest, _LEAST), min(highest, _MOST) + 1)


def moved(configuration: Configuration, steps: Steps, key: int) -> Steps:
    """The tokens moved by `key` semitones."""
    del configuration
    return np.where(steps >= WAITS, steps + key * OF_A_KEY, steps).astype(np.int32)


def home(configuration: Configuration, steps: Steps) -> Steps:
    """The piece in its own key."""
    del configuration
    return steps


def lesson(configuration: Configuration, steps: Steps) -> Lesson:
    """A piece, whole, as the network learns it."""
    del configuration
    return Lesson(steps[:-1, None].astype(np.float32), steps[1:], begins(steps[1:]))
