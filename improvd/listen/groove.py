"""Where notes fall that were meant to fall on the grid: quantised, and swung. Knows no model.

Swing is a warp of time within each beat, so it moves ends as it moves onsets, and never changes
their order.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple, Self

from improvd.core.units import Beats

# A T is a triplet: three in the time of two.
GRIDS: Final[Mapping[str, Beats]] = {
    "1/4": Beats(1.0),
    "1/8": Beats(1 / 2),
    "1/8T": Beats(1 / 3),
    "1/16": Beats(1 / 4),
    "1/16T": Beats(1 / 6),
    "1/32": Beats(1 / 8),
}
_STRAIGHT: Final = 50.0  # percent of a beat that its first eighth takes


class Span(NamedTuple):
    """A note's two ends."""

    onset: Beats
    end: Beats


@dataclass(frozen=True, slots=True)
class Groove:
    """The grid of onsets (None: as they come), how near they are drawn to it, and the swing."""

    grid: Beats | None = None
    strength: float = 1.0  # 0: stays, 1: on the line
    swing: float = _STRAIGHT  # percent

    @classmethod
    def of(cls, quantize: str, strength: float, swing: float) -> Self:
        """By the name of a grid; one that is not among GRIDS is none."""
        return cls(GRIDS.get(quantize), strength, swing)

    @property
    def early(self) -> Beats:
        """By how much a note may come sooner than it was meant to."""
        return Beats((self.grid or 0.0) / 2 * self.strength)

    def placed(self, note: Span) -> Span:
        """Where a note falls; its onset is drawn to the grid, and its end goes with it."""
        away = Beats(self._line(note.onset) - note.onset)
        onset, end = (Beats(beat + self.strength * away) for beat in note)
        return Span(self._swung(onset), self._swung(end))

    def _line(self, beat: Beats) -> Beats:
        """The line of the grid nearest to `beat`, the later one of two."""
        if self.grid is None:
            return beat
        return Beats(math.floor(beat / self.grid + 0.5) * self.grid)

    def _swung(self, beat: Beats) -> Beats:
        whole = math.floor(beat)
        part, first = beat - whole, self.swing / 100.0
        if part < 0.5:
            return Beats(whole + 2.0 * part * first)
        return Beats(whole + 1.0 - 2.0 * (1.0 - part) * (1.0 - first))
