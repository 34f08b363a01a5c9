"""Events -> what the network is told of them and is to say, and back, as Melody RNN defines it.

A label is an event, or says that the next event repeats the one so many steps before it. Source:
`encoder_decoder.py` and `melody_encoder_decoder.py` of note-seq. Knows no network.

All of it goes on from a `Past`, so a whole melody at once and one step at a time are the same code.
"""

from __future__ import annotations

from functools import partial
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from improvd.core.units import OCTAVE
from improvd.models.melody.configuration import (
    FIRST_PITCH,
    NO_EVENT,
    NOTE_OFF,
    Configuration,
)

Events = NDArray[np.int32]  # [time]
Inputs = NDArray[np.float32]  # [time, inputs]

_NOTHING = -1  # the event of a step before the melody
_BAR = 16  # steps
_RECENT = 3  # how many different pitches tell the key of late
_KEYS = np.arange(OCTAVE)
_IN_KEY = np.isin((_KEYS[:, None] - _KEYS) % OCTAVE, (0, 2, 4, 5, 7, 9, 11))  # [class, major key]


class Past(NamedTuple):
    """All that the inputs and labels of the next steps depend on."""

    events: tuple[int, ...]  # the last ones, as many as the longest lookback has steps
    steps: int = 0  # so far
    sounding: int = NO_EVENT  # the event of the note that sounds
    attack: bool = False  # has nothing but its end come after the last onset?
    rising: int = 0  # 1 or -1: the way the last two different pitches went
    recent: tuple[int, ...] = ()  # the events of the last different pitches, the last one last
    classes: tuple[int, ...] = (0,) * OCTAVE  # how often each pitch class has begun


def fresh(configuration: Configuration) -> Past:
    """The past of a melody that has not begun."""
    return Past((_NOTHING,) * max(configuration.lookbacks, default=0))


def hear(configuration: Configuration, past: Past, events: Events) -> tuple[Inputs, Past]:
    """What the network is told of `events`, [time, inputs], and the past with them."""
    depth = len(past.events)
    line = np.concatenate([np.array(past.events, np.int32), events])
    steps = past.steps + len(events)
    past = past._replace(events=tuple(line[len(line) - depth :].tolist()))
    repeats = [_back(line, depth, lookback) == events for lookback in configuration.lookbacks]
    ahead = np.arange(past.steps + 1, steps + 1)  # the numbers of the steps to come
    digits = [np.where(ahead >> digit & 1, 1, -1) for digit in range(configuration.counter)]
    if configuration.keys:
        sounding, keys, past = _sounding(configuration, past, events)
        parts = [sounding, *repeats, *digits, ahead % _BAR == 0, keys]
    else:
        following = [_back(line, depth, lookback - 1) for lookback in configuration.lookbacks]
        told = [_one_hot(np.maximum(each, NO_EVENT), configuration.events) for each in following]
        parts = [_one_hot(events, configuration.events), *told, *digits, *repeats]
    return np.column_stack(parts).astype(np.float32), past._replace(steps=steps)


def labels(configuration: Configuration, events: Events) -> Events:
    """What the network is to say before each event of a whole melody: the farthest repeat wins."""
    line = np.concatenate([np.array(fresh(configuration).events, np.int32), events])
    found = (events - _first(configuration)) % configuration.events
    for number, lookback in enumerate(configuration.lookbacks):
        before = np.maximum(_back(line, len(line) - len(events), lookback), NO_EVENT)
        found = np.where(before == events, configuration.events + number, found)
    return found.astype(np.int32)


def meanings(configuration: Configuration, past: Past) -> Events:
    """The event that each label means as the next one, [classes]."""
    events = (np.arange(configuration.events) + _first(configuration)) % configuration.events
    repeated = [max(past.events[-lookback], NO_EVENT) for lookback in configuration.lookbacks]
    return np.concatenate([events, repeated]).astype(np.int32)


def _first(configuration: Configuration) -> int:
    """The event that label 0 means; the others follow in a ring."""
    return FIRST_PITCH if configuration.keys else NO_EVENT


def _back(line: Events, depth: int, lookback: int) -> Events:
    """The events `lookback` steps before those of `line` from `depth` on."""
    return line[depth - lookback : len(line) - lookback]


def _one_hot(events: Events, classes: int) -> Inputs:
    return np.eye(classes, dtype=np.float32)[events]


def _sounding(
    configuration: Configuration, past: Past, events: Events
) -> tuple[Inputs, NDArray[np.bool_], Past]:
    """What sounds [time, pitches + 4], and the keys that it and the last pitches are in [time, 24].

    Keys are all that the most of the notes are in: before the first note every one.
    """
    pasts = list(accumulate(events.tolist(), partial(_after, configuration), initial=past))
    told = np.zeros((len(events), configuration.pitches + 4), np.float32)
    notes, attacks, rising = told.T[:-4], told[:, -2], told[:, -1]
    begun = np.array([each.classes for each in pasts[1:]])
    lately = np.zeros_like(begun)
    for at, each in enumerate(pasts[1:]):
        if each.sounding:
            notes[each.sounding - FIRST_PITCH, at] = 1.0
        told[at, -3 if not each.sounding else -4] = 1.0
        attacks[at], rising[at] = each.attack, each.rising
        for event in each.recent:
            lately[at, _class(configuration, event)] += 1
    fitting = [counts @ _IN_KEY for counts in (begun, lately)]
    keys = [counts == counts.max(axis=1, keepdims=True) for counts in fitting]
    return told, np.concatenate(keys, axis=1), pasts[-1]


def _after(configuration: Configuration, past: Past, event: int) -> Past:
    """The past with one more event, as far as what sounds goes."""
    if event == NO_EVENT:
        return past._replace(attack=False) if past.attack else past
    if event == NOTE_OFF:  # leaves the attack on until something goes on: so in note-seq
        return past._replace(sounding=NO_EVENT)
    before = past.recent[-1] if past.recent else event
    others = tuple(each for each in past.recent if each != event)
    classes = list(past.classes)
    classes[_class(configuration, event)] += 1
    return past._replace(
        sounding=event,
        attack=True,
        rising=(event > before) - (event < before) or past.rising,
        recent=(*others, event)[-_RECENT:],
        classes=tuple(classes),
    )


def _class(configuration: Configuration, event: int) -> int:
    """The pitch class that `event` begins."""
    return configuration.pitch(event) % OCTAVE
