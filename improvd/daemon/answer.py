"""One answer on its way: drawn from the model, placed on the transport, kept as it was heard."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from improvd.core.note import Note
from improvd.core.tempo import Tempo
from improvd.core.units import Beats, Channel, Seconds
from improvd.daemon.log import HeardAnswer
from improvd.engine.improviser import Chunk, Plan
from improvd.listen.expression import Expression
from improvd.play.messages import PlannedNote

_BEHIND: Final = Beats(1.0)  # a model that is so far behind the sound will not catch up


class Answer:
    """Beats count from the answer's own start until it is placed."""

    def __init__(self, chunks: Iterator[Chunk], plan: Plan) -> None:
        self.plan = plan
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


class Placed:
    """An answer that has its place: `start` on the transport's beats."""

    def __init__(
        self,
        number: int,
        answer: Answer,
        *,
        tempo: Tempo,
        start: Beats,
        expression: Expression,
        channel: Channel,
    ) -> None:
        self.number = number
        self.answer = answer
        self.heard = HeardAnswer(tempo, start)
        self._tempo = tempo
        self._start = start
        self._expression = expression
        self._channel = channel

    def due(self, lookahead: Beats) -> Seconds:
        """When the model has to go on, to stay `lookahead` ahead of the sound."""
        return self._tempo.second_at(Beats(self._start + self.answer.reach - lookahead))

    def behind(self, now: Seconds) -> bool:
        """Is the model too slow for this music?"""
        return self._tempo.beat_at(now) > self._start + self.answer.reach + _BEHIND

    def planned(self) -> list[PlannedNote]:
        """The notes that came since the last call, placed, with their velocity."""
        return [self._plan(note) for note in self.answer.take()]

    def _plan(self, note: Note) -> PlannedNote:
        onset, end = Beats(self._start + note.onset), Beats(self._start + note.end)
        velocity = self._expression.velocity(onset)
        return PlannedNote(onset, end, self._channel, note.pitch, velocity)
