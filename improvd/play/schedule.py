"""The notes of the answers until they are due. Knows no port and no clock: `until` is handed in.

Answers wait in beats, so that a tempo change moves all that is still to come, the end of a sounding
note too; an answer in free time waits in seconds.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from heapq import heappop, heappush
from itertools import count
from typing import NamedTuple

from improvd.core.units import Beats, Seconds
from improvd.play.messages import PlannedNote
from improvd.play.transport import Transport
from improvd.ports import wire


class Outgoing(NamedTuple):
    """A message of an answer and its second. No data: here the answer ends."""

    second: Seconds
    answer: int
    note: int  # one number for a note-on and its note-off
    data: bytes


class _Waiting(NamedTuple):
    """One end of a note. In this order it is due: at the same moment offs go before ons."""

    position: float  # beats, or seconds of an answer in free time
    starts: bool
    note: int
    data: bytes


class _Answer:
    def __init__(self, *, free: bool) -> None:
        self.free = free
        self.finished = False
        self.waiting: list[_Waiting] = []
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

    def add(self, answer: int, notes: Iterable[PlannedNote]) -> None:
        """More notes; those of an answer that is not on are discarded.

        A note that lasts too long is shortened. One without length is none.
        """
        if (to := self._answers.get(answer)) is None:
            return
        longest = self._max_note if to.free else self._transport.tempo.beats(self._max_note)
        for note in notes:
            end = min(note.end, note.onset + longest)
            if end > note.onset:
                number = next(self._numbers)
                on = wire.note_on(note.channel, note.pitch, note.velocity)
                off = wire.note_off(note.channel, note.pitch)
                heappush(to.waiting, _Waiting(note.onset, True, number, on))  # noqa: FBT003 - a field
                heappush(to.waiting, _Waiting(end, False, number, off))  # noqa: FBT003 - a field

    def finish(self, answer: int) -> None:
        """Nothing more comes of this answer."""
        if answer in self._answers:
            self._answers[answer].finished = True

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

    def _second(self, answer: _Answer) -> Seconds:
        position = answer.waiting[0].position
        return (
            Seconds(position) if answer.free else self._transport.tempo.second_at(Beats(position))
        )
