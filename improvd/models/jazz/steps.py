"""A step as one number: what happens, and of what comes next its place in the bar and its chord.

Chords and places are told, never drawn. A bar has four beats of twelve ticks. Chords are numbered:
0 is none that is known, the others are a root and a quality.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple, NewType

import numpy as np

from improvd.core.chord import Chord
from improvd.core.units import OCTAVE

Place = NewType("Place", int)  # ticks, after a bar line or any number of bars more

PLACES: Final = 48  # ticks of a bar
# What a model learnt has numbers, so a quality that comes later comes last.
QUALITIES: Final = (
    *("", "m", "dim", "aug", "sus2", "sus4", "6", "m6"),
    *("7", "maj7", "m7", "m7b5", "dim7", "mMaj7", "aug7", "7sus4"),
)
CHORDS: Final = 1 + OCTAVE * len(QUALITIES)
CUE: Final = 127  # an event of no time in which nothing happens; those that do have lower numbers
_EVENTS: Final = CUE + 1


class Parted(NamedTuple):
    """A step, or with arrays [time] each many, in its parts."""

    event: Any
    place: Any  # where the next event is, ticks after a bar line
    chord: Any  # the number of that which sounds there


def packed(event: Any, place: Any, chord: Any) -> Any:
    """The step with these parts; arrays are taken too."""
    return event + _EVENTS * (place % PLACES + PLACES * chord)


def parted(step: Any) -> Parted:
    """The parts of a step, whatever its number; arrays are taken too."""
    rest, event = np.divmod(step, _EVENTS)
    chord, place = np.divmod(rest, PLACES)
    return Parted(event, place, chord % CHORDS)


def chord_number(chord: Chord | None) -> int:
    """The number of a chord."""
    return 0 if chord is None else 1 + QUALITIES.index(chord.quality) * OCTAVE + chord.root


def root(chord: Any) -> Any:
    """The pitch class of its root, by its number, that of C where there is none; arrays too."""
    return np.where(np.equal(chord, 0), 0, np.subtract(chord, 1) % OCTAVE)


def quality(chord: Any) -> Any:
    """Its place in QUALITIES, -1 where there is no chord; arrays are taken too."""
    return np.subtract(chord, 1) // OCTAVE


def moved(chord: Any, semitones: int) -> Any:
    """The numbers of the same chords in another key; arrays are taken too."""
    there = 1 + quality(chord) * OCTAVE + (root(chord) + semitones) % OCTAVE
    return np.where(np.equal(chord, 0), 0, there)
