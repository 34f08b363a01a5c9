"""What becomes of a jam's messages: the rows of its journal, and when the jam is over. Pure.

A jam begins with a note after a pause, and is over when there was none for `pause` seconds. Between
jams nothing is written; what the first note finds is remembered (controllers, programs, the
transport) and opens the journal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Final

from improvd.core.note import PEDAL_DOWN
from improvd.core.tempo import Meter
from improvd.core.units import Beats, Bpm, Seconds
from improvd.play.messages import Heard, HeldKeys, Message, Mute, Ready, Sent, Transport
from improvd.ports import wire
from improvd.takes.journal import PARTNER, PLAYER, Began, Event, Held, Line, Over, Row

KEPT: Final = (Heard, HeldKeys, Sent, Transport, Mute, Ready)  # what there is to be told
_NOTES: Final = (wire.NOTE_ON, wire.NOTE_OFF)


def _local() -> datetime:
    return datetime.now(UTC).astimezone()


class Recorder:
    """Of the daemon `name`. `take` and `end` return what is to be written."""

    def __init__(
        self, name: str, pause: Seconds, bpm: Bpm, today: Callable[[], datetime] = _local
    ) -> None:
        self.due: Seconds | None = None  # when the jam that is on will be over
        self._name = name
        self._pause = pause
        self._today = today
        self._line = Line(Seconds(0.0), Beats(0.0), bpm, 0, Beats(0.0), str(Meter()))
        self._set: dict[tuple[str, int, int], Event] = {}  # controllers and programs, by track
        self._muted = False

    def take(self, now: Seconds, message: Message, meter: Meter) -> list[Row]:
        """The rows of a message; none while no jam is on. `meter` is the one that is set."""
        rows: list[Row] = []
        match message:
            case Heard(events):
                rows = self._events(now, [Event(at, PLAYER, *data) for at, *data in events])
            case Sent(events):
                rows = self._events(now, self._heard(events))
            case Transport():
                self._line = _line(message, meter)
                rows = [self._line]
            case HeldKeys(second, keys, pedals):
                rows = [Held(second, keys, pedals)]
            case Mute(on):
                self._muted = on
                rows = [Over(now, (PARTNER,))] if on else []
            case Ready():  # another player: what the one before it held is silent
                rows = [Over(now)]
        return rows if self.due is not None else []

    def end(self, now: Seconds) -> list[Row]:
        """The jam is over."""
        rows: list[Row] = [] if self.due is None else [Over(now)]
        self.due = None
        return rows

    def _heard(self, events: Iterable[tuple[int, Seconds, Seconds, int, int, int]]) -> list[Event]:
        """What an answer let sound: its notes go on when it is muted, but nobody hears them."""
        rows = [Event(actual, PARTNER, *data) for _, _, actual, *data in events]
        return [row for row in rows if not (self._muted and _begins(row))]

    def _events(self, now: Seconds, events: list[Event]) -> list[Row]:
        rows: list[Row] = []
        for event in events:
            kind = event.status & 0xF0
            if kind not in _NOTES:
                number = event.data1 if kind == wire.CONTROL else -1
                self._set[event.track, event.status, number] = event
            elif self.due is None and kind == wire.NOTE_ON:
                rows += self._begin(event.second)
            if self.due is not None:
                self.due = Seconds(now + self._pause) if kind in _NOTES else self.due
                rows.append(event)
        return rows

    def _begin(self, second: Seconds) -> list[Row]:
        """What opens a journal. A phrase's grid is over by now; a clock's goes on."""
        self.due = second
        line = self._line
        if line.grid >= 0:
            line = line._replace(second=second, beat=Beats(0.0), grid=0, bar_line=Beats(0.0))
        before = [event._replace(second=second) for event in self._set.values()]
        return [Began(second, self._today().isoformat("T", "seconds"), self._name), line, *before]


def _begins(row: Event) -> bool:
    """Does a note sound from here on, or the pedal hold it?"""
    kind = row.status & 0xF0
    return kind == wire.NOTE_ON or (kind == wire.CONTROL and row.data2 >= PEDAL_DOWN)


def _line(said: Transport, meter: Meter) -> Line:
    """A phrase's bars count from its first onset."""
    told = said.meter if said.grid < 0 else ""
    bar_line = said.bar_line if said.grid < 0 else Beats(0.0)
    return Line(said.second, said.beat, said.bpm, said.grid, bar_line, told or str(meter))
