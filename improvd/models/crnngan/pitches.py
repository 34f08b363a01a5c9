"""Where pitches are: as frequencies, and on two wheels of pitch classes.

A tonal network hears where on the wheels a tone is, beside its frequency: on one neighbours are
semitones, on the other fifths, and the seven tones of a scale lie side by side.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from improvd.core.units import OCTAVE
from improvd.models.crnngan.configuration import Configuration

Floats = NDArray[np.float32]

ROUND: Final = (OCTAVE, OCTAVE / 7)  # semitones that go round each wheel
WHEEL: Final = 2 * len(ROUND)  # numbers: where a pitch is on each, its cosine and its sine
NEAR: Final = 3 / 43.5  # of a frequency: 3 semitones of a piano; a key beyond is not very near


def keys(configuration: Configuration) -> NDArray[np.int64]:
    """The pitches of all keys, the lowest first."""
    return np.arange(configuration.lowest, configuration.highest + 1)


def frequencies(configuration: Configuration) -> Floats:
    """Their numbers: the logarithms of their frequencies, from -1 to 1."""
    pitches = keys(configuration)
    return np.asarray(2 * (pitches - pitches[0]) / (pitches[-1] - pitches[0]) - 1, np.float32)


def wheels(pitches: NDArray[np.integer]) -> Floats:
    """Where pitches [time] are on the wheels, [time, WHEEL]."""
    turns = pitches[:, None] * (2 * np.pi / np.array(ROUND))
    return np.concatenate([np.cos(turns), np.sin(turns)], axis=-1, dtype=np.float32)
