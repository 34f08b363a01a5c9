"""An answer as it is drawn: prepared in the silence, then step by step.

Knows the model, but neither whose turn it is nor where the answer has its place: its beats count
from its own start.
"""

from __future__ import annotations

import math

from improvd.config import Config
from improvd.core.harmony import Harmony
from improvd.core.note import Note
from improvd.core.pedal import Pedal
from improvd.core.tempo import next_line
from improvd.core.units import Beats, Seconds
from improvd.daemon.ear import Ear
from improvd.daemon.log import BEAT
from improvd.daemon.plan import Cue, ahead, plan, start_beat
from improvd.daemon.stretches import Alone, Beside, Setting, Stretches
from improvd.daemon.voice import Voice
from improvd.models.base import ENDLESS


class Answer:
    """What the models have drawn so far, stretch by stretch."""

    def __init__(self, stretches: Stretches) -> None:
        self.reach = Beats(0.0)  # how far it is decided
        self.drawn = False  # nothing more comes of the model
        self._beat = Beats(0.0)  # how far it is drawn
        self._stretches = stretches
        self._chunks = stretches.chunks()
        self._seam = span if (span := stretches.setting.span) < ENDLESS else None
        self._taken_over = Beats(-1.0)  # from here on by another model
        self._ready: list[Note] = []
        self._moves: list[Pedal] = []

    @property
    def length(self) -> Beats:
        """How long it shall be."""
        return self._stretches.plan.length

    @property
    def dynamics(self) -> bool:
        """Have the notes that came last velocities of their own?"""
        return self._stretches.dynamics

    @property
    def at_seam(self) -> bool:
        """Is it the time to hear what was played meanwhile?"""
        return self._seam is not None and self.reach == self._whole(self.reach)

    @property
    def hurries(self) -> bool:
        """Is another model to take over, and has not yet?"""
        return self._beat <= self._taken_over

    @property
    def open_from(self) -> Beats:
        """From here on it can still end otherwise."""
        return self._whole(self._beat)

    def end(self, length: Beats) -> None:
        """It is to be no longer than this, with a cadence."""
        self._stretches.end(length, BEAT)

    def begin_on(self, start: Beats) -> None:
        """Its first beat is this one of the grid's bars."""
        self._stretches.begin_on(start)

    def play_over(self, harmony: Harmony | None) -> None:
        """These chords, on beats of the grid's bars, for what is still to be drawn."""
        self._stretches.play_over(harmony)

    def take_over(self, line: Beats) -> None:
        """The model that its voice has by now goes on from this line; at a seam it does anyway."""
        if self._seam is None:
            self._taken_over = line
            self._stretches.part(line)

    def draw(self) -> None:
        """One step of the model."""
        chunk = next(self._chunks, None)
        if chunk is None:
            self.drawn = True
            return
        self.reach, self._beat = chunk.settled, chunk.beat
        self._ready += chunk.notes
        self._moves += chunk.pedal

    def prepare(self, until: Beats) -> None:
        """Draw as far as `until`, and at least one note, but not over a seam."""
        until = Beats(min(until, self.length, self._seam or math.inf))
        while not self.drawn and (self.reach < until or not self._ready):
            self.draw()

    def take(self) -> tuple[list[Note], list[Pedal]]:
        """The notes and the moves of the pedal that came since the last call."""
        came = self._ready, self._moves
        self._ready, self._moves = [], []
        return came

    def _whole(self, beat: Beats) -> Beats:
        return next_line(beat, self._seam) if self._seam else beat


class Opening:
    """The first notes, drawn while the silence may still turn out to be a rest in the phrase."""

    def __init__(
        self, config: Config, voice: Voice, ear: Ear, now: Seconds, cue: Cue, *, over: Seconds
    ) -> None:
        """`over`: when the silence will have been long enough."""
        self._improviser = voice.improviser
        self._before = self._improviser.snapshot()
        heard = voice.log.last(config.turns.memory)
        if ear.phrase:
            heard.append(ear.turn(now))
            self._improviser.feed(voice.rest(ear.end, ear.harmony))
        bar = ear.grids.meter.bar
        setting: Setting = Alone(heard, bar)
        if cue.along and cue.start is not None:
            setting = Beside(ear, cue.start, bar)
        self._plan = plan(config, ear, now, cue, start_beat(config, ear, over, cue))
        self.answer = Answer(Stretches(voice, self._plan, setting))
        self.answer.prepare(ahead(config))

    def astray(self, start: Beats) -> bool:
        """Is it over other chords than it was drawn over, if it begins on that beat?"""
        guessed = self._plan.start
        return bool(self._plan.harmony and guessed is not None and abs(start - guessed) >= BEAT / 2)

    def take_back(self) -> None:
        """The phrase goes on: the model is where it was."""
        self._improviser.restore(self._before)
