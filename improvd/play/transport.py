"""Where the music is: the one tempo of the program, with one writer, the player. Knows no port.

The mind sets it, or a clock from outside moves it. In the player these come from two threads: the
main loop and the stage. Each puts whole values in place, and the stage does so at every pulse, so
what one of them overlooks stands no longer than that.
"""

from __future__ import annotations

from typing import Final

from improvd.core.tempo import Tempo
from improvd.core.units import Beats, Bpm, Seconds
from improvd.play import messages
from improvd.play.clock import FOLLOWED, Clock, Hold, State, holds

_JUMP: Final = Beats(1 / 8)  # a 32nd: so far off, the music is at another place
_MOVED: Final = Seconds(0.001)  # a beat ahead: what the mind need not know of
_STRENGTH: Final = (Hold.NOTHING, Hold.TEMPO, Hold.GRID)
_NEWS: Final = tuple(State)  # of clocks that hold alike the one that stopped is heeded, then ...


class Transport:
    """A steady tempo from one change to the next.

    `grid` numbers what its beats count from: below 0 a place of a clock from outside, above 0 the
    mind's choice. What was planned on another grid is void.
    """

    def __init__(self, bpm: Bpm, now: Seconds, source: str = "internal") -> None:
        """`source` as `tempo.source`."""
        self.tempo = Tempo(bpm, now)
        self.grid = 0
        self.hold = Hold.NOTHING
        self._source = source
        self._clocks = {name: Clock(name, State.ABSENT) for name in FOLLOWED.get(source, ())}
        self.clock = next(iter(self._clocks.values()), Clock("", State.ABSENT))
        self._places = 0  # of clocks, so far
        self._shift = Beats(0.0)  # from the clock's beats to ours, where only its tempo holds
        self._told = self.report()

    def set(self, order: messages.SetTempo) -> None:
        """Do what the mind says; a clock whose grid holds knows better."""
        if self.hold is Hold.GRID:
            return
        tempo, clock = Tempo(order.bpm, order.second, order.beat), self.clock.tempo
        if self.hold is Hold.TEMPO and clock:
            self._shift = Beats(order.beat - clock.beat_at(order.second))
            tempo = _shifted(clock, self._shift)
        self.tempo, self.grid = tempo, order.grid

    def knows(self, clock: Clock) -> bool:
        """Has this clock said nothing new, or nothing that matters?"""
        return self._clocks.get(clock.source, clock) is clock

    def choose(self, clock: Clock) -> Clock:
        """This is what one clock says now: the one that is to be followed."""
        self._clocks[clock.source] = clock
        return max(self._clocks.values(), key=self._rank)

    def _rank(self, clock: Clock) -> tuple[int, int]:
        return _STRENGTH.index(holds(self._source, clock)), _NEWS.index(clock.state)

    def jumps(self, clock: Clock, now: Seconds) -> bool:
        """Would following this clock bring the music to another place, or end it?"""
        if holds(self._source, clock) is not Hold.GRID or not clock.tempo:
            return self.grid < 0 and clock.state is State.STOPPED
        away = clock.tempo.beat_at(now) - self.tempo.beat_at(now)
        return self.grid >= 0 or abs(away) > _JUMP

    def follow(self, clock: Clock, now: Seconds) -> None:
        """Take from this clock what is to be taken."""
        hold, jumps = holds(self._source, clock), self.jumps(clock, now)
        if hold is Hold.TEMPO and clock.tempo:
            if self.hold is not Hold.TEMPO:
                self._shift = Beats(self.tempo.beat_at(now) - clock.tempo.beat_at(now))
            self.tempo = _shifted(clock.tempo, self._shift)
        elif hold is Hold.GRID and clock.tempo:
            self._places += jumps
            self.tempo = clock.tempo
        if jumps:
            self.grid = -self._places if hold is Hold.GRID else 0
        self.hold, self.clock = hold, clock

    def report(self) -> messages.Transport:
        """What the mind is told of it."""
        tempo, clock = self.tempo, self.clock
        self._told = messages.Transport(
            second=tempo.anchor_second,
            beat=tempo.anchor_beat,
            bpm=tempo.bpm,
            grid=self.grid,
            hold=self.hold,
            source=clock.source,
            state=clock.state,
            bar_line=clock.bar_line,
            meter=clock.meter,
        )
        return self._told

    def news(self, now: Seconds) -> messages.Transport | None:
        """The same, if it is worth telling at `now`."""
        told, clock = self._told, self.clock
        line = Tempo(told.bpm, told.second, told.beat)
        ahead = Seconds(now + self.tempo.seconds(Beats(1.0)))
        off = self.tempo.seconds(Beats(line.beat_at(ahead) - self.tempo.beat_at(ahead)))
        same = (told.grid, told.hold, told.source, told.state, told.meter) == (
            *(self.grid, self.hold, clock.source, clock.state, clock.meter),
        )
        return None if same and abs(off) <= _MOVED else self.report()


def _shifted(tempo: Tempo, shift: Beats) -> Tempo:
    return Tempo(tempo.bpm, tempo.anchor_second, Beats(tempo.anchor_beat + shift))
