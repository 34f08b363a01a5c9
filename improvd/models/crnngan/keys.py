"""Pieces as training keeps them, the fields of their tones in rows, moved into other keys."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from improvd.models.crnngan.configuration import PITCH, STYLE, VELOCITY, Configuration, Tone
from improvd.models.crnngan.tones import Tones, heard, inputs, told

TOGETHER = True  # all tracks of a file are one piece
DROPS = False  # notes beyond the range are moved by octaves
CHORDED = False  # chords are not told of
SECONDS = True  # time is told in seconds, whatever the tempo
MOVES = range(-5, 7)  # semitones that training moves a piece by, as far as it fits

_UNSAID = 0.25  # how often a piece is learnt without its style, so that none need be said


class Lesson(NamedTuple):
    """A piece as the network learns it: after each tone but the last, what comes next."""

    inputs: NDArray[np.float32]  # [time, inputs], see `tones.inputs`
    labels: NDArray[np.float32]  # [time, 4 and more], what is `told` of the next tone
    begins: NDArray[np.bool_]  # [time], is it a note?


def widest(configuration: Configuration) -> Configuration:
    """Whose steps a dataset holds from which this one learns: its own."""
    return configuration


def kept(configuration: Configuration, steps: list[Tone]) -> Tones:
    """The encoder's steps as a dataset keeps them, [time, 5]."""
    del configuration
    return np.array(steps, np.int32).reshape(-1, len(Tone._fields))


def played(configuration: Configuration, steps: Tones) -> list[Tone]:
    """What a dataset keeps, as the steps that it was made of."""
    del configuration
    return [Tone(*row) for row in steps.tolist()]


def style(configuration: Configuration, steps: Tones) -> int:
    """Which style a piece is of, counted from 1; 0: of none."""
    del configuration
    return int(steps[0, STYLE])


def begins(configuration: Configuration, steps: Tones) -> NDArray[np.bool_]:
    """At which steps a note begins, [time]."""
    del configuration
    return np.asarray(steps[:, VELOCITY] > 0)


def keys(configuration: Configuration, steps: Tones) -> range:
    """The moves in semitones after which every pitch fits, near the piece's own key."""
    pitches = steps[begins(configuration, steps), PITCH]
    if not len(pitches):
        return MOVES
    lowest = configuration.lowest - int(pitches.min())
    highest = configuration.highest - int(pitches.max())
    return range(max(lowest, MOVES.start), min(highest + 1, MOVES.stop))


def moved(configuration: Configuration, steps: Tones, key: int) -> Tones:
    """The piece moved by `key` semitones, one of its `keys`."""
    there = steps.astype(np.int32)
    there[begins(configuration, steps), PITCH] += key
    return there


def varied(configuration: Configuration, steps: Tones, dice: np.random.Generator) -> Tones:
    """As training hears it this time: now and then without its style."""
    if not configuration.styles or dice.random() >= _UNSAID:
        return steps
    plain = steps.copy()
    plain[:, STYLE] = 0
    return plain


def home(configuration: Configuration, steps: Tones) -> Tones:
    """The piece in its own key."""
    del configuration
    return steps


def lesson(configuration: Configuration, steps: Tones) -> Lesson:
    """A piece, whole, as the network learns it."""
    before, after = heard(steps[:-1]), steps[1:]
    labels = told(configuration, after)
    return Lesson(inputs(configuration, before), labels, begins(configuration, after))
