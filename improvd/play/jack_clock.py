"""JACK's transport, cycle by cycle -> where the music is. Pure.

Ticks are whole numbers, so a reading is up to one tick late: the line is held as long as it is no
more than that ahead of what is read, which is exact to the frame after a few cycles.
"""

from __future__ import annotations

from typing import Final

from improvd.core.tempo import Meter, Tempo
from improvd.core.units import Beats, Bpm
from improvd.play.clock import Clock, State
from improvd.ports.base import Bar, Place

SOURCE: Final = "jack"
_ROUNDING: Final = 1e-7  # beats


class JackClock:
    """One transport. `bpm`: its tempo where no timebase master gives one."""

    def __init__(self, bpm: Bpm) -> None:
        self._bpm = bpm
        self._said = Clock(SOURCE, State.ABSENT)
        self._bar: int | None = None  # the number of the bar we are in
        self._line = Beats(0.0)  # where it begins
        self._length = Beats(4.0)

    def at(self, place: Place) -> Clock:
        """What it says at the second of `place`."""
        if not place.rolls:
            stopped = self._said.state is not State.ABSENT
            self._said = self._said._replace(state=State.STOPPED if stopped else State.ABSENT)
            return self._said
        if bar := place.bar:
            self._enter(bar)
            tempo = Tempo(bar.bpm, place.second, Beats(self._line + bar.beat))
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
