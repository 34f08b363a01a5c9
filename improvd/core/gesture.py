"""What a hand or foot starts and ends answers with: one controller, key or program."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple, Self

_NOTE_OFF, _NOTE_ON, _CONTROL, _PROGRAM = 0x8, 0x9, 0xB, 0xC  # the upper half of a status
# How each is written, and its numbers (MIDI 1.0, table 3): 64..69 are pedals, and from 120 on
# controllers are channel mode messages.
_KINDS: Final[Mapping[str, tuple[int, range]]] = {
    "cc": (_CONTROL, range(120)),
    "pedal": (_CONTROL, range(64, 70)),
    "note": (_NOTE_ON, range(128)),
    "program": (_PROGRAM, range(128)),
}
_DOWN: Final = 64  # a controller is down from this value on


class Gesture(NamedTuple):
    """Channel messages of this kind with this number as their first data byte."""

    kind: int
    number: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "cc 80", "pedal 66", "note 21" or "program 3". Raises ValueError."""
        found = re.fullmatch(r"(cc|pedal|note|program) (\d{1,3})", text.strip())
        kind, numbers = _KINDS[found[1]] if found else (0, range(0))
        if not found or int(found[2]) not in numbers:
            raise ValueError(text)
        return cls(kind, int(found[2]))

    @property
    def is_key(self) -> bool:
        """Is it one that would sound?"""
        return self.kind == _NOTE_ON

    def knows(self, message: bytes) -> bool:
        """Does this channel message say something of it?"""
        kind = _NOTE_ON if self.is_key and message[0] >> 4 == _NOTE_OFF else message[0] >> 4
        return (kind, message[1]) == self

    def is_down(self, message: bytes) -> bool:
        """After this message of it, is it held? A program is never held."""
        if self.kind == _CONTROL:
            return message[2] >= _DOWN
        return message[0] >> 4 == _NOTE_ON

    def is_pressed(self, message: bytes, *, was_down: bool) -> bool:
        """Is this the message with which it is pressed?"""
        return self.kind == _PROGRAM or (self.is_down(message) and not was_down)
