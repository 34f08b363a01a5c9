"""The heard log: what sounded, turn by turn, by whoever played it. The one truth about the past."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal

from improvd.core.course import Grid
from improvd.core.harmony import Harmony
from improvd.core.note import PEDAL_DOWN, Note
from improvd.core.pedal import Pedal, between, moves, presses
from improvd.core.tempo import next_line
from improvd.core.units import Beats, Bpm, Pitch, Seconds, Velocity
from improvd.ports import wire

BEAT: Final = Beats(1.0)
_KEPT: Final = 64  # bars of an answer
_SIXTEENTHS: Final = 4.0  # of a beat: ends are rounded to them before whole beats are counted

Told = tuple[tuple[Note, ...], Beats, tuple[Pedal, ...], Harmony | None, Bpm]
SentEvent = tuple[int, Seconds, Seconds, int, int, int]  # as the player reports it


@dataclass(frozen=True, slots=True)
class Turn:
    """One phrase or one answer, as it was heard; its beats count from its own first one.

    Notes are as long as their keys were held; the pedal may have kept them longer. A phrase that
    was played to a clock counts from the bar line at or before its first onset.
    """

    author: Literal["player", "partner"]
    second: Seconds  # of its first beat
    tempo: Grid
    notes: tuple[Note, ...]
    length: Beats  # whole beats
    pedal: tuple[Pedal, ...] = ()
    harmony: Harmony | None = None  # that it was played over, as far as it was known

    @property
    def told(self) -> Told:
        """What a model is told of it: notes, length, pedal, harmony and how fast its beats are."""
        return self.notes, self.length, self.pedal, self.harmony, self.tempo.bpm


def whole_beats(end: Beats) -> Beats:
    """`end` as a number of whole beats, at least one; a release a little late does not count."""
    return Beats(max(BEAT, next_line(Beats(round(end * _SIXTEENTHS) / _SIXTEENTHS), BEAT)))


class HeardLog:
    """The last turns that were heard."""

    def __init__(self, keep: int) -> None:
        self._turns: deque[Turn] = deque(maxlen=keep)

    def add(self, turn: Turn) -> None:
        """One more turn is over."""
        self._turns.append(turn)

    def last(self, count: int) -> list[Turn]:
        """The last turns, oldest first."""
        return list(self._turns)[max(0, len(self._turns) - count) :]


class HeardAnswer:
    """Gathers what the player reports of one answer, until it is over or was cut.

    Of one that goes on and on its last 64 bars are kept; `bar` is how long one is.
    """

    def __init__(self, tempo: Grid, start: Beats, bar: Beats = Beats(4.0)) -> None:
        self._tempo = tempo
        self._start = start
        self._bar = bar
        self._open: dict[int, tuple[Beats, Velocity]] = {}
        self._notes = deque[Note]()
        self._pedal = deque[Pedal]()

    @property
    def sounded(self) -> bool:
        """Has any note of it been heard?"""
        return bool(self._notes or self._open)

    def add(self, events: Iterable[SentEvent]) -> None:
        """Note-ons, note-offs and moves of the pedal that went out."""
        for _, planned, _, status, pitch, velocity in events:
            beat = self._beat(planned)
            if status & 0xF0 == wire.CONTROL:
                self._pedal.append(Pedal(beat, velocity >= PEDAL_DOWN))
                continue
            self._end(pitch, beat)
            if status & 0xF0 == wire.NOTE_ON and velocity:
                self._open[pitch] = beat, Velocity(velocity)

    def turn(self, end: Seconds) -> Turn:
        """The whole answer as it was heard; what still sounds ends at `end`."""
        beat = self._beat(end)
        for pitch in list(self._open):
            self._end(pitch, beat)
        held = presses(self._pedal, beat)
        ends = [*(note.end for note in self._notes), *(press.end for press in held)]
        last = max(ends, default=beat)
        first = Beats(max(0, math.ceil(last / self._bar) - _KEPT) * self._bar)
        shifted = [replace(note, onset=Beats(note.onset - first)) for note in self._notes]
        notes = [note for note in shifted if note.onset >= 0 or not first]
        notes.sort(key=lambda note: (note.onset, note.pitch))
        start = self._tempo.second_at(Beats(self._start + first))
        length = whole_beats(Beats(last - first))
        pedal = moves(between(held, first, last))
        return Turn("partner", start, self._tempo, tuple(notes), length, tuple(pedal))

    def _beat(self, second: Seconds) -> Beats:
        return Beats(self._tempo.beat_at(second) - self._start)

    def _end(self, pitch: int, beat: Beats) -> None:
        if pitch in self._open:
            onset, velocity = self._open.pop(pitch)
            self._notes.append(Note(onset, Beats(max(0.0, beat - onset)), Pitch(pitch), velocity))
            while self._notes[0].end < beat - _KEPT * self._bar:
                self._notes.popleft()
            while self._pedal and self._pedal[0].beat < beat - 2 * _KEPT * self._bar:
                self._pedal.popleft()
