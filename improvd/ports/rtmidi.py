"""Ports through python-rtmidi: ALSA, JACK, CoreMIDI, WinMM. Always polled, its API always named.

No Python callback ever runs in the driver's thread: on JACK it would wait there for the
interpreter, and glitch the user's sound. RtMidi writes every message at the start of a period, so
the native `jack` backend keeps time better. On JACK the two ends are two clients, of two names.

ALSA, CoreMIDI and WinMM have not been run where this was written, which has none of them.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import rtmidi

from improvd.core.units import Seconds
from improvd.errors import PortError
from improvd.ports import wire
from improvd.ports.base import (
    Hooks,
    Link,
    MidiSystemGoneError,
    NameTakenError,
    Wishes,
)
from improvd.ports.rtmidi_apis import APIS, keyboards, named, new_end, threads

_PLAYED: Final = Seconds(0.0005)  # between two polls, while anyone plays
_RESTING: Final = Seconds(0.005)  # after two seconds of quiet: all day long the other is dear
_QUIET: Final = Seconds(2.0)
_LOOK: Final = Seconds(1.0)  # between two looks at which ports there are
_DRAIN: Final = 0.05  # seconds in which the driver takes the last messages: any usual period

log = logging.getLogger(__name__)


class RtMidiPorts:
    """The own two ends, one more for each keyboard that is connected, and one for a clock."""

    lead = Seconds(0.0)
    priority = 60
    xruns = 0

    def __init__(self, backend: str, wishes: Wishes, hooks: Hooks) -> None:
        self._api, self._wishes, self._cycle = APIS[backend], wishes, hooks.cycle
        self.hears = self._api.seen.format(name=wishes.name, end="hears")
        self.plays = self._api.seen.format(name=wishes.name, end="plays")
        self._in = new_end(rtmidi.MidiIn, self._api, wishes.name, "hears")
        self._out = new_end(rtmidi.MidiOut, self._api, wishes.name, "plays")
        apart = wishes.clock != "input"
        self._clock = new_end(rtmidi.MidiIn, self._api, wishes.name, "clock") if apart else None
        self._clock_from = ""  # the port that it is connected with
        self._check_name()
        self._keyboards: dict[str, Any] = {}  # ends, by the port that each is connected with
        self._played_to = ""  # the port that the output is connected with
        self._out_open = False
        self._missed: set[str] = set()  # names that were said to be absent
        self._busy_until = self._look_at = Seconds(0.0)
        self._open_own()
        self._threads = threads()

    def readers(self) -> Sequence[int]:
        """None: it is polled."""
        return ()

    def pause(self, now: Seconds) -> Seconds:
        """Short while anyone plays."""
        return _PLAYED if now < self._busy_until else _RESTING

    def poll(self, now: Seconds) -> None:
        """One cycle, and once a second a look at which ports there are."""
        if now >= self._look_at:
            self._look_at = Seconds(now + _LOOK)
            self._look()
        ends = (self._in, *self._keyboards.values())
        heard = [(now, data) for end in ends for data in _messages(end)]
        if self._clock:
            heard = wire.merged(heard, [(now, data) for data in _messages(self._clock)])
        out = self._cycle(heard, now, now)
        for _, data in out if self._out_open else ():
            self._out.send_message(data)
        if heard or out:
            self._busy_until = Seconds(now + _QUIET)

    def connections(self) -> list[Link]:
        """What was connected from here; what others connect cannot be seen through RtMidi."""
        played_to = [Link(self.plays, self._played_to)] if self._played_to else []
        clock = self._api.seen.format(name=self._wishes.name, end="clock")
        heard = [Link(name, self.hears) for name in self._keyboards]
        heard += [Link(self._clock_from, clock)] if self._clock_from else []
        return [*heard, *played_to]

    def restore(self, connections: Sequence[Link]) -> None:
        """Nothing: what is wished is connected by itself, and nothing else is known."""

    def unheard(self) -> bool:
        """Never certain, as others' connections cannot be seen."""
        return False

    def close(self) -> None:
        """Give the driver the time to take the last messages, then leave."""
        time.sleep(_DRAIN)
        for end in (self._out, self._in, self._clock, *self._keyboards.values()):
            if end:
                end.delete()

    def _check_name(self) -> None:
        seen = self._in.get_ports() + self._out.get_ports()
        if any(own in port for own in (self.hears, self.plays) for port in seen):
            raise NameTakenError(
                f"there are ports named {self._wishes.name!r} already: "
                "stop what owns them, or choose another --name"
            )

    def _open_own(self) -> None:
        wishes, api = self._wishes, self._api
        if not api.virtual and "virtual" in (wishes.input, wishes.output, wishes.clock):
            raise PortError(
                "Windows has no virtual MIDI ports: install loopMIDI, and name its ports in "
                "midi.input, midi.output and midi.clock_input"
            )
        if api.virtual:
            self._in.open_virtual_port(self._port("hears"))
        if self._clock and wishes.clock == "virtual":
            self._clock.open_virtual_port(self._port("clock"))
        if wishes.output == "virtual":
            self._out.open_virtual_port(self._port("plays"))
            self._out_open = True

    def _look(self) -> None:
        """Connect what is wished and there, let go of what is gone."""
        if threads() < self._threads:
            raise MidiSystemGoneError("the MIDI system went away: its threads have ended")
        sources = [port for port in self._in.get_ports() if self.plays not in port]
        self._connect_keyboards(sources)
        self._connect_clock(sources)
        if self._wishes.output != "virtual":
            self._connect_output(self._out.get_ports())
        self._threads = threads()

    def _connect_keyboards(self, ports: list[str]) -> None:
        found = keyboards(self._api, self._wishes.input, ports)
        if not isinstance(self._wishes.input, str):
            self._say_missing(name for name in self._wishes.input if not named(name, ports))
        for name in self._keyboards.keys() - found:
            self._keyboards.pop(name).delete()
        for name in found - self._keyboards.keys():
            end = new_end(rtmidi.MidiIn, self._api, self._wishes.name, "hears")
            end.open_port(ports.index(name), self._port("hears"))
            self._keyboards[name] = end
            log.info("%s is connected with %s", name, self.hears)

    def _connect_clock(self, ports: list[str]) -> None:
        if not self._clock or self._wishes.clock == "virtual":
            return
        name = named(self._wishes.clock, ports) or ""
        self._say_missing([] if name else [self._wishes.clock])
        if name == self._clock_from:
            return
        self._clock.close_port()
        if name:
            self._clock.open_port(ports.index(name), self._port("clock"))
            log.info("%s is connected as the clock", name)
        self._clock_from = name

    def _connect_output(self, ports: list[str]) -> None:
        name = named(self._wishes.output, ports) or ""
        self._say_missing([] if name else [self._wishes.output])
        if name == self._played_to:
            return
        self._out.close_port()
        if name:
            self._out.open_port(ports.index(name), self._port("plays"))
            log.info("%s is connected with %s", self.plays, name)
        self._played_to, self._out_open = name, bool(name)

    def _port(self, end: str) -> str:
        return self._api.port.format(name=self._wishes.name, end=end)

    def _say_missing(self, names: Iterable[str]) -> None:
        for name in set(names) - self._missed:
            self._missed.add(name)
            log.info("there is no port %r yet: waiting for it", name)


def _messages(end: Any) -> Iterator[bytes]:
    while message := end.get_message():
        yield bytes(message[0])
