"""All clocks of the player: those that it hears, and the one that it sends. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from improvd.core.tempo import Tempo
from improvd.core.units import Seconds
from improvd.play.clock import Clock
from improvd.play.clock_out import ClockOut
from improvd.play.jack_clock import JackClock
from improvd.play.midi_clock import MidiClock
from improvd.play.transport import Transport
from improvd.ports.base import Place, Timed

NO_LAG: Final = Seconds(0.0)


class Clocks:
    """Tells what the clocks outside say; sends what the transport says, if that is wished."""

    def __init__(self, transport: Transport, *, send: bool, lag: Seconds = NO_LAG) -> None:
        """`lag`: how late MIDI clock is heard."""
        self._transport = transport
        self._midi = MidiClock()
        self._jack = JackClock(transport.tempo.bpm)
        self._out = ClockOut() if send else None
        self._lag = lag
        self._place: Place | None = None

    @property
    def sends(self) -> bool:
        """Does a clock go out?"""
        return self._out is not None

    def place(self, place: Place) -> None:
        """JACK's transport is here now."""
        self._place = place

    def resume(self, line: Tempo) -> None:
        """MIDI clock ran on this line before it was heard here."""
        self._midi.resume(line)

    def slip(self, seconds: Seconds) -> None:
        """JACK has lost the frames of so long, and with them whoever plays by its frames."""
        self._midi.slip(seconds)

    def hear(self, second: Seconds, message: bytes) -> Clock:
        """What MIDI clock says after this message; our own start, come back, is not heard."""
        if not (self._out and self._out.is_echo(second, message)):
            self._midi.hear(Seconds(second - self._lag), message)
        return self._midi.at(Seconds(second - self._lag))

    def at(self, now: Seconds) -> Iterator[Clock]:
        """What all of them say now."""
        yield self._midi.at(Seconds(now - self._lag))
        if self._place:
            yield self._jack.at(self._place)

    def send(self, start: Seconds, end: Seconds) -> Iterator[Timed]:
        """What goes out from `start` to `end`, by second."""
        if self._out:
            yield from self._out.until(end, start, self._transport.tempo, self._transport.grid)

    def stop(self, now: Seconds) -> Iterator[Timed]:
        """Send nothing more."""
        if self._out:
            yield from self._out.stop(now)
        self._out = None

    def next_pulse(self) -> Seconds:
        """When the next pulse that goes out is due."""
        return self._out.due(self._transport.tempo) if self._out else Seconds(math.inf)
