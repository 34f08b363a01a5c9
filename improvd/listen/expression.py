"""How loud an answer is: like the phrase, a little below it, with its accents. Knows no model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Self

from improvd.core.note import Note
from improvd.core.tempo import Meter
from improvd.core.units import Beats, Velocity

_LEVEL = 0.9  # of the phrase's
_PLAIN = 80.0  # the level of a phrase that is not there
_SOFTEST, _LOUDEST = 20, 115
_STEPS = 4  # a beat: places are told apart by 16ths


@dataclass(frozen=True, slots=True)
class Expression:
    """The level of a phrase, and by how much each place of the bar is louder than that."""

    level: float
    accents: Mapping[Hashable, float]
    meter: Meter

    @classmethod
    def of(cls, notes: Sequence[Note], meter: Meter) -> Self:
        """What these notes tell; beat 0 is the first of a bar."""
        level = fmean(note.velocity for note in notes) if notes else _PLAIN
        louder: defaultdict[Hashable, list[float]] = defaultdict(list)
        for note in notes:
            for place in _places(note.onset, meter):
                louder[place].append(note.velocity - level)
        return cls(level, {place: fmean(each) for place, each in louder.items()}, meter)

    def velocity(self, beat: Beats) -> Velocity:
        """How loud a note on this beat is."""
        places = _places(beat, self.meter)
        accent = next((self.accents[place] for place in places if place in self.accents), 0.0)
        return Velocity(min(max(round(_LEVEL * self.level + accent), _SOFTEST), _LOUDEST))


def _places(beat: Beats, meter: Meter) -> tuple[Hashable, ...]:
    """Where in the bar a beat lies, then where in its beat: the finer place first."""
    step = round(beat * _STEPS)
    return ("bar", step % max(round(meter.bar * _STEPS), 1)), ("beat", step % _STEPS)
