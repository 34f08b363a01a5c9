"""Solos over chords as training keeps them, moved into other keys."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from improvd.core.units import OCTAVE
from improvd.models.jazz.configuration import (
    BELOW,
    EVENTS,
    HIGHEST,
    LOWEST,
    NOTES,
    Configuration,
)
from improvd.models.jazz.encoding import Past, hear, pitches
from improvd.models.jazz.steps import Parted, packed, parted, root
from improvd.models.jazz.steps import moved as chords_moved
from improvd.models.numbered import Lesson, Steps, kept, played

__all__ = ["Lesson", "kept", "played"]

_WIDEST = Configuration("widest")
TOGETHER = False  # each track of a file is a line
DROPS = False  # what is beyond the range is moved by octaves
CHORDED = True  # music is learnt from that has chords
SECONDS = False  # time is told in beats

_ALONE = 1 / 5  # how often a line is learnt without its chords
_MOVES = range(1 - OCTAVE // 2, OCTAVE // 2 + 1)  # semitones: each key once


def widest(configuration: Configuration) -> Configuration:
    """Whose steps a dataset holds from which this one learns: those with chords, for all."""
    del configuration
    return _WIDEST


def begins(configuration: Configuration, steps: Steps) -> NDArray[np.bool_]:
    """At which steps a note begins, [time]."""
    del configuration
    return np.asarray(parted(steps).event < NOTES)


def parts(configuration: Configuration, steps: Steps) -> tuple[Steps, Steps]:
    """What each step is, whatever its pitch, place and chord, and its pitch, or less than 0."""
    del configuration
    heard = parted(steps)
    symbols = np.where(heard.event < NOTES, EVENTS, heard.event)
    return symbols.astype(np.int32), pitches(heard).astype(np.int32)


def keys(configuration: Configuration, steps: Steps) -> range:
    """The moves in semitones after which every pitch fits, each key once."""
    begun = pitches(parted(steps))[begins(configuration, steps)]
    lowest, highest = LOWEST - int(begun.min()), HIGHEST - int(begun.max())
    return range(max(lowest, _MOVES.start), min(highest + 1, _MOVES.stop))


def moved(configuration: Configuration, steps: Steps, key: int) -> Steps:
    """Steps with chords, moved by `key` semitones, as steps of `configuration`."""
    heard = parted(steps)
    there = chords_moved(heard.chord, key)
    found = _told(heard, pitches(heard) + key, there)
    return found if configuration.chords else _chordless(found)


def _chordless(steps: Steps) -> Steps:
    """The same line over no chord."""
    heard = parted(steps)
    return _told(heard, pitches(heard), np.zeros_like(heard.chord))


def _told(heard: Parted, line: NDArray[Any], chords: NDArray[Any]) -> Steps:
    """The steps with these pitches and chords in place of their own."""
    events = np.where(heard.event < NOTES, line - BELOW - root(chords), heard.event)
    return np.asarray(packed(events, heard.place, chords), np.int32)


def varied(configuration: Configuration, steps: Steps, dice: np.random.Generator) -> Steps:
    """As training hears it this time: now and then without its chords, as somebody may play."""
    return _chordless(steps) if configuration.chords and dice.random() < _ALONE else steps


def home(configuration: Configuration, steps: Steps) -> Steps:
    """The solo in its own key."""
    return moved(configuration, steps, 0)


def lesson(configuration: Configuration, steps: Steps) -> Lesson:
    """A solo of `configuration`, whole, as the network learns it."""
    inputs, _ = hear(configuration, Past(), steps[:-1])
    labels = parted(steps[1:]).event.astype(np.int32)
    return Lesson(inputs, labels, begins(configuration, steps[1:]))
