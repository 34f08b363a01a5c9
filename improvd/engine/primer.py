"""Keeps the model where the playing is, a few steps at a time, so that nobody waits for it.

What the model should have heard is a list of steps. As long as that list only grows, the new steps
are fed. When its past changes (another tempo, another octave), the model starts again from a fresh
state, with at most the last `REACH` steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from improvd.engine.improviser import Improviser
from improvd.models.base import Step

REACH: Final = 256  # steps: 16 bars of sixteenths; further back a model of this size hears little


class Primer:
    """Feeds an improviser towards the steps it was last aimed at."""

    def __init__(self, improviser: Improviser) -> None:
        self._improviser = improviser
        self._aim: Sequence[Step] = []
        self._start = 0  # where in the aim the model's past begins
        self._fed: list[Step] = []  # what it heard from there on
        improviser.reset()

    def aim(self, steps: Sequence[Step]) -> None:
        """From here on this is what the model should have heard; the list may grow."""
        self._aim = steps
        reached = self._start + len(self._fed)
        if list(steps[self._start : reached]) != self._fed:
            self.restart(steps)

    def restart(self, steps: Sequence[Step]) -> None:
        """The same from a fresh state, because the model has been elsewhere."""
        self._aim = steps
        self._start = max(0, len(steps) - REACH)
        self._fed = []
        self._improviser.reset()

    def work(self, most: int) -> bool:
        """Feed at most this many steps. True when the model is where it should be."""
        reached = self._start + len(self._fed)
        steps = self._aim[reached : reached + most]
        self._improviser.feed(steps)
        self._fed += steps
        return reached + len(steps) == len(self._aim)
