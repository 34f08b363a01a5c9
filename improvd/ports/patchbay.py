"""Which of JACK's ports the own ones are connected with. Called from the main loop only.

What is wished is connected when it appears. What a user disconnects stays disconnected; what was
connected with a port that has gone is connected again when that returns.
"""

from __future__ import annotations

import errno
import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

import jack

from improvd.ports.base import Link, Wishes
from improvd.ports.names import PortNames, find_again
from improvd.ports.wiring import Wiring

_PRETTY: Final = "http://jackaudio.org/metadata/pretty-name"

log = logging.getLogger(__name__)


class Patchbay:
    """`look` at each change, `wire` when nothing has changed for a while.

    Only then it is certain whether a connection was taken away, or went with its port.
    """

    def __init__(self, client: Any, wishes: Wishes) -> None:
        self._client, self._wiring = client, Wiring(wishes)
        self._name = wishes.name
        self._hear = [self._own(each.end) for each in wishes.inputs()]
        self._plays = self._own("plays")
        self.links: list[Link] = []  # all connections of the own ports
        self._settled: set[Link] = set()  # those when nothing had changed for a while
        self._known: dict[str, int] = {}  # ports that were there then, and still are, by uuid
        self._gone: set[str] = set()  # those that went since then
        self._lost: set[Link] = set()  # went with a port, and are made again when it returns

    @property
    def awaited(self) -> list[Link]:
        """The connections that are made again when their ports return.

        Those that have just gone may be of them.
        """
        return sorted(self._lost | (self._settled - set(self.links)))

    def look(self) -> None:
        """What is connected now, and which ports have gone?"""
        there, known = self._there(), self._known
        self._known = {name: port for name, port in known.items() if there.get(name) == port}
        self._gone |= known.keys() - self._known.keys()
        self.links = self._links()

    def wire(self) -> bool:
        """Connect what is wished and has appeared, and what has returned.

        False: a port is there, but not yet to be connected, as its client is only starting.
        """
        self.look()
        went = self._settled - set(self.links)
        self._lost |= {link for link in went if not self._gone.isdisjoint(link)}
        there = self._there()
        failed = self._make(self._wanted(there.keys() - self._known.keys()))
        # What has come meanwhile is still new, and so is what could not be connected.
        self._known = _but(there, failed)
        return not failed

    def restore(self, connections: Sequence[Link]) -> None:
        """Connect exactly these; those whose ports are not there, when they come."""
        for link in set(self._links()) - set(connections):
            with suppress(jack.JackErrorCode):  # one of them has gone meanwhile
                self._client.disconnect(*link)
        self.links = self._links()
        self._lost, there = set(connections), self._there()
        failed = self._make(self._returned(self.ports()))
        self._known = _but(there, failed)

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

    def _there(self) -> dict[str, int]:
        """By name: to ask for all that a port is called takes the server long.

        A client may come back under its name before PipeWire has said that it went; its port is
        another one then.
        """
        return {port.name: port.uuid for port in self._client.get_ports(is_midi=True)}

    def _wanted(self, new: set[str]) -> list[Link]:
        """What is to be connected with these."""
        if not new:
            return []
        ports = [port for port in self.ports() if port.name in new]
        return [*self._wished_of(new), *self._returned(ports)]

    def _wished_of(self, new: set[str]) -> list[Link]:
        heard, played_to = self.wished()
        links = [Link(port, own) for own, ports in heard.items() for port in ports]
        links += [Link(self._plays, port) for port in played_to]
        return [link for link in links if not new.isdisjoint(link)]

    def _returned(self, ports: Sequence[PortNames]) -> list[Link]:
        """What was lost with one of these ports, as it is called now; it is lost no longer."""
        links = []
        for lost in sorted(self._lost):
            plays = lost.source == self._plays
            if found := find_again(lost.sink if plays else lost.source, ports):
                links.append(Link(lost.source, found) if plays else Link(found, lost.sink))
                self._lost.discard(lost)
        return links

    def _make(self, links: Sequence[Link]) -> set[Link]:
        """Connect these, which the server may show only in a cycle or two; those that failed."""
        failed = {link for link in dict.fromkeys(links) if not self._connect(link)}
        self._settled = {*self.links, *links} - failed
        self._lost = (self._lost | failed) - self._settled
        self._gone.clear()
        return failed

    def _links(self) -> list[Link]:
        links = {Link(self._plays, other) for other in self._connected(self._plays)}
        for own in self._hear:
            links |= {Link(other, own) for other in self._connected(own)}
        return sorted(links)

    def _connected(self, own: str) -> list[str]:
        client = self._client
        return [port.name for port in client.get_all_connections(client.get_port_by_name(own))]

    def _own(self, end: str) -> str:
        return f"{self._name}:{end}"

    def _connect(self, link: Link) -> bool:
        try:
            self._client.connect(*link)
        except jack.JackErrorCode as fault:
            if fault.code != errno.EEXIST:
                log.debug("%s cannot be connected with %s now", *link)
                return False
        else:
            log.info("%s is connected with %s", *link)
        return True


def _but(ports: dict[str, int], failed: set[Link]) -> dict[str, int]:
    left_out = set().union(*failed)
    return {name: port for name, port in ports.items() if name not in left_out}


def _names(port: Any) -> PortNames:
    pretty = jack.get_property(port.uuid, _PRETTY)
    return PortNames(port.name, (*port.aliases, *([pretty[0].decode()] if pretty else [])))
