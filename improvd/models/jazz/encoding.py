"""Steps -> what the network is told of them, and is to say. Knows no network.

Pitches are told from the root of the chord that the next event is played over, so a change of the
chord shows the line in the new light, and all keys share what is learnt. All of it goes on from a
`Past`, so a whole solo at once and one step at a time are the same code.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from improvd.core.chord import QUALITIES as KINDS
from improvd.core.units import OCTAVE
from improvd.models.jazz.configuration import BELOW, EVENTS, NOTES, REST, TICKS, Configuration
from improvd.models.jazz.steps import CUE, PLACES, QUALITIES, Parted, parted, quality, root

Steps = NDArray[np.int32]  # [time]
Inputs = NDArray[np.float32]  # [time, inputs]

_NONE: Final = -1  # the pitch of a note that has not been
_SHAPES: Final = 1 + EVENTS - NOTES  # of an event, whatever its pitch: it begins, or a wait
_TONES: Final = np.array(
    [[degree in KINDS[name].tones for degree in range(OCTAVE)] for name in QUALITIES], np.float32
)  # [quality, semitones above the root]


class Past(NamedTuple):
    """All that the inputs of the next steps depend on."""

    before: int = _NONE  # the pitch of the last note but one
    last: int = _NONE  # that of the last one
    sounds: bool = False  # does it?
    chord: int = 0  # the number of the chord


def pitches(parts: Parted) -> NDArray[np.int64]:
    """The pitch that each step begins, [time]; none below 0."""
    begins = parts.event < NOTES
    return np.where(begins, parts.event + BELOW + root(parts.chord), _NONE)


def hear(configuration: Configuration, past: Past, steps: Steps) -> tuple[Inputs, Past]:
    """What the network is told of `steps`, [time, inputs], and the past with them."""
    parts = parted(steps)
    line = _line(past, pitches(parts))
    sounds = _sounds(past, parts.event)
    from_root = [np.where(each < 0, _NONE, each - BELOW - root(parts.chord)) for each in line]
    told = [
        _one_hot(np.where(parts.event == CUE, _NONE, _shape(parts.event)), _SHAPES),
        *(_one_hot(each, NOTES) for each in from_root),
        sounds,
        _one_hot(parts.place % TICKS, TICKS),
        _one_hot(parts.place // TICKS, PLACES // TICKS),
    ]
    if configuration.chords:
        told += _harmony(np.concatenate([[past.chord], parts.chord]))
    before, last = (int(each[-1]) for each in line)
    after = Past(before, last, bool(sounds[-1]), int(parts.chord[-1]))
    return np.column_stack(told).astype(np.float32), after


def _line(past: Past, begun: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """The pitches of the last note but one and of the last one, after each step, [time] both."""
    line = np.concatenate([[past.before, past.last], begun[begun >= 0]])
    count = np.cumsum(begun >= 0)
    return line[count], line[count + 1]


def _sounds(past: Past, events: NDArray[Any]) -> NDArray[np.bool_]:
    """Does a note sound after each step? [time]."""
    begins, ends = events < NOTES, (events >= REST) & (events < EVENTS)
    at = np.maximum.accumulate(np.where(begins | ends, np.arange(len(events)), -1))
    return np.where(at < 0, past.sounds, begins[at])


def _shape(events: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(np.maximum(events - NOTES + 1, 0))


def _harmony(chords: NDArray[Any]) -> list[Any]:
    """The qualities and tones of all but the first of these, and how the root moved to each."""
    kinds, known = quality(chords[1:]), chords[1:] > 0
    changes = known & (chords[:-1] != chords[1:])
    motion = np.where(changes & (chords[:-1] > 0), np.diff(root(chords)) % OCTAVE, _NONE)
    tones = np.where(known[:, None], _TONES[kinds], 0.0)
    return [_one_hot(kinds, len(QUALITIES)), known, tones, changes, _one_hot(motion, OCTAVE)]


def _one_hot(numbers: NDArray[Any], classes: int) -> Inputs:
    """A row each; zeros for what is below 0."""
    return np.asarray(numbers[:, None] == np.arange(classes), np.float32)
