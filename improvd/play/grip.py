"""What is down of all that is heard as playing: keys and sustain pedals. Knows no port."""

from __future__ import annotations

from collections.abc import Iterator

from improvd.core.note import PEDAL_DOWN, SUSTAIN
from improvd.core.units import Channel, Pitch
from improvd.ports import wire


class Grip:
    """The hands and the foot, by what was heard of them."""

    def __init__(self) -> None:
        self.keys: set[tuple[Channel, Pitch]] = set()
        self.pedals: set[Channel] = set()

    def hear(self, status: int, number: int, value: int) -> None:
        """A key or a pedal moves; all else moves neither."""
        channel = Channel((status & 0x0F) + 1)
        match status & 0xF0:
            case wire.NOTE_ON:
                self.keys.add((channel, Pitch(number)))
            case wire.NOTE_OFF:
                self.keys.discard((channel, Pitch(number)))
            case wire.CONTROL if number == SUSTAIN:
                (self.pedals.add if value >= PEDAL_DOWN else self.pedals.discard)(channel)

    def owed(self) -> Iterator[bytes]:
        """What would let go of all of it."""
        yield from [wire.note_off(*key) for key in sorted(self.keys)]
        yield from [wire.control(channel, SUSTAIN, 0) for channel in sorted(self.pedals)]
