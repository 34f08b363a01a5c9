"""JACK frames <-> monotonic seconds. Pure: both clocks are handed in."""

from __future__ import annotations

from typing import Final

from improvd.core.units import Seconds

_WRAP: Final = 1 << 32  # JACK counts frames in 32 bits
SLIP: Final = Seconds(0.005)  # more than this is no drift: xruns have moved the frame clock
QUIET: Final = Seconds(2.0)  # without output for so long, the map may be moved unheard


class FrameClock:
    """A held line through one point of both clocks.

    Read anew each cycle, the monotonic clock would shake every interval by the scheduler's jitter;
    held, notes keep their distances to the sample. The line is laid anew while nothing sounds, and
    when the two clocks have slipped.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._frame = 0
        self._second = Seconds(0.0)
        self._last_output = Seconds(-QUIET)

    def hold(self, frame: int, now: Seconds) -> None:
        """`frame` is now: lay the line anew, where it may or must."""
        quiet = now - self._last_output > QUIET
        if quiet or abs(self.second(frame) - now) > SLIP:
            self._frame, self._second = frame, now

    def sounded(self, now: Seconds) -> None:
        """Something goes out."""
        self._last_output = now

    def second(self, frame: int) -> Seconds:
        """The second that `frame` falls on."""
        distance = (frame - self._frame + _WRAP // 2) % _WRAP - _WRAP // 2
        return Seconds(self._second + distance / self._rate)

    def frames(self, seconds: float) -> int:
        """How many frames these seconds last."""
        return round(seconds * self._rate)
