"""A grid whose tempo changes while the music goes on: one line after another. Knows no clock."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

from improvd.core.tempo import Tempo
from improvd.core.units import Beats, Bpm, Seconds

_KEPT: Final = 2048  # lines, before the older half is forgotten


class Lines:
    """The tempi that followed each other on the grid with this number. Each holds from its anchor.

    Before the first one's anchor that one holds as well.
    """

    def __init__(self, grid: int, tempo: Tempo) -> None:
        self.grid = grid
        self._tempi = [tempo]

    def bend(self, tempo: Tempo) -> None:
        """From its anchor on this tempo holds."""
        if len(self._tempi) == _KEPT:
            del self._tempi[: _KEPT // 2]
        self._tempi.append(tempo)

    @property
    def last(self) -> Tempo:
        """The tempo that holds now."""
        return self._tempi[-1]

    def at(self, second: Seconds) -> Tempo:
        """The tempo that held, or holds, at `second`."""
        number = bisect_right(self._tempi, second, key=lambda tempo: tempo.anchor_second)
        return self._tempi[max(0, number - 1)]

    def on(self, beat: Beats) -> Tempo:
        """The tempo that held, or holds, on `beat`."""
        number = bisect_right(self._tempi, beat, key=lambda tempo: tempo.anchor_beat)
        return self._tempi[max(0, number - 1)]


@dataclass(frozen=True, slots=True)
class Course:
    """Lines, their beats counted from `origin`. What lies a little before counts as on it.

    Converts as a `Tempo` does; the tempo that holds now is also that of times to come.
    """

    lines: Lines
    origin: Beats = Beats(0.0)

    @property
    def bpm(self) -> Bpm:
        """How fast it is now."""
        return self.lines.last.bpm

    def beat_at(self, second: Seconds) -> Beats:
        """The beat that falls on `second`, 0 at least."""
        return Beats(max(0.0, self.lines.at(second).beat_at(second) - self.origin))

    def second_at(self, beat: Beats) -> Seconds:
        """The second that `beat` falls on."""
        there = Beats(beat + self.origin)
        return self.lines.on(there).second_at(there)

    def seconds(self, beats: Beats) -> Seconds:
        """How long `beats` last now."""
        return self.lines.last.seconds(beats)

    def beats(self, seconds: Seconds) -> Beats:
        """How many beats `seconds` hold now."""
        return self.lines.last.beats(seconds)


Grid = Tempo | Course
