"""The sustain pedal: its moves, and how long it lets notes sound. Knows no channel and no clock."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from improvd.core.note import Note
from improvd.core.units import Beats, Pitch


class Pedal(NamedTuple):
    """The pedal goes down, or comes up."""

    beat: Beats
    down: bool


class Press(NamedTuple):
    """From where to where the pedal is down."""

    start: Beats
    end: Beats


class Part(NamedTuple):
    """What one hand, player or instrument plays: notes as long as keys are held, and its pedal."""

    notes: Sequence[Note]
    held: Sequence[Press] = ()

    def sounding(self) -> Part:
        """The same without a pedal, notes as long as they sound."""
        return Part(sounding(self.notes, self.held))

    def between(self, start: Beats, end: Beats) -> Part:
        """What begins between two beats, counted from the first of them; it ends there too."""
        notes = [
            replace(
                note,
                onset=Beats(note.onset - start),
                duration=Beats(min(note.duration, end - note.onset)),
            )
            for note in self.notes
            if start <= note.onset < end
        ]
        return Part(notes, between(self.held, start, end))


def merged(parts: Iterable[Part]) -> Part:
    """All of them as one, whose pedal is down while that of any is."""
    every = list(parts)
    notes = [note for part in every for note in part.notes]
    return Part(notes, joined(press for part in every for press in part.held))


def presses(pedal: Iterable[Pedal], end: Beats) -> list[Press]:
    """How these moves, by beat, hold it down; what is still down comes up at `end`."""
    found: list[Press] = []
    start: Beats | None = None
    for beat, down in (*pedal, Pedal(end, down=False)):
        if down and start is None:
            start = beat
        elif not down and start is not None:
            found.append(Press(start, max(start, beat)))
            start = None
    return found


def joined(held: Iterable[Press]) -> list[Press]:
    """Those of one pedal that is down while any of these is."""
    found: list[Press] = []
    for start, end in sorted(held):
        if found and start < found[-1].end:
            found[-1] = Press(found[-1].start, max(found[-1].end, end))
        else:
            found.append(Press(start, end))
    return found


def moves(held: Iterable[Press]) -> list[Pedal]:
    """The moves that hold it down so; the presses are by beat, and do not overlap."""
    return [
        move for start, end in held for move in (Pedal(start, down=True), Pedal(end, down=False))
    ]


def between(held: Iterable[Press], start: Beats, end: Beats) -> list[Press]:
    """What of these presses lies between two beats, counted from the first of them."""
    return [
        Press(Beats(max(down, start) - start), Beats(min(up, end) - start))
        for down, up in held
        if up > start and down < end
    ]


def sounding(notes: Sequence[Note], held: Sequence[Press]) -> list[Note]:
    """The notes as long as they sound, in their order; given are those of keys, as long as held.

    The pedal keeps a note until it comes up or the key is struck again. One that goes down just
    when a note ends does not keep it. The presses are by beat, and do not overlap.
    """
    downs = [press.start for press in held]
    struck: dict[Pitch, Beats] = {}
    found: list[Note] = list(notes)
    for place in sorted(range(len(notes)), key=lambda at: notes[at].onset, reverse=True):
        note = notes[place]
        last = bisect_left(downs, note.end) - 1
        up = max(note.end, held[last].end) if last >= 0 else note.end
        end = max(min(up, struck.get(note.pitch, up)), note.end)
        found[place] = replace(note, duration=Beats(end - note.onset))
        struck[note.pitch] = note.onset
    return found
