"""An answer beside the player: bar after bar, each after what both have played up to it.

Knows the model and the phrase that goes on, but no port and no clock: whoever draws the notes sees
to it that a bar is drawn just before its line.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Final

from improvd.core.note import Note
from improvd.core.units import Beats
from improvd.daemon.ear import Ear
from improvd.daemon.log import BEAT
from improvd.daemon.voice import Voice
from improvd.engine.improviser import Chunk, Plan
from improvd.models.base import ENDLESS, encode

_HEARD: Final = 4  # bars that the model hears before each: what a tenth of a second allows


class Along:
    """Begins on beat `start` of the ear's grid, with a model that has heard the phrase so far."""

    def __init__(self, voice: Voice, ear: Ear, plan: Plan, start: Beats) -> None:
        self._voice = voice
        self._ear = ear
        self._plan = plan
        self._start = start
        self._grid = ear.tempo
        self._drawn = deque[Note]()  # of the last bars

    def chunks(self) -> Iterator[Chunk]:
        """All bars, until the one with which the plan ends."""
        bar, move = self._plan.bar, self._voice.transposition
        for number in count():
            begin = Beats(number * bar)
            if number:
                move = self._prime(begin)
            last = self._plan.length <= begin + bar
            cadence = Beats(max(0.0, bar - BEAT)) if last else ENDLESS
            part = replace(self._plan, length=bar, last_onset=cadence, at_once=not number)
            for chunk in self._voice.improviser.answer(part, move):
                yield self._moved(chunk, begin)
            if last:
                return

    def _moved(self, chunk: Chunk, begin: Beats) -> Chunk:
        notes = [_shifted(note, begin) for note in chunk.notes]
        self._drawn += notes
        return Chunk(Beats(begin + chunk.settled), notes, Beats(begin + chunk.beat))

    def _prime(self, line: Beats) -> int:
        """Let the model hear the last bars of both as one; by how much it is transposed."""
        since = Beats(max(line - _HEARD * self._plan.bar, -self._start))
        while self._drawn and self._drawn[0].end < since:
            self._drawn.popleft()
        heard = [_shifted(note, Beats(-since)) for note in (*self._played(line), *self._drawn)]
        notes = [_until(note, Beats(line - since)) for note in heard if note.onset >= 0]
        notes = [note for note in notes if note.duration > 0]
        improviser = self._voice.improviser
        move = improviser.transposition([note.pitch for note in notes]) if notes else 0
        improviser.reset()
        improviser.feed(encode(improviser.encoder(move), notes, Beats(line - since)))
        return move

    def _played(self, line: Beats) -> list[Note]:
        """By the player, in beats from the answer's start; what still sounds does so to `line`."""
        until = self._grid.second_at(Beats(self._start + line))
        notes = self._ear.phrase.notes(self._grid, until)
        return [_shifted(note, Beats(-self._start)) for note in notes]


def _shifted(note: Note, by: Beats) -> Note:
    return replace(note, onset=Beats(note.onset + by))


def _until(note: Note, end: Beats) -> Note:
    return replace(note, duration=Beats(min(note.duration, end - note.onset)))
