"""Pieces as training keeps them, as tokens, moved into other keys."""

import numpy as np
from numpy.typing import NDArray

from improvd.models.events.configuration import OF_A_KEY, WAITS, Configuration
from improvd.models.events.vocabulary import Kind
from improvd.models.numbered import Lesson, Steps, kept, played, varied

__all__ = ["Lesson", "kept", "played", "varied"]

TOGETHER = True  # all tracks of a file are one piece, and its pedal is heard
DROPS = False  # they are moved by octaves
CHORDED = False  # chords are not told of
SECONDS = False  # time is told in beats


def widest(configuration: Configuration) -> Configuration:
    """Whose steps a dataset holds from which this one learns: its own."""
    return configuration


def begins(configuration: Configuration, steps: Steps) -> NDArray[np.bool_]:
    """At which steps a note begins, [time]."""
    return np.asarray(configuration.vocabulary.kinds[steps] == Kind.ON)


def parts(configuration: Configuration, steps: Steps) -> tuple[Steps, Steps]:
    """What each token is, whatever its pitch, and its pitch, below 0 where it has none.

    Where no piece is moved each token is only itself.
    """
    pitched = _pitched(configuration, steps)
    pitches = np.where(pitched, configuration.vocabulary.pitches[steps], -1)
    if len(configuration.moves) == 1:
        return steps, pitches
    return np.where(pitched, WAITS + (steps - WAITS) % OF_A_KEY, steps), pitches


def keys(configuration: Configuration, steps: Steps) -> range:
    """The moves in semitones after which every pitch fits, near the piece's own key."""
    pitches = configuration.vocabulary.pitches[steps[_pitched(configuration, steps)]]
    lowest = configuration.lowest - int(pitches.min())
    highest = configuration.highest - int(pitches.max())
    moves = configuration.moves
    return range(max(lowest, moves.start), min(highest + 1, moves.stop))


def moved(configuration: Configuration, steps: Steps, key: int) -> Steps:
    """The tokens moved by `key` semitones, one of its `keys`."""
    pitched = _pitched(configuration, steps)
    return np.where(pitched, steps + key * OF_A_KEY, steps).astype(np.int32)


def home(configuration: Configuration, steps: Steps) -> Steps:
    """The piece in its own key."""
    del configuration
    return steps


def lesson(configuration: Configuration, steps: Steps) -> Lesson:
    """A piece, whole, as the network learns it."""
    inputs = steps[:-1, None].astype(np.float32)
    return Lesson(inputs, steps[1:], begins(configuration, steps[1:]))


def _pitched(configuration: Configuration, steps: Steps) -> NDArray[np.bool_]:
    """At which steps there is a pitch, [time]."""
    return np.isin(configuration.vocabulary.kinds[steps], (Kind.ON, Kind.OFF))
