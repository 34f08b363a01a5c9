"""One answer on its way: prepared in the silence, placed on the transport, drawn as it sounds.

Knows the model and the grid, but not whose turn it is. Beats of an answer count from its own start
until it is placed.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from typing import Final

from improvd.config import Config
from improvd.core.course import Lines
from improvd.core.note import Note
from improvd.core.tempo import next_line
from improvd.core.units import Beats, Seconds
from improvd.daemon.along import Along
from improvd.daemon.ear import Ear
from improvd.daemon.log import BEAT, HeardAnswer
from improvd.daemon.plan import Cue, lead, plan, start_beat
from improvd.daemon.voice import Voice
from improvd.engine.improviser import Chunk, Plan
from improvd.listen.expression import Expression
from improvd.listen.groove import Groove, Span
from improvd.play.messages import Begin, Finish, PlannedNote, Play, SetTempo, ToPlayer

_AT_ONCE: Final = Seconds(0.004)  # "now" for the port: less could not be played at its moment
PREPARE: Final = Seconds(0.1)  # before a bar line: what it takes to come in on it
_BEHIND: Final = Beats(1.0)  # a model that is so far behind the sound will not catch up
_NEVER: Final = Seconds(math.inf)

log = logging.getLogger(__name__)


class Answer:
    """What the model has drawn so far, by this plan.

    `seam`: so long is what is drawn in one go, before the model hears what was played meanwhile.
    """

    def __init__(
        self, chunks: Iterator[Chunk], plan: Plan, *, seam: Beats | None, dynamics: bool
    ) -> None:
        """`dynamics`: its notes have velocities of their own."""
        self.plan = plan
        self.dynamics = dynamics
        self.reach = Beats(0.0)  # how far it is decided
        self.drawn = False  # nothing more comes of the model
        self._beat = Beats(0.0)  # how far it is drawn
        self._seam = seam
        self._chunks = chunks
        self._ready: list[Note] = []

    @property
    def at_seam(self) -> bool:
        """Is it the time to hear what was played meanwhile?"""
        return self._seam is not None and self.reach == self._whole(self.reach)

    @property
    def open_from(self) -> Beats:
        """From here on it can still end otherwise."""
        return self._whole(self._beat)

    def draw(self) -> None:
        """One step of the model."""
        chunk = next(self._chunks, None)
        if chunk is None:
            self.drawn = True
            return
        self.reach, self._beat = chunk.settled, chunk.beat
        self._ready += chunk.notes

    def prepare(self, until: Beats) -> None:
        """Draw as far as `until`, and at least one note, but not over a seam."""
        until = Beats(min(until, self.plan.length, self._seam or math.inf))
        while not self.drawn and (self.reach < until or not self._ready):
            self.draw()

    def take(self) -> list[Note]:
        """The notes that came since the last call."""
        notes, self._ready = self._ready, []
        return notes

    def _whole(self, beat: Beats) -> Beats:
        return next_line(beat, self._seam) if self._seam else beat


class Opening:
    """The first notes, drawn while the silence may still turn out to be a rest in the phrase."""

    def __init__(self, config: Config, voice: Voice, ear: Ear, now: Seconds, cue: Cue) -> None:
        self.cue = cue
        self._improviser = improviser = voice.improviser
        self._before = improviser.snapshot()
        if ear.phrase:
            improviser.feed(voice.rest(ear.end))
        wanted = plan(config, ear, now, cue)
        chunks, seam = improviser.answer(wanted, voice.transposition), None
        if cue.along and cue.start is not None:
            chunks, seam = Along(voice, ear, wanted, cue.start).chunks(), wanted.bar
        dynamics = improviser.family.dynamics
        self.answer = Answer(chunks, wanted, seam=seam, dynamics=dynamics)
        self.answer.prepare(_ahead(config))

    def take_back(self) -> None:
        """The phrase goes on: the model is where it was."""
        self._improviser.restore(self._before)


class Placed:
    """An answer that has its place on the grid of the phrase, its own or a clock's."""

    def __init__(
        self, number: int, opening: Opening, config: Config, ear: Ear, now: Seconds
    ) -> None:
        meter = ear.grids.meter
        self.number = number
        self._answer = opening.answer
        self._config = config
        self._cut_by_input = opening.cue.cut_by_input
        self._grid = ear.grids.place(ear.tempo, number)
        start = config.turns.start
        if start == "beat" and not ear.trusted:
            start = "now"  # a beat that nobody hears is none to wait for
        soonest = Seconds(now + _AT_ONCE + lead(config))
        asked = opening.cue.start
        self._start = start_beat(start, self._grid, meter, soonest) if asked is None else asked
        self._expression = Expression.of(ear.notes(now), meter)
        self._groove = _groove(config)
        self.heard = HeardAnswer(self._grid, self._start, meter.bar)

    def begin(self) -> list[ToPlayer]:
        """What the player is told first: a grid of its own, the answer, and its prepared notes."""
        own, grid = self._grid.lines.last, self._grid.lines.grid
        set_tempo: list[ToPlayer] = []
        if grid == self.number:
            set_tempo = [SetTempo(own.anchor_second, own.anchor_beat, own.bpm, grid)]
        begin = Begin(self.number, self._cut_by_input, free=False, grid=grid)
        return [*set_tempo, begin, *self._more()]

    @property
    def due(self) -> Seconds:
        """When the model has to go on, to stay `play.lookahead` ahead of the sound."""
        if self._answer.drawn:
            return _NEVER
        beat = Beats(self._start + self._answer.reach)
        if self._answer.at_seam:
            return Seconds(self._grid.second_at(beat) - PREPARE - lead(self._config))
        return self._grid.second_at(Beats(beat - _ahead(self._config)))

    @property
    def line(self) -> tuple[Lines, Beats]:
        """The beat of its grid's lines on which it ends."""
        return self._grid.lines, Beats(self._grid.origin + self._start + self._answer.plan.length)

    def end(self, now: Seconds) -> None:
        """Let it end with a cadence, on the first bar line where that still fits."""
        plan = self._answer.plan
        soonest = max(self._grid.beat_at(now), self._start + self._answer.open_from) + BEAT
        plan.end(Beats(next_line(Beats(soonest), plan.bar) - self._start), BEAT)

    def draw(self, now: Seconds) -> list[ToPlayer]:
        """One step of the model; what the player is told of it."""
        self._answer.draw()
        if self._grid.beat_at(now) > self._start + self._answer.reach + _BEHIND:
            log.warning("the model is slower than the music: its answer ends here")
            self._answer.drawn = True
        return self._more()

    def _more(self) -> list[ToPlayer]:
        notes = [self._plan(note) for note in self._answer.take()]
        play: list[ToPlayer] = [Play(self.number, notes)] if notes else []
        return [*play, Finish(self.number)] if self._answer.drawn else play

    def _plan(self, note: Note) -> PlannedNote:
        meant = Span(Beats(self._start + note.onset), Beats(self._start + note.end))
        loud = note.velocity if self._answer.dynamics else self._expression.velocity(meant.onset)
        onset, end = (beat + self._grid.origin for beat in self._groove.placed(meant))
        return PlannedNote(onset, end, self._config.midi.output_channel, note.pitch, loud)


def _groove(config: Config) -> Groove:
    turns = config.turns
    return Groove.of(turns.quantize, turns.strength, turns.swing)


def _ahead(config: Config) -> Beats:
    """How far the model runs ahead of the sound."""
    return Beats(config.play.lookahead + _groove(config).early)
