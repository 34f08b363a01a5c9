"""JACK's transport, cycle by cycle -> where the music is. Pure.

Ticks are whole numbers, so a reading is up to one tick late: the line is held as long as it is no
more than that ahead of what is read, which is exact to the frame after a few cycles. It is held in
the transport's own seconds, since ours may be led back by degrees after an xrun.
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
_STILL: Final = 1e-6  # seconds: so little is rounding


class JackClock:
    """One transport. `bpm`: its tempo where no timebase master gives one."""

    def __init__(self, bpm: Bpm) -> None:
        self._bpm = bpm
        self._said = Clock(SOURCE, State.ABSENT)
        self._own = Tempo(bpm, Seconds(0.0))  # its line, in the transport's seconds
        self._ahead = Seconds(0.0)  # our seconds of those, as was said last
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
            beat, meter = Beats(self._line + bar.beat), _known(bar.meter)
            self._compare(bar, place.second, beat)
            tempo = Tempo(Bpm(bar.bpm * self._factor), place.seconds, beat)
        else:
            meter = ""
            tempo = Tempo(self._bpm, place.seconds, Beats(place.seconds * self._bpm / 60))
        return self._say(tempo, meter, bar.tick if bar else Beats(0.0), place)

    def _say(self, read: Tempo, meter: str, tick: Beats, place: Place) -> Clock:
        """What was said last, as long as nothing is new."""
        ahead = Seconds(place.second - place.seconds)
        same = (State.RUNNING, meter) == (self._said.state, self._said.meter)
        if not (holds := same and self._foretold(read, tick)):
            self._own = read
        if not holds or abs(ahead - self._ahead) > _STILL:
            bpm, second, beat = self._own.bpm, self._own.anchor_second, self._own.anchor_beat
            tempo = Tempo(bpm, Seconds(second + ahead), beat)
            self._said = Clock(SOURCE, State.RUNNING, tempo, self._line, meter)
            self._ahead = ahead
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

    def _foretold(self, read: Tempo, tick: Beats) -> bool:
        """Is this reading what the last line has foretold?"""
        ahead = read.anchor_beat - self._own.beat_at(read.anchor_second)
        return read.bpm == self._own.bpm and -tick - _ROUNDING <= ahead <= _ROUNDING


def _known(meter: str) -> str:
    try:
        return str(Meter.parse(meter))
    except ValueError:
        return ""
