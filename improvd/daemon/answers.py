"""What all voices answer: from the same beat of the same grid, to the same line, cut together.

Each has a number of its own for the player. One whose model is slow makes no other late: who is
least behind goes on first. Knows no model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter

from improvd.core.course import Course, Lines
from improvd.core.harmony import Harmony
from improvd.core.units import Beats, Seconds
from improvd.daemon.log import SentEvent, Turn
from improvd.daemon.placed import Place, Placed
from improvd.play.messages import SetTempo, Stop, ToPlayer


class Answers:
    """On until the last of them is over. They are of one place, one a voice."""

    def __init__(self, each: Sequence[Placed], there: Place) -> None:
        self.each = each
        self._grid = there.grid
        self._over: dict[int, Seconds] = {}  # when those ended that are

    def begin(self, *, cut_by_input: bool) -> list[ToPlayer]:
        """What the player is told first: a grid of its own, then each answer."""
        orders: list[ToPlayer] = []
        own, grid = self._grid.lines.last, self._grid.lines.grid
        if grid == self.each[0].number:
            orders.append(SetTempo(own.anchor_second, own.anchor_beat, own.bpm, grid))
        for rank, placed in enumerate(self.each):
            orders += placed.begin(cut_by_input=cut_by_input, rank=rank)
        return orders

    @property
    def due(self) -> Seconds:
        """When a model has to go on."""
        return min(placed.due for placed in self.each)

    @property
    def line(self) -> tuple[Lines, Beats]:
        """The beat of their grid's lines on which they end."""
        return self._grid.lines, Beats(self._grid.origin + self.each[0].end)

    @property
    def sounded(self) -> bool:
        """Has any note of them been heard?"""
        return any(placed.heard.sounded for placed in self.each)

    @property
    def changeable(self) -> bool:
        """Can another model take over on the way?"""
        return self.sounded and all(placed.changeable for placed in self.each)

    @property
    def numbers(self) -> list[int]:
        """Of those that are on."""
        return [each.number for each in self.each if each.number not in self._over]

    def draw(self, now: Seconds) -> list[ToPlayer]:
        """One step of one that is due, the least behind first; what the player is told of it."""
        behind = [placed for placed in self.each if placed.due <= now]
        return max(behind, key=attrgetter("due")).draw(now) if behind else []

    def play_over(self, over: Callable[[Course], Harmony | None]) -> None:
        """Other chords are held: what sounds on their grid from now on."""
        for placed in self.each:
            placed.play_over(over)

    def end(self, now: Seconds) -> None:
        """Let them end with a cadence, on the first bar line where that still fits for all."""
        line = max(placed.end_from(now) for placed in self.each)
        for placed in self.each:
            placed.end_on(line)

    def stop(self) -> list[ToPlayer]:
        """What the player is told to cut them."""
        return [Stop(number) for number in self.numbers]

    def sent(self, events: Sequence[SentEvent]) -> None:
        """The player reports what went out."""
        for placed in self.each:
            placed.heard.add(event for event in events if event[0] == placed.number)

    def over(self, number: int, second: Seconds) -> bool:
        """One of them has ended, or was cut. True: it was the last one that was on."""
        if number not in self.numbers:
            return False
        self._over[number] = second
        return not self.numbers

    def turns(self) -> list[Turn]:
        """What was heard of each, when all are over."""
        return [placed.heard.turn(self._over[placed.number]) for placed in self.each]
