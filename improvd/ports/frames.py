"""JACK frames <-> monotonic seconds. Pure: both clocks are handed in."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from typing import Final, NamedTuple

from improvd.core.units import Seconds
from improvd.ports.base import Keep

_WRAP: Final = 1 << 32  # JACK counts frames in 32 bits
LOOSE: Final = Seconds(0.001)  # off by less is only the moment at which the driver's thread woke
AHEAD: Final = Seconds(0.003)  # of the monotonic clock: more would use up the output's lead
BEHIND: Final = Seconds(0.25)  # each xrun costs frames
_AGREED: Final = 3  # cycles


class _Bounds(NamedTuple):
    """How far off the line may be before it is laid anew, and how fast it is led back until then.

    `slew` is in seconds a second. One of a 500th is far below what play/pulses hears; one of a
    10,000th is less than a frame in the shortest note, and more than two quartzes differ by.
    """

    ahead: Seconds
    behind: Seconds
    slew: float


_BOUNDS: Final[Mapping[Keep, _Bounds]] = {
    Keep.NOTHING: _Bounds(LOOSE, LOOSE, 0.0),
    Keep.CLOCK: _Bounds(AHEAD, BEHIND, 1 / 500),
    Keep.MUSIC: _Bounds(AHEAD, BEHIND, 1 / 10_000),
}


class FrameClock:
    """A held line through one point of both clocks.

    Read anew each cycle, the monotonic clock would shake every interval by the scheduler's jitter;
    held, notes keep their distances to the sample. Where intervals are to be kept, a line that is
    off is led back so slowly that they are; else it is laid anew.
    """

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self._frame = 0
        self._second = Seconds(0.0)
        self._lags = deque[float]([0.0] * _AGREED, _AGREED)  # of the line, in the last cycles
        # How far it is behind the monotonic clock, but for threads that woke late.
        self.lag = Seconds(0.0)

    def hold(self, frame: int, now: Seconds, keep: Keep) -> Seconds:
        """The cycle that begins with `frame` has begun `now`. By how much the line is laid anew."""
        ahead, behind, slew = _BOUNDS[keep]
        second = self.second(frame)
        off, passed = second - now, self._distance(frame) / self.rate
        self._note(-off)
        if keep is Keep.NOTHING:
            off = self._agreed(off)
            now = Seconds(second - off)
        if -behind <= off <= ahead:
            back = min(max(abs(off) - LOOSE, 0.0), slew * passed)
            now, off = Seconds(second - math.copysign(back, off)), 0.0
        else:
            self._note(*[0.0] * _AGREED)
        self._frame, self._second = frame, now
        return Seconds(-off)

    def _agreed(self, off: float) -> float:
        """Frames that were lost look like a thread that woke late, but to several cycles."""
        if LOOSE < -off <= BEHIND:
            return -self.lag if self.lag > LOOSE else 0.0
        return off

    def _note(self, *lags: float) -> None:
        self._lags.extend(lags)
        self.lag = Seconds(min(self._lags))

    def second(self, frame: int) -> Seconds:
        """The second that `frame` falls on."""
        return Seconds(self._second + self._distance(frame) / self.rate)

    def frames(self, seconds: float) -> int:
        """How many frames these seconds last."""
        return round(seconds * self.rate)

    def _distance(self, frame: int) -> int:
        return (frame - self._frame + _WRAP // 2) % _WRAP - _WRAP // 2
