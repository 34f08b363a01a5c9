"""JACK's transport, cycle by cycle -> where the music is. Pure.

Ticks are whole numbers, so a reading is up to one tick late: the line is held as long as it is no
more than that ahead of what is read, which is exact to the frame after a few cycles.
"""

from __future__ import annotations

from typing import Final

from improvd.core.tempo import Meter, Tempo
from improvd.core.units import Beats, Bpm, Seconds
from improvd.play.clock import Clock, State
from improvd.ports.base import Bar, Place

SOURCE: Final = "jack"
_ROUNDING: Final = 1e-7  # beats
_MASTERLESS: Final = 8  # readings without a bar; a master needs a cycle or two for a new place
_WHILE: Final = 0.1  # seconds: far more than a tick
_NEAR: Final = 0.2  # of what was expected


class JackClock:
    """One transport. `bpm`: its tempo where no timebase master gives one."""

    def __init__(self, bpm: Bpm) -> None:
        self._bpm = bpm
        self._said = Clock(SOURCE, State.ABSENT)
        self._bare = 0  # readings in a row without a bar
        self._bar: int | None = None  # the number of the bar we are in
        self._line = Beats(0.0)  # where it begins
        self._length = Beats(4.0)
        self._factor = 1.0  # from the master's bpm to those of quarter notes
        self._seen = (Seconds(0.0), Beats(0.0))  # an earlier reading

    def at(self, place: Place) -> Clock:
        """What it says at the second of `place`."""
        if not place.rolls:
            if self._said.state is State.RUNNING:
                self._said = self._said._replace(state=State.STOPPED)
            return self._said
        self._bare = 0 if place.bar else self._bare + 1
        if 0 < self._bare < _MASTERLESS:
            return self._said
        if bar := place.bar:
            self._enter(bar)
            beat = Beats(self._line + bar.beat)
            self._compare(bar, place.second, beat)
            tempo = Tempo(Bpm(bar.bpm * self._factor), place.second, beat)
            said = Clock(SOURCE, State.RUNNING, tempo, self._line, _known(bar.meter))
        else:
            beat = Beats(place.seconds * self._bpm / 60)
            said = Clock(SOURCE, State.RUNNING, Tempo(self._bpm, place.second, beat))
        if not self._holds(said, bar.tick if bar else Beats(0.0)):
            self._said = said
        return self._said

    def _enter(self, bar: Bar) -> None:
        """Where this bar begins: after the one before it, whatever meter that had."""
        follows = self._bar is not None and bar.number == self._bar + 1
        line, meter = Beats(self._line + self._length), _known(bar.meter)
        self._length = Meter.parse(meter).bar if meter else self._length
        if bar.number != self._bar:
            self._line = line if follows else Beats((bar.number - 1) * self._length)
        self._bar = bar.number

    def _compare(self, bar: Bar, second: Seconds, beat: Beats) -> None:
        """What the master's tempo counts is seen from how fast its beats go by."""
        passed, went = second - self._seen[0], beat - self._seen[1]
        if bar.unit == 1.0:
            self._factor = 1.0
        elif passed >= _WHILE:
            self._seen = second, beat
            seen = went / passed * 60 / bar.bpm
            near = [each for each in (1.0, bar.unit) if abs(seen / each - 1) < _NEAR]
            self._factor = near[0] if near else self._factor

    def _holds(self, said: Clock, tick: Beats) -> bool:
        """Is this reading what the last line has foretold?"""
        new, old = said.tempo, self._said.tempo
        if not new or not old or (said.state, said.meter) != (self._said.state, self._said.meter):
            return False
        ahead = new.anchor_beat - old.beat_at(new.anchor_second)
        return new.bpm == old.bpm and -tick - _ROUNDING <= ahead <= _ROUNDING


def _known(meter: str) -> str:
    try:
        return str(Meter.parse(meter))
    except ValueError:
        return ""
