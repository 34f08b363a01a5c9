"""Which of JACK's ports the own ones are connected with. Called from the main loop only."""

from __future__ import annotations

import errno
import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

import jack

from improvd.ports.base import Link, Wishes
from improvd.ports.names import PortNames, find, is_keyboard

_PRETTY: Final = "http://jackaudio.org/metadata/pretty-name"

log = logging.getLogger(__name__)


class Patchbay:
    """Connects what is wished as it appears. What a user disconnects stays disconnected."""

    def __init__(
        self, client: Any, wishes: Wishes, hears: str, plays: str, clock: str | None = None
    ) -> None:
        self._client, self._wishes = client, wishes
        self._hears, self._plays, self._clock = hears, plays, clock
        self._known: set[str] = set()  # ports that were there at the last look
        self._missed: set[str] = set()  # names that were said to be absent

    def wire(self) -> None:
        """Connect what is wished and has appeared since the last look."""
        sources, sinks = self.wished()
        wanted = [(port, Link(port.name, self._hears)) for port in sources]
        wanted += [(port, Link(self._plays, port.name)) for port in sinks]
        if self._clock and self._wishes.clock != "virtual":
            clocks = self._find([self._wishes.clock], self.ports(is_output=True))
            wanted += [(port, Link(port.name, self._clock)) for port in clocks]
        for port, link in wanted:
            if port.name not in self._known:
                self._connect(link)
        self._known = {port.name for port in self.ports()}

    def restore(self, connections: Sequence[Link]) -> None:
        """Connect exactly these."""
        for link in set(self.links()) - set(connections):
            with suppress(jack.JackErrorCode):  # one of them has gone meanwhile
                self._client.disconnect(*link)
        for link in connections:
            self._connect(link)
        self._known = {port.name for port in self.ports()}

    def links(self) -> list[Link]:
        """All connections of the own ports."""
        links = {Link(self._plays, other) for other in self._connected(self._plays)}
        for own in (self._hears, *([self._clock] if self._clock else [])):
            links |= {Link(other, own) for other in self._connected(own)}
        return sorted(links)

    def wished(self) -> tuple[list[PortNames], list[PortNames]]:
        """The ports that are there and wished: to be heard, and to be played to."""
        wanted, output = self._wishes.input, self._wishes.output
        sinks = [] if output == "virtual" else self._find([output], self.ports(is_input=True))
        if wanted == "virtual":
            return [], sinks
        if wanted == "auto":
            hardware = self.ports(is_output=True, is_physical=True)
            return [port for port in hardware if is_keyboard(port)], sinks
        return self._find(wanted, self.ports(is_output=True)), sinks

    def ports(self, **which: bool) -> list[PortNames]:
        """The MIDI ports of other clients, with all their names."""
        ports = self._client.get_ports(is_midi=True, **which)
        return [_names(port) for port in ports if not self._client.owns(port)]

    def _connected(self, own: str) -> list[str]:
        client = self._client
        return [port.name for port in client.get_all_connections(client.get_port_by_name(own))]

    def _find(self, wanted: Sequence[str], ports: Sequence[PortNames]) -> list[PortNames]:
        found = {name: find(name, ports) for name in wanted}
        for name in [name for name, port in found.items() if not port]:
            if name not in self._missed:
                self._missed.add(name)
                log.info("there is no port %r yet: waiting for it", name)
        return [port for port in found.values() if port]

    def _connect(self, link: Link) -> None:
        try:
            self._client.connect(*link)
        except jack.JackErrorCode as fault:
            if fault.code != errno.EEXIST:
                log.warning("%s cannot be connected with %s: one of them is gone", *link)
        else:
            log.info("%s is connected with %s", *link)


def _names(port: Any) -> PortNames:
    pretty = jack.get_property(port.uuid, _PRETTY)
    return PortNames(port.name, (*port.aliases, *([pretty[0].decode()] if pretty else [])))
