"""The tokens of a configuration: MIDI events, each with the time that has passed before it.

A token is one symbol for delta time, what happens, pitch and velocity together, as in a stacked
LSTM over raw MIDI; a *wait* is time alone. Knows no network.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple, Self

import numpy as np

from improvd.core.event import Event


class Kind(IntEnum):
    """What happens."""

    WAIT = 0  # nothing
    ON = 1
    OFF = 2
    OTHER = 3  # a channel event that no note is made of: another instrument, a raw pedal
    DOWN = 4  # the pedal
    UP = 5


class Token(NamedTuple):
    """An event, `delta` ticks after the one before; only on and off have a pitch, on a velocity."""

    delta: int
    kind: Kind
    pitch: int = 0
    velocity: int = 0

    @classmethod
    def of(cls, event: Event) -> Self:
        """What a channel event says."""
        if event.begins:
            return cls(event.delta, Kind.ON, *event.data)
        if event.ends:
            return cls(event.delta, Kind.OFF, event.data[0])
        return cls(event.delta, Kind.OTHER)


class Vocabulary:
    """All tokens that a model knows, by their numbers, and the nearest to what is played."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        """Any tokens; of several that say the same, as on several channels, the first is used."""
        self.tokens = tokens
        columns = np.array(tokens, np.int32).reshape(-1, len(Token._fields)).T
        self.deltas, self.kinds, self.pitches, self.velocities = columns
        # what passes time without beginning a note, the shortest first, and best first by its kind
        self._passing = [self._lasting(kind) for kind in (Kind.WAIT, Kind.OTHER, Kind.OFF)]
        self._numbers: dict[tuple[int, Kind, int], list[int]] = {}
        self._alike: dict[tuple[Kind, int], list[int]] = {}
        for number, token in enumerate(tokens):
            self._numbers.setdefault(token[:3], []).append(number)
            self._alike.setdefault(token[1:3], []).append(number)

    def event(self, token: Token) -> list[int]:
        """The tokens for it: one of just this delta, or waits and then one of none.

        Where there are no waits, the nearest of that pitch by delta, then by velocity; nothing
        where the pitch is not known. The velocity is the nearest there is.
        """
        same = self._numbers.get(token[:3])
        at_once = token._replace(delta=0)
        if not same and self._passing[0] and at_once[:3] in self._numbers:
            return [*self.waits(token.delta), *self.event(at_once)]
        near = same or self._alike.get(token[1:3], [])
        nearest = min(near, key=lambda number: self._distance(number, token), default=None)
        return [] if nearest is None else [nearest]

    def waits(self, ticks: int) -> list[int]:
        """The fewest waits that last so long; none where there are no waits."""
        found: list[int] = []
        while ticks > 0 and self._passing[0]:
            found.append(self.wait(ticks))
            ticks -= self.tokens[found[-1]].delta
        return found

    def wait(self, ticks: int) -> int:
        """The longest token that is no longer and begins no note, or the shortest there is.

        A wait, or else what no note is made of, or else a note-off; it lasts a tick at least.
        """
        for passing in self._passing:
            place = bisect_right(passing, ticks, key=self._delta)
            if place:
                return passing[place - 1]
        return min((passing[0] for passing in self._passing if passing), key=self._delta)

    def _lasting(self, kind: Kind) -> list[int]:
        found = np.flatnonzero((self.kinds == kind) & (self.deltas > 0)).tolist()
        return sorted(found, key=self._delta)

    def _delta(self, number: int) -> int:
        return self.tokens[number].delta

    def _distance(self, number: int, token: Token) -> tuple[int, int]:
        known = self.tokens[number]
        return abs(known.delta - token.delta), abs(known.velocity - token.velocity)

    def __deepcopy__(self, memo: object) -> Self:
        """It never changes, so an encoder that is copied shares it."""
        return self
