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


class Kind(IntEnum):
    """What happens."""

    WAIT = 0
    ON = 1
    OFF = 2


class Token(NamedTuple):
    """An event, `delta` ticks after the one before; a wait has no pitch, only an on a velocity."""

    delta: int
    kind: Kind
    pitch: int = 0
    velocity: int = 0


class Vocabulary:
    """All tokens that a model knows, by their numbers, and the nearest to what is played."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        columns = np.array(tokens, np.int32).T
        self.deltas, self.kinds, self.pitches, self.velocities = columns
        waits = (number for number, token in enumerate(tokens) if token.kind is Kind.WAIT)
        self._waits = sorted(waits, key=lambda number: tokens[number].delta)
        self._numbers: dict[tuple[int, Kind, int], list[int]] = {}
        for number, token in enumerate(tokens):
            self._numbers.setdefault(token[:3], []).append(number)

    def event(self, token: Token) -> list[int]:
        """The tokens for it: one of just this delta, or waits and then one of none.

        The velocity is the nearest there is.
        """
        same = self._numbers.get(token[:3])
        if same is None:
            return [*self.waits(token.delta), *self.event(token._replace(delta=0))]
        return [min(same, key=lambda number: abs(self.tokens[number].velocity - token.velocity))]

    def waits(self, ticks: int) -> list[int]:
        """The fewest waits that last so long."""
        found = []
        while ticks > 0:
            found.append(self.wait(ticks))
            ticks -= self.tokens[found[-1]].delta
        return found

    def wait(self, ticks: int) -> int:
        """The longest wait that is no longer, or the shortest there is."""
        place = bisect_right(self._waits, ticks, key=lambda number: self.tokens[number].delta)
        return self._waits[max(place - 1, 0)]

    def __deepcopy__(self, memo: object) -> Self:
        """It never changes, so an encoder that is copied shares it."""
        return self
