"""JACK frames <-> monotonic seconds. Pure: both clocks are handed in."""

from __future__ import annotations

from typing import Final

from improvd.core.units import Seconds

_WRAP: Final = 1 << 32  # JACK counts frames in 32 bits
LOOSE: Final = Seconds(0.001)  # off by less is only the moment at which the driver's thread woke
AHEAD: Final = Seconds(0.003)  # of the monotonic clock: more would use up the output's lead
BEHIND: Final = Seconds(0.25)  # each xrun costs frames: an answer keeps its distances until this


class FrameClock:
    """A held line through one point of both clocks.

    Read anew each cycle, the monotonic clock would shake every interval by the scheduler's jitter;
    held, notes keep their distances to the sample. The line is laid anew when it is off, which is
    borne a while when an answer is on.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._frame = 0
        self._second = Seconds(0.0)

    def hold(self, frame: int, now: Seconds, *, steady: bool) -> None:
        """The cycle that begins with `frame` has begun `now`. `steady`: an answer is on."""
        ahead, behind = (AHEAD, BEHIND) if steady else (LOOSE, LOOSE)
        if not -behind <= self.second(frame) - now <= ahead:
            self._frame, self._second = frame, now

    def second(self, frame: int) -> Seconds:
        """The second that `frame` falls on."""
        distance = (frame - self._frame + _WRAP // 2) % _WRAP - _WRAP // 2
        return Seconds(self._second + distance / self._rate)

    def frames(self, seconds: float) -> int:
        """How many frames these seconds last."""
        return round(seconds * self._rate)
