"""A phrase: what was played from its first onset on, kept in seconds. Knows no model.

Beats come in only where a tempo is given, because the estimate of it changes while somebody plays.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final, Literal, NamedTuple

from improvd.core.course import Grid
from improvd.core.note import Note
from improvd.core.tempo import Meter, Tempo
from improvd.core.units import Beats, Bpm, Pitch, Seconds, Velocity
from improvd.listen.held import Sound

CHORD: Final = Seconds(
    0.035
)  # onsets this close are one attack: 16ths at 180 bpm lie 0.083 s apart
_BARS = 64  # what a phrase keeps


class Played(NamedTuple):
    """A `Sound` in beats of the phrase's grid, whose 0 is beat 1 of a bar."""

    kind: Literal["on", "key_up", "off"]
    beat: Beats
    pitch: Pitch
    velocity: Velocity


def attacks(onsets: Sequence[Seconds]) -> list[Seconds]:
    """The onsets, chords taken as one."""
    found: list[Seconds] = []
    for onset in onsets:
        if not found or onset - found[-1] > CHORD:
            found.append(onset)
    return found


class Phrase:
    """The sounds of one phrase, in order. `origin` is its first onset, or a bar line if cut off."""

    def __init__(self) -> None:
        self.sounds: list[Sound] = []
        self.origin: Seconds | None = None

    def __bool__(self) -> bool:
        return self.origin is not None

    def hear(self, sound: Sound) -> None:
        """Take the next sound. Ends of notes that began before the phrase do not belong to it."""
        if self.origin is None:
            if sound.kind != "on":
                return
            self.origin = sound.second
        self.sounds.append(sound)

    @property
    def onsets(self) -> list[Seconds]:
        """The second of each note-on."""
        return [sound.second for sound in self.sounds if sound.kind == "on"]

    @property
    def last_release(self) -> Seconds | None:
        """The second at which last a note ended."""
        ends = (sound.second for sound in reversed(self.sounds) if sound.kind == "off")
        return next(ends, None)

    def tempo(self, bpm: Bpm) -> Tempo:
        """This tempo on the phrase's grid: beat 0 at its origin. Only of a phrase with a note."""
        assert self.origin is not None  # noqa: S101 - an empty phrase has no grid
        return Tempo(bpm, self.origin)

    def replay(self, grid: Grid, start: int = 0) -> Iterator[Played]:
        """What was played, in beats of `grid`, from the sound with index `start` on."""
        for kind, second, pitch, velocity in self.sounds[start:]:
            yield Played(kind, grid.beat_at(second), pitch, velocity)

    def notes(self, grid: Grid, until: Seconds) -> list[Note]:
        """The notes as long as they sounded, by onset; what still sounds ends at `until`."""
        sounding: dict[Pitch, Sound] = {}
        notes: list[Note] = []
        for sound in self.sounds:
            if sound.kind == "on":
                sounding[sound.pitch] = sound
            elif sound.kind == "off" and (began := sounding.pop(sound.pitch, None)):
                notes.append(_note(began, sound.second, grid))
        notes += [_note(began, until, grid) for began in sounding.values()]
        return sorted(notes, key=lambda note: (note.onset, note.pitch))

    def forget(self, grid: Grid, meter: Meter) -> bool:
        """Drop what lies before the last 64 bars, in whole bars. True: `sounds` has changed."""
        if not self.sounds:
            return False
        bars = math.ceil(grid.beat_at(self.sounds[-1].second) / meter.bar) - _BARS
        if bars <= 0:
            return False
        self.origin = grid.second_at(Beats(bars * meter.bar))
        self.sounds = [sound for sound in self.sounds if sound.second >= self.origin]
        return True


def _note(began: Sound, end: Seconds, grid: Grid) -> Note:
    duration = grid.beats(Seconds(end - began.second))
    return Note(grid.beat_at(began.second), duration, began.pitch, began.velocity)
