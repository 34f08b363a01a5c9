"""A phrase: what was played from its first onset on, kept in seconds. Knows no model.

Beats come in only where a tempo is given, because the estimate of it changes while somebody plays.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final, Literal, NamedTuple

from improvd.core.course import Grid
from improvd.core.note import Note
from improvd.core.pedal import Pedal
from improvd.core.tempo import Meter, Tempo
from improvd.core.units import Beats, Bpm, Pitch, Seconds, Velocity
from improvd.listen.held import Sound

CHORD: Final = Seconds(
    0.035
)  # onsets this close are one attack: 16ths at 180 bpm lie 0.083 s apart
_BARS = 64  # what a phrase keeps ...
MOST: Final = 8192  # ... and how many sounds at most: nobody plays so many in them


class Played(NamedTuple):
    """A `Sound` in beats of the phrase's grid, whose 0 is beat 1 of a bar.

    A pedal that was down before the phrase goes down with its first onset.
    """

    kind: Literal["on", "key_up", "off", "down", "up"]
    beat: Beats
    pitch: Pitch = Pitch(0)
    velocity: Velocity = Velocity(0)


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
        self._pitches: dict[Pitch, None] = {}

    def __bool__(self) -> bool:
        return self.origin is not None

    def hear(self, sound: Sound) -> None:
        """Take the next sound. Ends of notes that began before the phrase do not belong to it."""
        if self.origin is None:
            if sound.kind != "on":
                return
            self.origin = sound.second
        self.sounds.append(sound)
        if sound.kind == "on":
            self._pitches[sound.pitch] = None
        if len(self.sounds) > MOST:
            self._keep(self.sounds[-MOST // 2 :])

    @property
    def pitches(self) -> list[Pitch]:
        """Each pitch that was struck, once, in the order in which they came."""
        return list(self._pitches)

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
        pedal = start > 0 and self.sounds[start - 1].pedal
        for kind, second, pitch, velocity, down in self.sounds[start:]:
            beat = grid.beat_at(second)
            if down != pedal:
                yield Played("down" if down else "up", beat)
            pedal = down
            if kind != "pedal":
                yield Played(kind, beat, pitch, velocity)

    def pedal(self, grid: Grid) -> list[Pedal]:
        """The moves of the pedal."""
        moves = (played for played in self.replay(grid) if played.kind in ("down", "up"))
        return [Pedal(played.beat, played.kind == "down") for played in moves]

    def notes(self, grid: Grid, until: Seconds, *, keys: bool = False) -> list[Note]:
        """The notes as long as they sounded, by onset; what still sounds ends at `until`.

        `keys`: as long as their keys were held.
        """
        ends = ("key_up", "off") if keys else ("off",)
        sounding: dict[Pitch, Sound] = {}
        notes: list[Note] = []
        for sound in self.sounds:
            if sound.kind == "on":
                sounding[sound.pitch] = sound
            elif sound.kind in ends and (began := sounding.pop(sound.pitch, None)):
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
        self._keep([sound for sound in self.sounds if sound.second >= self.origin])
        return True

    def _keep(self, sounds: list[Sound]) -> None:
        """Only these of all."""
        self.sounds = sounds
        self._pitches = {sound.pitch: None for sound in sounds if sound.kind == "on"}


def _note(began: Sound, end: Seconds, grid: Grid) -> Note:
    duration = grid.beats(Seconds(end - began.second))
    return Note(grid.beat_at(began.second), duration, began.pitch, began.velocity)
