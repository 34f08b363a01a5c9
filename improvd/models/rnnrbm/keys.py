"""Piano rolls as training keeps them, moved into other keys. Knows no network."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from improvd.models.rnnrbm.configuration import KEYS, Configuration
from improvd.models.rnnrbm.frames import frames
from improvd.models.rnnrbm.frames import steps as packed
from improvd.models.rnnrbm.graph import GIBBS

TOGETHER = True  # all tracks of a file are one piece
DROPS = True  # notes beyond the range are left out
CHORDED = False  # chords are not told of
SECONDS = False  # time is told in beats
MOVES = range(-5, 7)  # semitones that training moves a piece by, as far as it fits

Steps = NDArray[np.bool_]  # [time, visible]


class Lesson(NamedTuple):
    """A piece as the network learns it: each frame is foretold first, and heard then."""

    inputs: NDArray[np.float32]  # [time, visible]
    labels: NDArray[np.float32]  # [time, visible], the same
    begins: NDArray[np.bool_]  # [time], does a note begin with it?


def widest(configuration: Configuration) -> Configuration:
    """Whose steps a dataset holds from which this one learns: its own."""
    return configuration


def sizes(widths: Mapping[str, int]) -> tuple[int, int]:
    """The layers of a step graph whose inputs are so wide: its hidden and its recurrent units."""
    drawn = widths["noise"] - (GIBBS - 1) * widths["step"]
    return drawn // GIBBS, widths["state_0"]


def kept(configuration: Configuration, steps: list[int]) -> Steps:
    """The encoder's steps as a dataset keeps them."""
    return frames(configuration, steps)


def played(configuration: Configuration, steps: Steps) -> list[int]:
    """What a dataset keeps, as the steps that it was made of."""
    del configuration
    return packed(steps)


def begins(configuration: Configuration, steps: Steps) -> NDArray[np.bool_]:
    """At which steps a note begins, [time]; where strikes are told one that is struck again too."""
    if configuration.strikes:
        return np.asarray(steps[:, KEYS:].any(axis=1))
    before = np.pad(steps[:-1], [(1, 0), (0, 0)])
    return np.asarray((steps > before).any(axis=1))


def keys(configuration: Configuration, steps: Steps) -> range:
    """The moves in semitones after which every note fits, near the piece's own key."""
    del configuration  # the range of all
    used = np.flatnonzero(steps.reshape(-1, KEYS).any(axis=0))
    if not len(used):
        return MOVES
    lowest, highest = -int(used[0]), KEYS - 1 - int(used[-1])
    return range(max(lowest, MOVES.start), min(highest + 1, MOVES.stop))


def moved(configuration: Configuration, steps: Steps, key: int) -> Steps:
    """The piece moved by `key` semitones, one of its `keys`."""
    del configuration
    of_keys = steps.reshape(len(steps), -1, KEYS)
    return np.roll(of_keys, key, axis=2).reshape(steps.shape)


def varied(configuration: Configuration, steps: Steps, dice: np.random.Generator) -> Steps:
    """As training hears it this time: as it is."""
    del configuration, dice
    return steps


def home(configuration: Configuration, steps: Steps) -> Steps:
    """The piece in its own key."""
    del configuration
    return steps


def lesson(configuration: Configuration, steps: Steps) -> Lesson:
    """A piece, whole, as the network learns it."""
    heard = steps.astype(np.float32)
    return Lesson(heard, heard, begins(configuration, steps))
