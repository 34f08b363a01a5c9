"""Which of JACK's ports the own ones are connected with. Called from the main loop only."""

from __future__ import annotations

import errno
import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

import jack

from improvd.ports.base import Link, Wishes
from improvd.ports.names import PortNames
from improvd.ports.wiring import Wiring

_PRETTY: Final = "http://jackaudio.org/metadata/pretty-name"

log = logging.getLogger(__name__)


class Patchbay:
    """Connects what is wished as it appears. What a user disconnects stays disconnected."""

    def __init__(self, client: Any, wishes: Wishes) -> None:
        self._client, self._wiring = client, Wiring(wishes)
        self._name = wishes.name
        self._hear = [self._own(each.end) for each in wishes.inputs()]
        self._plays = self._own("plays")
        self._known: set[str] = set()  # ports of others that were there at the last look

    def wire(self) -> None:
        """Connect what is wished and has appeared since the last look."""
        heard, played_to = self.wished()
        links = [Link(port, own) for own, ports in heard.items() for port in ports]
        links = [link for link in links if link.source not in self._known]
        links += [Link(self._plays, port) for port in played_to if port not in self._known]
        for link in links:
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
        for own in self._hear:
            links |= {Link(other, own) for other in self._connected(own)}
        return sorted(links)

    def wished(self) -> tuple[dict[str, list[str]], list[str]]:
        """The ports that are there and wished: at each own input, and to be played to."""
        hardware = self.ports(is_output=True, is_physical=True)
        heard = self._wiring.heard(self.ports(is_output=True), hardware)
        played_to = self._wiring.played_to(self.ports(is_input=True))
        return {self._own(end): ports for end, ports in heard.items()}, played_to

    def ports(self, **which: bool) -> list[PortNames]:
        """The MIDI ports of other clients, with all their names."""
        ports = self._client.get_ports(is_midi=True, **which)
        return [_names(port) for port in ports if not self._client.owns(port)]

    def _connected(self, own: str) -> list[str]:
        client = self._client
        return [port.name for port in client.get_all_connections(client.get_port_by_name(own))]

    def _own(self, end: str) -> str:
        return f"{self._name}:{end}"

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
