"""Ports through python-rtmidi: ALSA, JACK, CoreMIDI, WinMM. Always polled, its API always named.

No Python callback ever runs in the driver's thread: on JACK it would wait there for the
interpreter, and glitch the user's sound. RtMidi writes every message at the start of a period, so
the native `jack` backend keeps time better. On JACK each end is a client, with a name of its own.

ALSA, CoreMIDI and WinMM have not been run where this was written, which has none of them.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import Final

import rtmidi

from improvd.core.units import Seconds
from improvd.errors import PortError
from improvd.ports.base import (
    Hooks,
    Link,
    MidiSystemGoneError,
    NameTakenError,
    Wishes,
)
from improvd.ports.names import PortNames
from improvd.ports.rtmidi_apis import APIS, hardware, new_end, seen, threads
from improvd.ports.rtmidi_input import RtMidiInput
from improvd.ports.wiring import Wiring

_PLAYED: Final = Seconds(0.0005)  # between two polls, while anyone plays
_RESTING: Final = Seconds(0.005)  # after two seconds of quiet: all day long the other is dear
_QUIET: Final = Seconds(2.0)
_LOOK: Final = Seconds(1.0)  # between two looks at which ports there are
_DRAIN: Final = 0.05  # seconds in which the driver takes the last messages: any usual period

log = logging.getLogger(__name__)


class RtMidiPorts:
    """The wished inputs and the output `plays`."""

    lead = lag = Seconds(0.0)
    priority = 60
    xruns = 0

    def __init__(self, backend: str, wishes: Wishes, hooks: Hooks) -> None:
        self._api, self._wishes, self._cycle = APIS[backend], wishes, hooks.cycle
        self._wiring = Wiring(wishes)
        self.hears = seen(self._api, wishes.name, "hears")
        self.plays = seen(self._api, wishes.name, "plays")
        inputs = wishes.inputs()
        self._ins = {each.end: RtMidiInput(self._api, wishes.name, each) for each in inputs}
        self._out = new_end(rtmidi.MidiOut, self._api, wishes.name, "plays")
        self._check_name()
        self._played_to = ""  # the port that the output is connected with
        self._out_open = False
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
        heard = [each for end in self._ins.values() for each in end.take(now)]
        out = self._cycle(heard, now, now)
        for _, data in out if self._out_open else ():
            self._out.send_message(data)
        if heard or out:
            self._busy_until = Seconds(now + _QUIET)

    def connections(self) -> list[Link]:
        """What was connected from here; what others connect cannot be seen through RtMidi."""
        played_to = [Link(self.plays, self._played_to)] if self._played_to else []
        return [link for end in self._ins.values() for link in end.links()] + played_to

    def awaited(self) -> list[Link]:
        """None: what is wished is connected by itself, and nothing else is known."""
        return []

    def restore(self, connections: Sequence[Link]) -> None:
        """Nothing: what is wished is connected by itself, and nothing else is known."""

    def unheard(self) -> bool:
        """Never certain, as others' connections cannot be seen."""
        return False

    def close(self) -> None:
        """Give the driver the time to take the last messages, then leave."""
        time.sleep(_DRAIN)
        self._out.delete()
        for end in self._ins.values():
            end.close()

    def _check_name(self) -> None:
        there = self._ins["hears"].ports() + self._out.get_ports()
        if any(own in port for own in (self.hears, self.plays) for port in there):
            raise NameTakenError(
                f"there are ports named {self._wishes.name!r} already: "
                "stop what owns them, or choose another --name"
            )

    def _open_own(self) -> None:
        wishes = self._wishes
        if not self._api.virtual and "virtual" in wishes[1:]:
            raise PortError(
                "Windows has no virtual MIDI ports: install loopMIDI, and name its ports in "
                "midi.input, midi.output, midi.clock_input and midi.controls_input"
            )
        for end in self._ins.values():
            end.open()
        if wishes.output == "virtual":
            self._out.open_virtual_port(self._port)
            self._out_open = True

    def _look(self) -> None:
        """Connect what is wished and there, let go of what is gone."""
        if threads() < self._threads:
            raise MidiSystemGoneError("the MIDI system went away: its threads have ended")
        ports = self._ins["hears"].ports()
        sources = [PortNames(port) for port in ports if self.plays not in port]
        heard = self._wiring.heard(sources, hardware(self._api, sources))
        for end, wanted in heard.items():
            self._ins[end].connect(set(wanted), ports)
        if self._wishes.output != "virtual":
            self._connect_output(self._out.get_ports())
        self._threads = threads()

    def _connect_output(self, ports: list[str]) -> None:
        found = self._wiring.played_to([PortNames(port) for port in ports])
        name = found[0] if found else ""
        if name == self._played_to:
            return
        self._out.close_port()
        if name:
            self._out.open_port(ports.index(name), self._port)
            log.info("%s is connected with %s", self.plays, name)
        self._played_to, self._out_open = name, bool(name)

    @property
    def _port(self) -> str:
        return self._api.port.format(name=self._wishes.name, end="plays")
