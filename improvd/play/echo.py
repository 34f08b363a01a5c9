"""Our own output that comes back into the input. Pure: every second is handed in."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import Final

from improvd.core.note import PEDAL_DOWN, SUSTAIN
from improvd.core.units import Channel, Pitch, Seconds
from improvd.ports import wire

WINDOW: Final = Seconds(0.03)  # what comes back within it is an echo; nobody plays that fast
LOOP_ECHOES: Final = 4  # so many echoed notes ...
LOOP_SECONDS: Final = Seconds(2.0)  # ... within so long are no coincidence ...
LOOP_SHARE: Final = 1 / 2  # ... where they are at least this share of the notes sent meanwhile


class EchoWindow:
    """Tells echoes from playing: the same bytes as were sent a moment ago."""

    def __init__(self) -> None:
        self.count = 0  # echoed notes so far
        self._sent = OrderedDict[bytes, Seconds]()  # the newest last
        self._down: set[tuple[Channel, Pitch]] = set()  # keys that only an echo holds
        self._feet: set[Channel] = set()  # pedals that a foot holds
        self._begun = 0  # notes sent so far
        # When each came back, and how many notes had been sent by then:
        self._echoes = deque[tuple[Seconds, int]](maxlen=LOOP_ECHOES)

    def sent(self, second: Seconds, message: bytes) -> None:
        """This went out."""
        self._begun += message[0] & 0xF0 == wire.NOTE_ON
        self._sent[message] = second
        self._sent.move_to_end(message)
        while second - next(iter(self._sent.values())) > WINDOW:
            self._sent.popitem(last=False)

    def is_echo(self, second: Seconds, message: bytes) -> bool:
        """Is this our own? A note-off is what its note-on was."""
        kind, key = message[0] & 0xF0, (wire.channel_of(message), Pitch(message[1]))
        if kind == wire.NOTE_OFF:
            echo = key in self._down
            self._down.discard(key)
            return echo
        sent = self._sent.get(message)
        echo = sent is not None and 0 <= second - sent <= WINDOW
        if kind == wire.NOTE_ON:
            self._note(second, key, echo=echo)
        elif kind == wire.CONTROL and message[1] == SUSTAIN:
            return self._move(key[0], down=message[2] >= PEDAL_DOWN, echo=echo)
        return echo

    def looped(self, second: Seconds) -> bool:
        """Do so many notes come back that the output must be connected with the input?"""
        if len(self._echoes) < LOOP_ECHOES:
            return False
        since, begun = self._echoes[0]
        often = LOOP_SHARE * (self._begun - begun + 1) <= LOOP_ECHOES  # with that one itself
        return often and second - since <= LOOP_SECONDS

    def _move(self, channel: Channel, *, down: bool, echo: bool) -> bool:
        """A pedal that a foot has put down is let up by the foot, whatever was sent just then."""
        foot = channel in self._feet
        if foot and not down:
            self._feet.discard(channel)
            return False
        if down and not echo:
            self._feet.add(channel)
        return echo

    def _note(self, second: Seconds, key: tuple[Channel, Pitch], *, echo: bool) -> None:
        if echo:
            self.count += 1
            self._down.add(key)
            self._echoes.append((second, self._begun))
        else:
            self._down.discard(key)
