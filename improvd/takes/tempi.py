"""The tempi of a jam on one line of beats, as a MIDI file counts them. Pure.

A jam has many grids: each phrase without a clock has its own, and a clock jumps. In the file beats
go on, so between two grids the tempo is bent, where nothing sounds if it can be: each grid's bars
then begin on bar lines of the file, and every second stays as it was.

1. A grid holds from the second that its first line names: for a phrase, from its first onset, even
   if its tempo was found only when it was over.
2. The file begins with the first sound, or on the bar line of its grid before it.
3. What no grid numbers (0) is a tempo and nothing else: its beats go on from those before.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Final, NamedTuple

from improvd.core.tempo import Meter, Tempo
from improvd.core.units import FASTEST, SLOWEST, Beats, Bpm, Seconds
from improvd.takes.journal import Line

_AT_ONCE: Final = Seconds(0.001)  # nearer than this two lines begin together
_NEAREST: Final = Beats(0.01)  # the same in beats
_JUMP: Final = Beats(1 / 4)  # so far off, the music is at another place
_ROUNDING: Final = 1e-6  # beats


class Tempi(NamedTuple):
    """Each tempo holds from its anchor to the next one's, each meter from its beat on."""

    tempi: list[Tempo]  # the first one's anchor is beat 0
    meters: list[tuple[Beats, Meter]]

    def bpm_at(self, second: Seconds) -> Bpm:
        """The tempo that holds on this second."""
        number = bisect_right(self.tempi, second, key=lambda tempo: tempo.anchor_second)
        return self.tempi[max(0, number - 1)].bpm


def tempi(lines: Sequence[Line], sounds: Sequence[Seconds]) -> Tempi:
    """The beats of a file with these sounds, by second; there is a line, and a sound, at least."""
    course = _Course(lines[0], sounds)
    for line in lines[1:]:
        course.add(line)
    return Tempi(course.tempi, course.meters)


class _Course:
    def __init__(self, line: Line, sounds: Sequence[Seconds]) -> None:
        self.tempi: list[Tempo] = []
        self.meters: list[tuple[Beats, Meter]] = []
        self._line = Beats(0.0)  # a beat of the file on which a bar begins
        self._sounds = sounds
        self._begin(line)

    def add(self, line: Line) -> None:
        if (line.grid != self._grid or self._jumps(line)) and not self._change(line):
            return
        tempo = Tempo(line.bpm, line.second, Beats(line.beat + self._shift))
        if self.meters[-1][1] != (meter := Meter.parse(line.meter)):
            self._line = Beats(max(line.bar_line + self._shift, self._line))
            self.meters.append((self._line, meter))
        last = self.tempi[-1]
        if tempo.anchor_beat < last.anchor_beat + _NEAREST or _soon(last, tempo.anchor_second):
            tempo = Tempo(line.bpm, last.anchor_second, last.anchor_beat)
            self.tempi.pop()
        self.tempi.append(tempo)

    def _begin(self, line: Line) -> None:
        """The file begins on this line."""
        tempo, meter = _tempo(line), Meter.parse(line.meter)
        zero = tempo.beat_at(self._sounds[0])
        if line.grid:
            bars = math.floor((zero - line.bar_line) / meter.bar + _ROUNDING)
            zero = Beats(line.bar_line + bars * meter.bar)
        self._grid, self._shift = line.grid, Beats(-zero)
        self._line = Beats(0.0)
        self.tempi = [Tempo(line.bpm, tempo.second_at(zero))]
        self.meters = [(Beats(0.0), meter)]

    def _jumps(self, line: Line) -> bool:
        """Is the same grid at another place?"""
        beat = self.tempi[-1].beat_at(line.second)
        return bool(line.grid) and abs(line.beat + self._shift - beat) > _JUMP

    def _change(self, line: Line) -> bool:
        """Another grid holds from this line on; False: it is there already."""
        while self.tempi and _soon(self.tempi[-1], line.second):
            self.tempi.pop()
        if not self.tempi:
            self._begin(line)
            return False
        here = self.tempi[-1]
        beat = here.beat_at(line.second)
        if line.grid:
            beat = self._bend(here, line)
        self._grid, self._shift = line.grid, Beats(beat - line.beat)
        return True

    def _bend(self, here: Tempo, line: Line) -> Beats:
        """Let a bar line of the grid fall on one of the file; the beat of the file on the line."""
        bar = self.meters[-1][1].bar
        within = (line.beat - line.bar_line) % Meter.parse(line.meter).bar
        silent = self._sounds[max(0, bisect_left(self._sounds, line.second) - 1)]
        for since in (silent, line.second - here.seconds(bar), here.anchor_second):
            start = Seconds(max(since, here.anchor_second))
            began, wanted = here.beat_at(start), here.beat_at(line.second)
            least = max(began + _JUMP, began + (line.second - start) * SLOWEST / 60)
            bars = round((wanted - within - self._line) / bar)
            fewest = math.ceil((least - within - self._line) / bar)
            beat = Beats(self._line + max(bars, fewest) * bar + within)
            bpm = Bpm(60 * (beat - began) / max(line.second - start, _AT_ONCE))
            if bpm <= FASTEST:
                break
        if _soon(here, start) or began < here.anchor_beat + _NEAREST:
            self.tempi.pop()
            start, began = here.anchor_second, here.anchor_beat
        self.tempi.append(Tempo(bpm, start, began))
        self._line = Beats(beat - within)
        return beat


def _tempo(line: Line) -> Tempo:
    return Tempo(line.bpm, line.second, line.beat)


def _soon(tempo: Tempo, second: Seconds) -> bool:
    """Is this so soon after the tempo's anchor, or before it, that they are one?"""
    return second < tempo.anchor_second + _AT_ONCE
