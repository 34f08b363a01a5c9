"""What decoders share that play one note at a time: what sounds, since when, and how long at most.

Knows no steps. Velocity is a plain 80.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from improvd.core.note import Note
from improvd.core.units import PITCHES, Beats, Pitch, Velocity, fold
from improvd.models.base import ENDED, ENDLESS, START

_PLAIN = Velocity(80)


class OneVoice:
    """`models.base.Decoder`, all but its `step`. A note lasts a tick of the grid at least."""

    pedal = False

    def __init__(self, configuration: Any, transposition: int, longest: Beats = ENDLESS) -> None:
        self.repairs = Counter[str]()
        self.attacks = 0
        self._configuration = configuration
        self._transposition = transposition
        self._longest = longest
        self._ticks = 0  # of the grid, so far
        self._open: tuple[Beats, Pitch] | None = None  # since when, and what sounds
        self._silent_since = START

    @property
    def beat(self) -> Beats:
        """How far the steps so far reach."""
        return Beats(self._ticks * self._configuration.grid)

    @property
    def sounding(self) -> int:
        """How many notes sound: one or none."""
        return int(self._open is not None)

    @property
    def rest(self) -> Beats:
        """How long nothing has sounded."""
        return START if self._open else Beats(self.beat - self._silent_since)

    @property
    def settled(self) -> Beats:
        """Every note that begins before here is complete."""
        return self._open[0] if self._open else self.beat

    def close(self) -> Sequence[Note]:
        """What sounds ends at `beat`."""
        return self._end(self.beat)

    def _begin(self, pitch: int) -> None:
        """A note begins at `beat`, of this pitch as the steps have it."""
        moved = fold(pitch - self._transposition, PITCHES[0], PITCHES[-1])
        self._open = (self.beat, moved)
        self.attacks += 1

    def _overdue(self) -> Sequence[Note]:
        """A note that has sounded for too long ends where it must have."""
        if self._open is None or self.beat - self._open[0] <= self._longest:
            return []
        self.repairs[ENDED] += 1
        return self._end(Beats(self._open[0] + self._longest))

    def _end(self, beat: Beats) -> list[Note]:
        if self._open is None:
            return []
        onset, pitch = self._open
        self._open, self._silent_since = None, beat
        length = Beats(max(beat - onset, self._configuration.grid))
        return [Note(onset, length, pitch, _PLAIN)]
