"""Notes over chords <-> steps, as they happen, both ways. Knows no network.

Polyphony is heard by its top line. Onsets, ends and chords fall on the nearest tick. A note is told
a quarter of a beat after it began: by then it is known whether it was of the top line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from improvd.core.chord import Chord
from improvd.core.note import Note
from improvd.core.units import Beats, Pitch, Velocity
from improvd.models.jazz.configuration import (
    BELOW,
    EVENTS,
    HOLD,
    LENGTHS,
    NOTES,
    REST,
    WAITS,
    Configuration,
    folded,
    place_of,
    waits,
)
from improvd.models.jazz.steps import chord_number, packed, parted, root
from improvd.models.one_voice import OneVoice
from improvd.models.unheeded import Unheeded

_LEGATO = 3  # ticks that a note may be played into the next lower one of its line
_TWICE = "notes begun twice at once"


@dataclass(slots=True)
class _Heard:
    """A note, from tick to tick."""

    tick: int
    pitch: Pitch
    up: int | None = None  # where its key was let go
    end: int | None = None  # where its sound ended, which is a tick after it began at the earliest


class Encoder(Unheeded):
    """Playing -> steps: `models.base.Encoder`.

    Of notes that begin at one tick the highest is the line's. A lower one that begins while the key
    of a higher one is held is left out, unless that key is let go within a quarter of a beat: then
    it was legato playing. A note that only the pedal keeps sounding yields to any other.
    """

    left_out = 0  # what is beyond the range is moved by octaves

    def __init__(self, configuration: Configuration, transposition: int) -> None:
        self._configuration = configuration
        self._transposition = transposition
        self._told = 0  # ticks that the steps so far last
        self._line: _Heard | None = None  # the last note that was told
        self._waiting: list[_Heard] = []
        self._chords = [(0, 0)]  # from which tick on, and the number; the first holds already

    def note_on(self, beat: Beats, pitch: Pitch, velocity: Velocity) -> Sequence[int]:
        """A note begins. Its velocity is not heard."""
        del velocity
        steps, note = self.advance(beat), _Heard(place_of(beat), pitch)
        if not self._waiting or self._waiting[-1].tick < note.tick:
            self._waiting.append(note)
        elif pitch >= self._waiting[-1].pitch:
            self._waiting[-1] = note
        return steps

    def key_up(self, beat: Beats, pitch: Pitch) -> Sequence[int]:
        """A key is let go, the pedal keeps its note."""
        for note in self._sounding(pitch):
            note.up = place_of(beat)
        return self.advance(beat)

    def note_off(self, beat: Beats, pitch: Pitch) -> Sequence[int]:
        """A note ends."""
        for note in self._sounding(pitch):
            note.end = max(place_of(beat), note.tick + 1)
        return self.advance(beat)

    def chord(self, beat: Beats, chord: Chord | None) -> Sequence[int]:
        """A chord begins: every step up to the next one tells of it."""
        if self._configuration.chords:
            self._chords.append((place_of(beat), chord_number(chord)))
        return self.advance(beat)

    def advance(self, beat: Beats) -> Sequence[int]:
        """Time has passed: the notes that began long enough ago."""
        return self._decided(place_of(beat) - _LEGATO)

    def close(self, beat: Beats) -> Sequence[int]:
        """The phrase ends at the tick nearest to `beat`; what would begin there is left."""
        end = place_of(beat)
        return [*self._decided(end), *self._until(end)]

    def _sounding(self, pitch: Pitch) -> Iterator[_Heard]:
        """The last note of that pitch, while it sounds."""
        heard = [*([self._line] if self._line else []), *self._waiting]
        last = next((note for note in reversed(heard) if note.pitch == pitch), None)
        if last is not None and last.end is None:
            yield last

    def _decided(self, before: int) -> list[int]:
        """The steps of the waiting notes that began before that tick."""
        steps: list[int] = []
        while self._waiting and self._waiting[0].tick < before:
            note = self._waiting.pop(0)
            if not self._is_beneath(note):
                steps += [*self._until(note.tick), self._begun(note)]
                self._line = note
        return steps

    def _is_beneath(self, note: _Heard) -> bool:
        """Does the line go on above it?"""
        line = self._line
        if line is None or line.pitch <= note.pitch:
            return False
        ups = [tick for tick in (line.up, line.end) if tick is not None]
        return min(ups, default=note.tick + _LEGATO + 1) > note.tick + _LEGATO

    def _until(self, tick: int) -> Iterator[int]:
        """The steps that pass the time up to a tick: what sounds goes on, then nothing sounds."""
        if self._line is not None:
            end = tick if self._line.end is None else min(self._line.end, tick)
            yield from self._wait(HOLD, end)
        yield from self._wait(REST, tick)

    def _wait(self, kind: int, tick: int) -> Iterator[int]:
        for number in waits(max(0, tick - self._told)):
            self._told += WAITS[number]
            yield self._step(kind + number)

    def _begun(self, note: _Heard) -> int:
        pitch = folded(note.pitch + self._transposition)
        return self._step(pitch - int(root(self._chord())) - BELOW)

    def _step(self, event: int) -> int:
        return int(packed(event, self._told, self._chord()))

    def _chord(self) -> int:
        """The number of the chord at the tick that is told of."""
        while len(self._chords) > 1 and self._chords[1][0] <= self._told:
            self._chords.pop(0)
        return self._chords[0][1]


class Decoder(OneVoice):
    """Steps -> notes: `models.base.Decoder`."""

    def step(self, step: int) -> Sequence[Note]:
        """The note that ends where this step begins, or within it where it must."""
        event, _, chord = map(int, parted(step))
        begins = event < NOTES
        if begins and self._open and self._open[0] == self.beat:
            self._open = None
            self.attacks -= 1
            self.repairs[_TWICE] += 1
        notes = self.close() if begins or REST <= event < EVENTS else []
        if begins:
            self._begin(folded(event + BELOW + int(root(chord))))
        self._ticks += int(LENGTHS[event])
        return notes or self._overdue()
