"""The answer of one voice in its place on the grid of the phrase, its own or a clock's.

Knows no model, and not whose turn it is.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from typing import Final, NamedTuple

from improvd.config import Config
from improvd.core.course import Course
from improvd.core.harmony import Harmony
from improvd.core.note import Note
from improvd.core.pedal import Pedal
from improvd.core.tempo import next_line
from improvd.core.units import Beats, Seconds
from improvd.daemon.answer import Answer
from improvd.daemon.ear import Ear
from improvd.daemon.log import BEAT, HeardAnswer
from improvd.daemon.plan import PREPARE, Cue, ahead, groove, lead, start_beat
from improvd.listen.expression import Expression
from improvd.listen.groove import Span
from improvd.models.base import ENDLESS
from improvd.play.messages import Begin, Finish, PlannedMove, PlannedNote, Play, ToPlayer

_EACH: Final = Seconds(0.05)  # PREPARE, for each voice more: they hear one after another
_TAKE_OVER: Final = Seconds(1.0)  # what drawing up to a line, and hearing all before it, may take
_BEHIND: Final = Beats(1.0)  # a model that is so far behind the sound will not catch up
_NEVER: Final = Seconds(math.inf)
_NOW: Final = Seconds(-math.inf)

log = logging.getLogger(__name__)


class Place(NamedTuple):
    """Where all voices begin: a beat of the phrase's grid."""

    grid: Course
    start: Beats
    bar: Beats


def place(config: Config, ear: Ear, now: Seconds, cue: Cue, number: int) -> Place:
    """Where an answer begins; `number` is that of its grid, if it has one of its own."""
    start = start_beat(config, ear, now, cue)
    return Place(ear.grids.place(ear.tempo, number), start, ear.grids.meter.bar)


class Placed:
    """What a model draws becomes what the player is told."""

    def __init__(
        self, number: int, answer: Answer, there: Place, config: Config, expression: Expression
    ) -> None:
        """`expression`: of the phrase, for models without dynamics of their own."""
        self.number = number
        self._answer = answer
        self._config = config
        self._grid, self._start, self._bar = there
        answer.begin_on(self._start)
        self._prepare = Seconds(PREPARE + lead(config))
        self._expression = expression
        self._groove = groove(config)
        self.heard = HeardAnswer(self._grid, self._start, self._bar)

    def begin(self, *, cut_by_input: bool, rank: int) -> list[ToPlayer]:
        """The answer, and its prepared notes.

        `rank`: before a line so many other voices hear after it.
        """
        self._prepare = Seconds(self._prepare + rank * _EACH)
        begin = Begin(self.number, cut_by_input, free=False, grid=self._grid.lines.grid)
        return [begin, *self._more()]

    @property
    def due(self) -> Seconds:
        """When the model has to go on, to stay `play.lookahead` ahead of the sound."""
        if self._answer.drawn:
            return _NEVER
        if self._answer.hurries:
            return _NOW
        beat = Beats(self._start + self._answer.reach)
        if self._answer.at_seam:
            return Seconds(self._grid.second_at(beat) - self._prepare)
        return self._grid.second_at(Beats(beat - ahead(self._config)))

    @property
    def end(self) -> Beats:
        """The beat of its grid on which it ends."""
        return Beats(self._start + self._answer.length)

    @property
    def changeable(self) -> bool:
        """Can another model take over on the way? It goes on and on, and none does so already."""
        return self._answer.length == ENDLESS and not self._answer.hurries

    def end_from(self, now: Seconds) -> Beats:
        """The first bar line of its grid on which it can end, with a cadence."""
        open_from = Beats(self._start + self._answer.open_from)
        return next_line(Beats(max(self._grid.beat_at(now), open_from) + BEAT), self._bar)

    def end_on(self, line: Beats) -> None:
        """Let it end there."""
        self._answer.end(Beats(line - self._start))

    def take_over(self, now: Seconds) -> None:
        """Let the model that its voice has by now go on from a bar line.

        Of an answer that lies beside the grid, from its own beat after that.
        """
        soonest = self._grid.beat_at(Seconds(now + _TAKE_OVER + lead(self._config)))
        soonest = Beats(max(soonest + ahead(self._config), self._start + self._answer.open_from))
        line = Beats(next_line(soonest, self._bar) - self._start)
        self._answer.take_over(next_line(line, BEAT))

    def play_over(self, over: Callable[[Course], Harmony | None]) -> None:
        """Other chords are held: what sounds on its grid from now on."""
        self._answer.play_over(over(self._grid))

    def draw(self, now: Seconds) -> list[ToPlayer]:
        """One step of the model; what the player is told of it."""
        self._answer.draw()
        if self._grid.beat_at(now) > self._start + self._answer.reach + _BEHIND:
            log.warning("the model is slower than the music: its answer ends here")
            self._answer.drawn = True
        return self._more()

    def _more(self) -> list[ToPlayer]:
        notes, pedal = self._answer.take()
        planned = [self._plan(note) for note in notes], [self._plan_move(move) for move in pedal]
        play: list[ToPlayer] = [Play(self.number, *planned)] if any(planned) else []
        return [*play, Finish(self.number)] if self._answer.drawn else play

    def _plan(self, note: Note) -> PlannedNote:
        meant = self._start + note.onset
        loud = note.velocity if self._answer.dynamics else self._expression.velocity(Beats(meant))
        onset, end = self._position(note.onset, note.end)
        return PlannedNote(onset, end, self._config.midi.output_channel, note.pitch, loud)

    def _plan_move(self, move: Pedal) -> PlannedMove:
        """Drawn to the grid as an onset is."""
        position, _ = self._position(move.beat, move.beat)
        return PlannedMove(position, self._config.midi.output_channel, move.down)

    def _position(self, onset: Beats, end: Beats) -> tuple[float, float]:
        meant = Span(Beats(self._start + onset), Beats(self._start + end))
        placed = self._groove.placed(meant)
        return self._grid.origin + placed.onset, self._grid.origin + placed.end
