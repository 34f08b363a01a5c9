"""Tones as the numbers of the network and back. Knows no music.

Four numbers, in the order of the paper: length, frequency, velocity and time since the previous
tone, each scaled so that -1 and 1 are its least and its most. The public reference implementation
scales nothing: ticks, Hz and velocities as they are. Here times and the frequency are told by their
logarithms, since what is heard are ratios: a quarter and a half are as far apart as a half and a
whole, and all semitones are alike. Of the time since the previous tone 0 stands a little apart from
one tick, which leaves chords some room: all that is nearer to 0 is together.

Way back any numbers, of no sense or none at all, make a tone that can be played.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from improvd.core.units import VELOCITIES
from improvd.models.crnngan.configuration import (
    FARTHEST,
    LONGEST,
    NUMBERS,
    PITCH,
    SINCE,
    STYLE,
    VELOCITY,
    Configuration,
)
from improvd.models.crnngan.pitches import WHEEL, wheels

Tones = NDArray[np.int32]  # [time, 5], the fields of `Tone` in a row
Vectors = NDArray[np.float32]  # [time, 4]

FREQUENCY: Final = 1  # which of the four numbers tells the pitch

_APART = 4  # the more, the farther is a tick from none; 4: a quarter of the way to the longest
_LENGTHS = np.log(LONGEST)
_GAPS = np.log1p(_APART * FARTHEST)


def vectors(configuration: Configuration, tones: Tones) -> Vectors:
    """Tones [time, 5] as their numbers [time, 4]; the velocity of a rest is -1."""
    since, pitch, velocity, length, _ = np.asarray(tones, np.float64).T
    lowest, highest = configuration.lowest, configuration.highest
    shares = (
        np.log(length) / _LENGTHS,
        (pitch - lowest) / (highest - lowest),
        velocity / VELOCITIES[-1],
        np.log1p(_APART * since) / _GAPS,
    )
    return np.asarray(2 * np.stack(shares, axis=-1) - 1, np.float32)


def width(configuration: Configuration) -> int:
    """How many numbers the network hears of a tone: what it `told`, and a 1 for its style."""
    return NUMBERS + WHEEL * configuration.tonal + len(configuration.styles)


def inputs(configuration: Configuration, tones: Tones) -> Vectors:
    """All that the network hears of tones [time, 5], [time, width]."""
    known = np.arange(1, len(configuration.styles) + 1)
    style = np.asarray(tones[:, STYLE, None] == known, np.float32)
    return np.concatenate([told(configuration, tones), style], axis=-1)


def told(configuration: Configuration, tones: Tones) -> Vectors:
    """All that a song tells of tones [time, 5]: four numbers and, where it is tonal, the wheels."""
    numbers = vectors(configuration, tones)
    if not configuration.tonal:
        return numbers
    return np.concatenate([numbers, wheels(tones[:, PITCH])], axis=-1)


def heard(tones: Tones) -> Tones:
    """Tones [time, 5] as the network hears them: a rest is the tone before it once more.

    It is as late as the rest is long. As one that is nearly unheard, which hardly any music has,
    a rest had the network miss the next tones (docs/training-log.md).
    """
    places = np.arange(len(tones))
    sounding = np.where(tones[:, VELOCITY] > 0, places, 0)
    again = tones[np.maximum.accumulate(sounding)]
    again[:, SINCE], again[:, STYLE] = tones[:, SINCE], tones[:, STYLE]
    return again


def bounded(vectors: NDArray[np.floating]) -> NDArray[np.float64]:
    """Any numbers as those of tones: what lies beyond is -1 or 1, what is no number is 0."""
    return np.clip(np.nan_to_num(np.asarray(vectors, np.float64), nan=0.0), -1, 1)


def tones(configuration: Configuration, vectors: NDArray[np.floating], style: int = 0) -> Tones:
    """The nearest tones [time, 5] to any numbers [time, 4], once `bounded`, all of that style.

    None is a rest.
    """
    length, pitch, velocity, since = (bounded(vectors).T + 1) / 2
    lowest, highest = configuration.lowest, configuration.highest
    fields = (
        np.expm1(since * _GAPS) / _APART,
        lowest + pitch * (highest - lowest),
        np.maximum(velocity * VELOCITIES[-1], VELOCITIES[0]),
        np.exp(length * _LENGTHS),
        np.full_like(since, style),
    )
    return np.asarray(np.rint(np.stack(fields, axis=-1)), np.int32)
