"""The configurations of the jazz family as a table, and what their events are.

Time passes in twelfths of a beat: those hold sixteenths, triplets and the swing between them, so
swing is a matter of timing and needs no word of its own. A note is two events, that it begins and
how long it is held, and a third where a rest follows: some two and a half a note, where a grid of
twelfths would take 48 a bar.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from improvd.core.chord import Chord
from improvd.core.harmony import Harmony
from improvd.core.units import OCTAVE, Beats, Pitch, fold
from improvd.models.base import Wish
from improvd.models.jazz.steps import CUE, Place, chord_number, packed, parted

LOWEST, HIGHEST = Pitch(36), Pitch(96)  # of a solo line; what lies beyond is moved by octaves
TICKS: Final = 12  # a beat
# In beats, rounded up in its 40th binary digit: sums of ticks are exact, and twelve are a beat.
TICK: Final = Beats(math.ceil(2**40 / TICKS) / 2**40)
# A note is told from the chord's root, which is 0..11 semitones above a C:
BELOW: Final = LOWEST - (OCTAVE - 1)  # semitones above the root, of the first event
NOTES: Final = HIGHEST - BELOW + 1  # events that begin one, which come first
WAITS: Final = (*range(1, 13), 14, 15, 16, 18, 20, 21, 24, 27, 30, 33, 36, 42, 48)  # ticks
HOLD: Final = NOTES  # the first event in which what sounds goes on; one for each of the waits
REST: Final = HOLD + len(WAITS)  # the first in which nothing sounds
EVENTS: Final = REST + len(WAITS)
LENGTHS: Final = np.array([0] * NOTES + [*WAITS] * 2 + [0] * (CUE - EVENTS + 1))  # ticks, by event
_COMFORT = 6  # semitones that a phrase's first pitch keeps from the edges of the range


@dataclass(frozen=True, slots=True)
class Configuration:
    """What one configuration sets. A step is an event, and the place and the chord after it."""

    name: str
    chords: bool = True  # is it told of chords, and of pitches as their distance from the root?
    sizes: tuple[int, ...] = (128, 128)  # units of each LSTM layer
    grid: Beats = TICK
    attention: int = 0
    embedded: bool = False
    residual: bool = False
    tokens_of: str = ""
    extends: str = ""
    pedal: bool = False

    @property
    def events(self) -> int:
        """How many events there are; place and chord are told with them, and never drawn."""
        return EVENTS

    @property
    def classes(self) -> int:
        """How many logits there are: one an event."""
        return EVENTS


PLAYER = Configuration("player")
CHORDLESS = Configuration("chordless", chords=False)
CONFIGURATIONS = {each.name: each for each in (PLAYER, CHORDLESS)}


def folded(pitch: int) -> Pitch:
    """`pitch` moved by octaves into the range."""
    return fold(pitch, LOWEST, HIGHEST)


def waits(ticks: int) -> list[int]:
    """The numbers of the fewest of WAITS, the longest first, that together last so long."""
    found: list[int] = []
    for number in reversed(range(len(WAITS))):
        times, ticks = divmod(ticks, WAITS[number])
        found += [number] * times
    return found


def place_of(beat: float) -> Place:
    """The tick of the bar that is nearest to a beat."""
    return Place(math.floor(beat * TICKS + 0.5))


def chord_on(harmony: Harmony, beat: float) -> Chord | None:
    """The chord on the nearest tick: a hair before a change it is the new one."""
    return harmony.at(Beats(place_of(beat) / TICKS))


def fits(configuration: Configuration, pitch: Pitch) -> bool:
    """Is this (moved) pitch in the range?"""
    del configuration
    return LOWEST <= pitch <= HIGHEST


def transposition(configuration: Configuration, pitch: Pitch) -> int:
    """The smallest move in whole octaves that gives `pitch` some room on both sides, semitones."""
    del configuration
    return fold(pitch, LOWEST + _COMFORT, HIGHEST - _COMFORT) - pitch


def lasts(configuration: Configuration, step: int) -> Beats:
    """How far in time a step reaches; that of a note that begins not at all."""
    return Beats(int(LENGTHS[parted(step).event]) * configuration.grid)


def silence(configuration: Configuration) -> int:
    """A beat of rest, up to a bar line."""
    del configuration
    return int(packed(REST + WAITS.index(TICKS), Place(0), 0))


def cue(configuration: Configuration, wish: Wish) -> Sequence[int]:
    """Which chord there is and where in the bar, where both are wished for."""
    if wish.harmony is None or wish.beat is None:
        return ()
    chord = chord_number(chord_on(wish.harmony, wish.beat)) if configuration.chords else 0
    return (packed(CUE, place_of(wish.beat), chord),)
