"""Notes and pedal of the answers until they are due. Knows no port and no clock.

Answers wait in beats, so that a tempo change moves all that is still to come, the end of a sounding
note too; an answer in free time waits in seconds. `until` is handed in.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from heapq import heapify, heappop, heappush
from itertools import count
from typing import NamedTuple

from improvd.core.note import SUSTAIN
from improvd.core.units import Beats, Seconds
from improvd.play.messages import PlannedMove, PlannedNote
from improvd.play.pedals import DOWN
from improvd.play.transport import Transport
from improvd.ports import wire


class Outgoing(NamedTuple):
    """A message of an answer and its second. No data: here the answer ends."""

    second: Seconds
    answer: int
    note: int  # one number for a note-on and its note-off; of the pedal, each move's own
    data: bytes


class _Waiting(NamedTuple):
    """One end of a note, or a move of the pedal; in this order it is due."""

    position: float  # beats, or seconds of an answer in free time
    rank: int
    number: int
    data: bytes


_OFF, _PEDAL, _ON = range(3)  # ranks: what is due at the same moment goes out in this order


class _Answer:
    def __init__(self, *, free: bool) -> None:
        self.free = free
        self.finished = False
        self.waiting: list[_Waiting] = []
        self.lift: _Waiting | None = None  # of a press whose end is not known
        self.last = Seconds(0.0)  # the latest second that was handed over


class Schedule:
    """All answers that are on."""

    def __init__(self, transport: Transport, max_note: Seconds) -> None:
        self._transport = transport
        self._max_note = max_note
        self._answers: dict[int, _Answer] = {}
        self._numbers = count()

    def begin(self, answer: int, *, free: bool) -> None:
        """From now on this answer takes notes."""
        self._answers[answer] = _Answer(free=free)

    def add(
        self, answer: int, notes: Iterable[PlannedNote], pedal: Iterable[PlannedMove] = ()
    ) -> None:
        """More notes, and moves of the pedal; those of an answer that is not on are discarded.

        A note that lasts too long is shortened, and so is a press. A note without length is none.
        """
        if (to := self._answers.get(answer)) is None:
            return
        longest = self._max_note if to.free else self._transport.tempo.beats(self._max_note)
        for move in pedal:
            self._move(to, move, longest)
        for note in notes:
            end = min(note.end, note.onset + longest)
            if end > note.onset:
                number = next(self._numbers)
                on = wire.note_on(note.channel, note.pitch, note.velocity)
                off = wire.note_off(note.channel, note.pitch)
                heappush(to.waiting, _Waiting(note.onset, _ON, number, on))
                heappush(to.waiting, _Waiting(end, _OFF, number, off))

    def finish(self, answer: int) -> None:
        """Nothing more comes of this answer."""
        if (finished := self._answers.get(answer)) is not None:
            finished.finished = True
            _forget_lift(finished)  # it comes up with the end

    def drop(self, answer: int) -> None:
        """This answer is no longer on, and what waits of it is dropped."""
        self._answers.pop(answer, None)

    def due(self, until: Seconds) -> list[Outgoing]:
        """Take what is due up to `until`, by second."""
        messages: list[Outgoing] = []
        for number, answer in list(self._answers.items()):
            while answer.waiting and self._second(answer) <= until:
                answer.last = self._second(answer)
                _, _, note, data = heappop(answer.waiting)
                messages.append(Outgoing(answer.last, number, note, data))
            if answer.finished and not answer.waiting:
                messages.append(Outgoing(answer.last or until, number, -1, b""))
                self.drop(number)
        messages.sort(key=lambda message: message.second)
        return messages

    def next_second(self) -> Seconds:
        """When the next message is due."""
        return min(
            (self._second(answer) for answer in self._answers.values() if answer.waiting),
            default=Seconds(math.inf),
        )

    def _move(self, to: _Answer, move: PlannedMove, longest: float) -> None:
        """Plan a move of the pedal; until its end is known, a press has the latest there is."""
        up, down = (wire.control(move.channel, SUSTAIN, value) for value in (0, DOWN))
        latest = to.lift.position if to.lift else math.inf
        _forget_lift(to)
        if move.down:
            heappush(to.waiting, _Waiting(move.position, _PEDAL, next(self._numbers), down))
            to.lift = _Waiting(move.position + longest, _PEDAL, next(self._numbers), up)
            heappush(to.waiting, to.lift)
        else:
            end = min(move.position, latest)
            heappush(to.waiting, _Waiting(end, _PEDAL, next(self._numbers), up))

    def _second(self, answer: _Answer) -> Seconds:
        position = answer.waiting[0].position
        return (
            Seconds(position) if answer.free else self._transport.tempo.second_at(Beats(position))
        )


def _forget_lift(answer: _Answer) -> None:
    """The end of the press is known by now."""
    if answer.lift in answer.waiting:
        answer.waiting.remove(answer.lift)
        heapify(answer.waiting)
    answer.lift = None
