"""What a hand can move: a controller, a key or a program change, on one channel or on any.

Written "cc 1", "note 21", "program 3", with " ch 16" behind it where only that channel is meant.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple, Self, TypeVar

from improvd.core.note import Control, Event, NoteOff, NoteOn, Program
from improvd.core.units import CHANNELS, Channel

CC: Final = "cc"
NOTE: Final = "note"
PROGRAM: Final = "program"
NUMBERS: Final = range(128)  # of each kind, as they are sent
_WRITTEN: Final = re.compile(rf"({CC}|{NOTE}|{PROGRAM}) (\d+)(?: ch (\d+))?")

Of = TypeVar("Of")


class Source(NamedTuple):
    """`channel` is None where it may come on any."""

    kind: str  # CC, NOTE or PROGRAM
    number: int
    channel: Channel | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "cc 80 ch 16". Raises ValueError beyond 0..127, channel 1..16 and these kinds."""
        if not (found := _WRITTEN.fullmatch(text.strip())):
            raise ValueError(text)
        number, channel = int(found[2]), Channel(int(found[3])) if found[3] else None
        if number not in NUMBERS or channel not in (None, *CHANNELS):
            raise ValueError(text)
        return cls(found[1], number, channel)

    @classmethod
    def of(cls, event: Event) -> Self:
        """Where this event comes from, with its channel. A key that is let go is that key."""
        match event:
            case Control(_, channel, number):
                return cls(CC, number, channel)
            case NoteOn(_, channel, pitch) | NoteOff(_, channel, pitch):
                return cls(NOTE, pitch, channel)
            case Program(_, channel, number):
                return cls(PROGRAM, number, channel)

    def found_in(self, table: Mapping[Source, Of]) -> Of | None:
        """What a table has for it: for its own channel, else for any."""
        found = table.get(self)
        return table.get(self._replace(channel=None)) if found is None else found

    def __str__(self) -> str:
        text = f"{self.kind} {self.number}"
        return text if self.channel is None else f"{text} ch {self.channel}"
