"""How a phrase is played, for an answer to keep to: how dense it is, and where it lies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from improvd.core.units import PITCHES, Beats, Pitch
from improvd.listen.phrase import Phrase, attacks

_NARROWEST: Final = 12  # semitones: a phrase of fewer leaves room for an octave
_AROUND: Final = 2  # semitones beyond what was played that still belong to it


def density(phrase: Phrase, length: Beats) -> float:
    """Attacks a beat over its `length`; a chord is one."""
    return len(attacks(phrase.onsets)) / length


def register(pitches: Sequence[Pitch]) -> tuple[Pitch, Pitch]:
    """The lowest and the highest pitch that belong to it, from those that were played."""
    lowest, highest = min(pitches), max(pitches)
    room = max(_AROUND, (_NARROWEST - (highest - lowest)) // 2)
    return Pitch(max(lowest - room, PITCHES[0])), Pitch(min(highest + room, PITCHES[-1]))
