"""A train of pulses with jitter -> where they really are, and how fast. Pure; knows no MIDI.

A second-order loop as in F. Adriaensen, "Using a DLL to filter time" (Linux Audio Conference 2005):
each error of the predicted second bends phase and period. The gains are those of a straight line
through the last n pulses, so the loop is wide open at its first pulses and narrows down to `_MOST`.
Errors that stay on one side are no jitter: the line is laid anew through the pulses that made them.
"""

from __future__ import annotations

from typing import Final

from improvd.core.units import Seconds

_SHORTEST: Final = Seconds(0.003)  # between two pulses: 800 bpm of 24 pulses a beat
_LONGEST: Final = Seconds(0.25)  # 10 bpm
_MOST: Final = 48  # pulses that the line is drawn through when all is steady
_JITTER: Final = Seconds(0.0025)  # an error up to this says nothing
_SIDED: Final = 3  # larger errors in a row, all to one side: tempo or place has changed
_USUAL: Final = 1 / 96  # how fast the usual error is learnt; twice that is still jitter
_STEADY: Final = 12  # pulses from which on a wide gap can only be one of lost pulses
_WHOLE: Final = 0.25  # periods: how near to a whole number of them the end of such a gap is


class PulseLoop:
    """`second` is the filtered moment of the last pulse, `period` the seconds between two."""

    def __init__(self) -> None:
        self.second = self.heard = Seconds(0.0)  # filtered, and as it came
        self.period = Seconds(0.0)  # 0: not known yet
        self._pulses = 0  # that the line goes through
        self._usual = 0.0
        self._astray: list[Seconds] = []  # the last pulses, as far as they strayed to one side
        self._late = False  # to which
        self._lost = 0  # pulses that the last gap swallowed

    def hear(self, second: Seconds) -> int:
        """The next pulse: by how many the count goes on, as some may have been lost before it."""
        gap, self.heard = Seconds(second - self.heard), second
        if not self.period:
            self._begin(gap)
            return 1
        passed = self._passed(gap, Seconds(second - self.second) / self.period)
        if passed > 0:
            self._bend(second, Seconds(second - self.second - passed * self.period), passed)
        return passed

    def slip(self, seconds: Seconds) -> None:
        """So long, time stood still: the pulses that come now follow those before all the same."""
        self.second, self.heard = Seconds(self.second + seconds), Seconds(self.heard + seconds)
        self._astray = []

    def _begin(self, gap: Seconds) -> None:
        """The first pulse has no gap before it, nor has the first after a silence."""
        follows = self._pulses and _SHORTEST < gap < _LONGEST
        self.second, self.period = self.heard, gap if follows else Seconds(0.0)
        self._pulses = 2 if follows else 1

    def _passed(self, gap: Seconds, periods: float) -> int:
        """Pulses in this gap, which ends so many periods after the last one was due.

        What comes at once after a wide gap was not lost, but held up. A second wide one shows that
        nothing was: they are slower now.
        """
        whole = round(periods)
        if self._lost and whole < 1:
            self._lost -= 1
            return 0
        lost, self._lost = self._lost, 0
        if whole < 2 or self._pulses < _STEADY:
            return 1
        if lost:  # it is no chance
            self.second, self.period, self._pulses = self.heard, _possible(gap), 2
            return 1 - lost
        if abs(periods - whole) <= _WHOLE:
            self._lost = whole - 1
        return 1 + self._lost

    def _bend(self, second: Seconds, error: Seconds, passed: int) -> None:
        n = self._pulses = min(self._pulses + 1, _MOST)
        self.second = Seconds(second - error * (1 - 2 * (2 * n - 1) / (n * (n + 1))))
        self.period = _possible(Seconds(self.period + error * 6 / (n * (n + 1)) / passed))
        self._judge(second, error)

    def _judge(self, second: Seconds, error: Seconds) -> None:
        strays = abs(error) > max(_JITTER, 2 * self._usual)
        if not strays or (error > 0) != self._late:
            self._astray, self._late = [], error > 0
        if strays:
            self._astray.append(second)
        self._usual += (abs(error) - self._usual) * _USUAL
        if len(self._astray) == _SIDED:
            self._lay_anew()

    def _lay_anew(self) -> None:
        first, _, last = self._astray
        self.period = _possible(Seconds((last - first) / (_SIDED - 1)))
        self.second = Seconds(sum(self._astray) / _SIDED + self.period)
        self._pulses, self._astray = _SIDED, []


def _possible(period: Seconds) -> Seconds:
    return min(max(period, _SHORTEST), _LONGEST)
