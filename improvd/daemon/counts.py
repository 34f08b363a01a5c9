"""What the player says, counted from the daemon's start on. Pure; knows no process.

A new player counts from 0 again: what those before it had counted is kept.
"""

from __future__ import annotations

from collections import Counter

from improvd.core.histogram import Histogram
from improvd.core.units import Bpm, Seconds
from improvd.play.messages import Alive, Heard, Ready, Sent, ToMind, Transport
from improvd.ports import wire


class Counts:
    """Hears each message of the player. `bpm`: the tempo before the transport has told one."""

    def __init__(self, bpm: Bpm) -> None:
        self.ready: Ready | None = None  # the ports that are open
        self.heard = self.played = 0  # notes
        self.answers = 0  # that have sounded
        self.late = Histogram()  # notes of answers against their plan
        self.bpm = bpm
        self.clock = ""  # the one outside that the tempo is taken from
        self._last = 0  # the answer that sounded last
        self._alive: Alive | None = None
        self._before = Counter[str]()  # of the players before

    def take(self, message: ToMind) -> None:
        """A message of the player."""
        match message:
            case Sent(events):
                for row in events:
                    self._sent(*row)
            case Heard(events):
                self.heard += sum(_begins(status, value) for _, status, _, value in events)
            case Transport(bpm=bpm, hold=hold, source=source):
                self.bpm, self.clock = bpm, source if hold else ""
            case Alive():
                self._alive = message
            case Ready():
                self.ready = message

    def player_lost(self) -> None:
        """The player process died: its ports are gone, and it counts no more."""
        alive, self._alive, self.ready = self._alive, None, None
        if alive:
            self._before.update({key: alive._asdict()[key] for key in Alive._fields[2:]})

    def of_players(self, key: str) -> int:
        """A count of `Alive`, of all players together."""
        return self._before[key] + int(getattr(self._alive, key, 0))

    def _sent(
        self, answer: int, planned: Seconds, actual: Seconds, status: int, _: int, value: int
    ) -> None:
        if not _begins(status, value):
            return
        self.played += 1
        self.late.add(Seconds(max(0.0, actual - planned)))
        if answer > self._last:
            self.answers, self._last = self.answers + 1, answer


def _begins(status: int, value: int) -> bool:
    return status & 0xF0 == wire.NOTE_ON and value > 0
