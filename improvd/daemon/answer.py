"""One answer on its way: prepared in the silence, placed on the transport, drawn as it sounds.

Knows the model and the grid, but not whose turn it is. Beats of an answer count from its own start
until it is placed.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal

from improvd.config import Config
from improvd.core.course import Grid
from improvd.core.note import Note
from improvd.core.tempo import Meter, Tempo, next_line
from improvd.core.units import Beats, Seconds
from improvd.daemon.ear import Ear
from improvd.daemon.log import BEAT, HeardAnswer
from improvd.engine.improviser import Chunk, Improviser, Plan
from improvd.listen.expression import Expression
from improvd.listen.groove import Groove, Span
from improvd.listen.key import estimate as estimate_key
from improvd.listen.manner import density, register
from improvd.play.messages import Begin, Finish, PlannedNote, Play, SetTempo, ToPlayer

MOST_BARS: Final = 32  # the longest answer
_BEHIND: Final = Beats(1.0)  # a model that is so far behind the sound will not catch up
_AT_ONCE: Final = Seconds(0.004)  # "now" for the port: less could not be played at its moment
_NEVER: Final = Seconds(math.inf)

log = logging.getLogger(__name__)


class Answer:
    """What the model has drawn so far."""

    def __init__(self, chunks: Iterator[Chunk], *, dynamics: bool = False) -> None:
        """`dynamics`: its notes have velocities of their own."""
        self.dynamics = dynamics
        self.reach = Beats(0.0)  # how far it is decided
        self.drawn = False  # nothing more comes of the model
        self._chunks = chunks
        self._ready: list[Note] = []

    def draw(self) -> None:
        """One step of the model."""
        chunk = next(self._chunks, None)
        if chunk is None:
            self.drawn = True
            return
        self.reach = chunk.settled
        self._ready += chunk.notes

    def prepare(self, until: Beats) -> None:
        """Draw as far as `until`, and at least one note."""
        while not self.drawn and (self.reach < until or not self._ready):
            self.draw()

    def take(self) -> list[Note]:
        """The notes that came since the last call."""
        notes, self._ready = self._ready, []
        return notes


class Opening:
    """The first notes, drawn while the silence may still turn out to be a rest in the phrase."""

    def __init__(self, config: Config, improviser: Improviser, ear: Ear, now: Seconds) -> None:
        self._improviser = improviser
        self._before = improviser.snapshot()
        improviser.feed(ear.rest())
        plan = _plan(config, ear, now)
        chunks = improviser.answer(plan, ear.transposition)
        self.answer = Answer(chunks, dynamics=improviser.family.dynamics)
        self.answer.prepare(Beats(min(_ahead(config), plan.length)))

    def take_back(self) -> None:
        """The phrase goes on: the model is where it was."""
        self._improviser.restore(self._before)


def _plan(config: Config, ear: Ear, now: Seconds) -> Plan:
    bar, bars = ear.grids.meter.bar, config.turns.length
    wanted = ear.length if bars == "phrase" else Beats(bars * bar)
    length = Beats(max(BEAT, min(wanted, MOST_BARS * bar)))
    phrase = ear.notes(now)

    def ending(answer: Sequence[Note]) -> frozenset[int]:
        played = ((note.pitch, note.duration) for note in (*phrase, *answer))
        return estimate_key(played).triad

    return Plan(
        length,
        bar,
        ending,
        last_onset=Beats(length - BEAT),
        longest=ear.tempo.beats(config.play.max_note),
        density=_chosen(config.turns.density, density(ear.phrase, ear.length)),
        register=_chosen(config.turns.range, register([note.pitch for note in phrase])),
    )


def _chosen(setting: Any, of_the_phrase: Any) -> Any:
    """What a setting stands for: itself, that of the phrase, or nothing."""
    return {"free": None, "phrase": of_the_phrase}.get(setting, setting)


class Placed:
    """An answer that has its place on the grid of the phrase, its own or a clock's."""

    def __init__(self, number: int, answer: Answer, config: Config, ear: Ear, now: Seconds) -> None:
        meter = ear.grids.meter
        self.number = number
        self._answer = answer
        self._config = config
        self._own = ear.tempo if isinstance(ear.tempo, Tempo) else None
        self._grid = ear.grids.place(ear.tempo, number)
        start = config.turns.start
        if start == "beat" and not ear.trusted:
            start = "now"  # a beat that nobody hears is none to wait for
        soonest = Seconds(now + _AT_ONCE + max(0.0, config.midi.output_latency / 1000))
        self._start = start_beat(start, self._grid, meter, soonest)
        self._expression = Expression.of(ear.notes(now), meter)
        self._groove = _groove(config)
        self.heard = HeardAnswer(self._grid, self._start)

    def begin(self) -> list[ToPlayer]:
        """What the player is told first: a grid of its own, the answer, and its prepared notes."""
        own, cut_by_input = self._own, self._config.turns.interrupt == "stop"
        set_tempo: list[ToPlayer] = []
        if own:
            set_tempo = [SetTempo(own.anchor_second, own.anchor_beat, own.bpm, self.number)]
        begin = Begin(self.number, cut_by_input, free=False, grid=self._grid.lines.grid)
        return [*set_tempo, begin, *self._more()]

    @property
    def due(self) -> Seconds:
        """When the model has to go on, to stay `play.lookahead` ahead of the sound."""
        if self._answer.drawn:
            return _NEVER
        beat = self._start + self._answer.reach - _ahead(self._config)
        return self._grid.second_at(Beats(beat))

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


def start_beat(
    start: Literal["now", "beat", "bar"], grid: Grid, meter: Meter, soonest: Seconds
) -> Beats:
    """The beat of the phrase's grid on which an answer that can sound from `soonest` on starts."""
    beat = grid.beat_at(soonest)
    spacing = {"beat": BEAT, "bar": meter.bar}.get(start)
    return next_line(beat, spacing) if spacing else beat
