"""Seconds <-> beats, and the grid of beats and bars. The only conversions in the program."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Self

from improvd.core.units import Beats, Bpm, Seconds

_JUST_PAST = 1e-6  # beats: rounding of a conversion there and back, never a musical distance


@dataclass(frozen=True, slots=True)
class Tempo:
    """A steady tempo through one point: beat `anchor_beat` falls on second `anchor_second`."""

    bpm: Bpm
    anchor_second: Seconds = Seconds(0.0)
    anchor_beat: Beats = Beats(0.0)

    def beat_at(self, second: Seconds) -> Beats:
        """The beat that falls on `second`."""
        return Beats(self.anchor_beat + (second - self.anchor_second) * self.bpm / 60.0)

    def second_at(self, beat: Beats) -> Seconds:
        """The second that `beat` falls on."""
        return Seconds(self.anchor_second + (beat - self.anchor_beat) * 60.0 / self.bpm)

    def seconds(self, beats: Beats) -> Seconds:
        """How long `beats` last."""
        return Seconds(beats * 60.0 / self.bpm)

    def beats(self, seconds: Seconds) -> Beats:
        """How many beats `seconds` hold."""
        return Beats(seconds * self.bpm / 60.0)


@dataclass(frozen=True, slots=True)
class Meter:
    """A time signature; its bar is measured in beats (quarter notes)."""

    count: int = 4
    unit: int = 4

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "4/4". Raises ValueError: 1..32 over 1, 2, 4, 8, 16 or 32."""
        found = re.fullmatch(r"(\d{1,2})/(\d{1,2})", text.strip())
        count, unit = (int(found[1]), int(found[2])) if found else (0, 0)
        if not 1 <= count <= 32 or unit not in (1, 2, 4, 8, 16, 32):
            message = f'{text!r} is no meter: 1..32 over 1, 2, 4, 8, 16 or 32, for example "4/4"'
            raise ValueError(message)
        return cls(count, unit)

    @property
    def bar(self) -> Beats:
        """The length of one bar."""
        return Beats(self.count * 4.0 / self.unit)

    def __str__(self) -> str:
        return f"{self.count}/{self.unit}"


def next_line(beat: Beats, spacing: Beats) -> Beats:
    """The first multiple of `spacing` that is not before `beat` (rounding errors forgiven)."""
    return Beats(math.ceil(beat / spacing - _JUST_PAST) * spacing)
