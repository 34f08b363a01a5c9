"""The key of what was played, from how long each pitch sounded. Knows no chords."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np

from improvd.core.units import Pitch

# Krumhansl and Kessler, "Tracing the dynamic changes in perceived tonal organization in a spatial
# representation of musical keys", Psychological Review 89, 1982: how well each pitch class, from
# the tonic up, fits a major and a minor key.
_MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
_MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)


class Key(NamedTuple):
    """A key by its tonic, 0 = C ... 11 = B."""

    tonic: int
    minor: bool

    @property
    def triad(self) -> frozenset[int]:
        """The pitch classes of tonic, third and fifth."""
        third = 3 if self.minor else 4
        return frozenset((self.tonic + step) % 12 for step in (0, third, 7))


_KEYS: Final = [Key(tonic, minor) for minor in (False, True) for tonic in range(12)]
_PROFILES: Final = np.array([np.roll(_MINOR if key.minor else _MAJOR, key.tonic) for key in _KEYS])
_DEVIATIONS: Final = _PROFILES - _PROFILES.mean(1, keepdims=True)
_SCALED: Final = _DEVIATIONS / np.linalg.norm(_DEVIATIONS, axis=1, keepdims=True)  # [keys, 12]


def estimate(played: Iterable[tuple[Pitch, float]]) -> Key:
    """The key whose profile correlates best with the weights (durations) of the pitches.

    The algorithm of Krumhansl, "Cognitive Foundations of Musical Pitch", 1990, chapter 4. Of
    nothing it says C major.
    """
    weights = np.zeros(12)
    for pitch, weight in played:
        weights[pitch % 12] += weight
    return _KEYS[int(np.argmax(_SCALED @ weights))]
