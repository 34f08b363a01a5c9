"""The transport -> MIDI clock that others follow. Pure: each cycle says until when.

Pulses go out all the time, at the tempo that holds. As soon as somebody has placed the music, it
is started on the next beat: Start on beat 0, elsewhere the song position and Continue. They go out
with the pulse before that beat where there is one, so that whoever follows has the time to get
ready. Another grid is a Stop and a new start.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from improvd.core.tempo import Tempo
from improvd.core.units import Beats, Seconds
from improvd.ports import wire
from improvd.ports.base import Timed

PULSES: Final = 24  # a beat
_POINTED: Final = 6  # pulses, a step of the song position pointer, which has 14 bits
_POSITIONS: Final = 1 << 14
_JUST_PAST: Final = 1e-6  # pulses: rounding
_ECHO: Final = Seconds(0.03)  # our own Start comes back within it, if it does


class ClockOut:
    """What goes out of one clock."""

    def __init__(self) -> None:
        self._grid: int | None = None  # that the pulses are counted on
        self._next = 0  # the number of the pulse that comes next
        self._runs = False
        self._started = Seconds(-math.inf)

    def until(self, end: Seconds, start: Seconds, tempo: Tempo, grid: int) -> Iterator[Timed]:
        """What goes out from `start` to `end`, by second. `grid` 0: nobody has placed the music."""
        if grid != self._grid:
            yield from self.stop(start)
            self._grid = grid
            self._next = math.ceil(tempo.beat_at(start) * PULSES - _JUST_PAST)
        while (second := self.due(tempo)) <= end:
            second = max(second, start)
            yield from self._begin(second)
            yield second, bytes((wire.CLOCK,))
            self._next += 1
            yield from self._begin(second)

    def due(self, tempo: Tempo) -> Seconds:
        """When the next pulse is."""
        return tempo.second_at(Beats(self._next / PULSES))

    def stop(self, now: Seconds) -> Iterator[Timed]:
        """End it, if it runs."""
        if self._runs:
            yield now, bytes((wire.STOP,))
        self._runs = False

    def is_echo(self, second: Seconds, message: bytes) -> bool:
        """Is this our own Start or Continue? To follow it would be to follow ourselves."""
        starts = message[0] in (wire.START, wire.CONTINUE)
        return starts and 0 <= second - self._started <= _ECHO

    def _begin(self, second: Seconds) -> Iterator[Timed]:
        if self._runs or not self._grid or self._next < 0 or self._next % PULSES:
            return
        self._runs, self._started = True, second
        if not self._next:
            yield second, bytes((wire.START,))
            return
        position = self._next // _POINTED % _POSITIONS
        yield second, bytes((wire.SONG_POSITION, position & 0x7F, position >> 7))
        yield second, bytes((wire.CONTINUE,))
