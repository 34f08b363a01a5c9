"""JACK frames <-> monotonic seconds. Pure: both clocks are handed in."""

from __future__ import annotations

import math
from typing import Final

from improvd.core.units import Seconds

_WRAP: Final = 1 << 32  # JACK counts frames in 32 bits
LOOSE: Final = Seconds(0.001)  # off by less is only the moment at which the driver's thread woke
AHEAD: Final = Seconds(0.003)  # of the monotonic clock: more would use up the output's lead
BEHIND: Final = Seconds(0.25)  # each xrun costs frames: an answer keeps its distances until this
BEND: Final = 0.02  # of the time that passes: a tempo that changes by it is still the same music


class FrameClock:
    """A held line through one point of both clocks.

    Read anew each cycle, the monotonic clock would shake every interval by the scheduler's jitter;
    held, notes keep their distances to the sample. While no answer is on, a line that is off is
    bent back little by little: a jump in the middle of a phrase would be a note at the wrong place,
    and one of whole pulses would shift whatever follows a clock for good.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._frame = 0
        self._second = Seconds(0.0)
        self._last = 0  # frame of the cycle before

    def hold(self, frame: int, now: Seconds, *, steady: bool) -> None:
        """The cycle that begins with `frame` has begun `now`. `steady`: an answer is on."""
        here = self.second(frame)
        off, passed = here - now, self._distance(self._last, frame) / self._rate
        self._last = frame
        if not -BEHIND <= off <= AHEAD:
            self._frame, self._second = frame, now
        elif not steady and abs(off) > LOOSE:
            bend = min(abs(off), BEND * passed)
            self._frame, self._second = frame, Seconds(here - math.copysign(bend, off))

    def second(self, frame: int) -> Seconds:
        """The second that `frame` falls on."""
        return Seconds(self._second + self._distance(self._frame, frame) / self._rate)

    @staticmethod
    def _distance(start: int, end: int) -> int:
        return (end - start + _WRAP // 2) % _WRAP - _WRAP // 2

    def frames(self, seconds: float) -> int:
        """How many frames these seconds last."""
        return round(seconds * self._rate)
