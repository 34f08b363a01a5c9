"""Which chord sounds when, in beats. Knows no chart, no clock, and nobody who plays."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from improvd.core.chord import Chord
from improvd.core.units import Beats


class Change(NamedTuple):
    """From this beat on this chord sounds; None: none, or none that is known."""

    beat: Beats
    chord: Chord | None


@dataclass(frozen=True, slots=True)
class Harmony:
    """Chords, each until the next one; the first sounds before its beat as well.

    With a `length` all begins anew after so many beats, without an end in both directions. Beats
    count from `origin`, which is one of those that the changes are on. Raises ValueError for no
    changes, or ones that do not follow each other, from 0 on and within the length if there is one.
    """

    changes: tuple[Change, ...]
    length: Beats | None = None
    origin: Beats = Beats(0.0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "changes", tuple(Change(*change) for change in self.changes))
        beats = [beat for beat, _ in self.changes]
        if not beats or any(last >= beat for last, beat in pairwise(beats)):
            raise ValueError("the changes of a harmony are one at least, each after the other")
        if self.length is not None and (beats[0] or beats[-1] >= self.length):
            raise ValueError(f"the changes of a harmony go from beat 0 to less than {self.length}")

    def at(self, beat: Beats) -> Chord | None:
        """The chord that sounds on `beat`: of a change on it, the new one."""
        return self._change(self._sounding(beat)).chord

    def since(self, beat: Beats) -> Beats:
        """How long that chord has been on; 0 before the first change."""
        return Beats(max(0.0, beat - self._beat(self._sounding(beat))))

    def following(self, beat: Beats) -> Change | None:
        """The next change after `beat`, where there is one."""
        number = self._number(beat) + 1
        return self._change(number) if number < self._end else None

    def between(self, start: Beats, end: Beats) -> list[Change]:
        """The chord on `start` as one that begins there, then the changes before `end`."""
        found = [Change(start, self.at(start))]
        number = self._number(start) + 1
        while number < self._end and self._beat(number) < end:
            found.append(self._change(number))
            number += 1
        return found

    def counted_from(self, beat: Beats) -> Harmony:
        """The same with its beats counted from `beat`."""
        return replace(self, origin=Beats(self.origin + beat))

    # Changes are numbered through all the rounds: those of the round from beat 0 on begin with 0.

    @property
    def _end(self) -> float:
        return len(self.changes) if self.length is None else math.inf

    def _number(self, beat: Beats) -> int:
        """That of the last change up to `beat`; -1 before the first of all."""
        count = len(self.changes)
        numbers = range(count)
        if self.length is not None:
            lap = math.floor((beat + self.origin) / self.length)
            numbers = range((lap - 1) * count, (lap + 2) * count)  # rounding may be off by one
        return numbers.start + bisect_right(numbers, beat, key=self._beat) - 1

    def _sounding(self, beat: Beats) -> int:
        """That of the change whose chord sounds."""
        number = self._number(beat)
        return max(0, number) if self.length is None else number

    def _beat(self, number: int) -> Beats:
        lap, place = divmod(number, len(self.changes))
        return Beats(lap * (self.length or 0.0) + self.changes[place].beat - self.origin)

    def _change(self, number: int) -> Change:
        return Change(self._beat(number), self.changes[number % len(self.changes)].chord)
