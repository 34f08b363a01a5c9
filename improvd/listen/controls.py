"""What a hand on a knob, a button or a key asks for. Pure; knows no configuration and no daemon."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from improvd.core.note import Control, Event, NoteOff
from improvd.core.source import CC, NOTE, PROGRAM, Source
from improvd.core.units import Channel, Seconds

_PRESSED: Final = 64  # MIDI 1.0: 64..127 is on
_MOST: Final = 127
_MOVED: Final = 8  # so much of a controller is no trembling
PRESET: Final = "preset"  # the target of program changes that nothing else is mapped to


class Range(NamedTuple):
    """What the way of a knob from 0 to 127 means, in steps (0: none)."""

    low: float
    high: float
    step: float

    def at(self, value: int) -> float:
        """The value of a target for that of a controller."""
        there = self.low + (self.high - self.low) * value / _MOST
        return round(there / self.step) * self.step if self.step else there


KNOBS: Final[Mapping[str, Range]] = {
    "temperature": Range(0.0, 2.0, 0.0),
    "density": Range(0.5, 8.0, 0.0),  # attacks a beat
    "length": Range(1.0, 16.0, 1.0),  # bars
}
CHOICES: Final = ("mode", "model")  # one of several: a controller chooses, a button takes the next


class Touch(NamedTuple):
    """Something that was asked for: `value` is that of a knob, 0..1 of a choice, the number of a
    preset, None of a button.
    """  # noqa: D205 - one sentence

    target: str
    value: float | None
    second: Seconds


class Controls:
    """The table of what is mapped, and where its buttons stand."""

    def __init__(self, table: Mapping[Source, str]) -> None:
        self._table = table
        self._down: set[Source] = set()  # the buttons that send controllers

    def target(self, source: Source) -> str | None:
        """What is mapped there: then it is no playing."""
        return source.found_in(self._table)

    def hear(self, event: Event) -> Touch | None:
        """What a mapped event asks for; nothing where a button is let go."""
        source = Source.of(event)
        target = self.target(source)
        if target is None or isinstance(event, NoteOff):
            return None
        value = event.value if isinstance(event, Control) else None
        if target == PRESET:
            return Touch(target, source.number, event.second)
        if target in KNOBS:
            return None if value is None else Touch(target, KNOBS[target].at(value), event.second)
        if target in CHOICES and value is not None:
            return Touch(target, value / _MOST, event.second)
        return Touch(target, None, event.second) if self._pressed(source, value) else None

    def _pressed(self, source: Source, value: int | None) -> bool:
        """Is this where a button goes down? A key and a program always do."""
        was = source in self._down
        if value is not None and value >= _PRESSED:
            self._down.add(source)
        else:
            self._down.discard(source)
        return value is None or (value >= _PRESSED and not was)


class Learner:
    """Waits for the control that is to move `target`."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.learnt: Source | None = None
        self._kinds = (CC,) if target in KNOBS else (CC, NOTE, PROGRAM)
        self._first: dict[tuple[int, Channel | None], int] = {}  # where each controller stood

    def hear(self, event: Event) -> None:
        """The first controller that moves, key that goes down or program that is chosen is it."""
        source = Source.of(event)
        if self.learnt or source.kind not in self._kinds or isinstance(event, NoteOff):
            return
        if isinstance(event, Control):
            first = self._first.setdefault((source.number, source.channel), event.value)
            if abs(event.value - first) < _MOVED:
                return
        self.learnt = source
