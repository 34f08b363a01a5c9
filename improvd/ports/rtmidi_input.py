"""One own input through python-rtmidi: a virtual port, and an end for each port that it hears."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Any

import rtmidi

from improvd.core.units import Seconds
from improvd.ports.base import Incoming, Input, Link
from improvd.ports.rtmidi_apis import Api, new_end, seen

log = logging.getLogger(__name__)


class RtMidiInput:
    """Others may connect themselves with the virtual port, where the system has such ports."""

    def __init__(self, api: Api, name: str, wish: Input) -> None:
        self.seen = seen(api, name, wish.end)
        self._api, self._name, self._wish = api, name, wish
        self._own = self._new_end()
        self._connected: dict[str, Any] = {}  # ends, by the port that each is connected with

    def open(self) -> None:
        """Make the virtual port."""
        if self._api.virtual:
            self._own.open_virtual_port(self._port)

    def ports(self) -> list[str]:
        """Those of others that can be heard."""
        names: list[str] = self._own.get_ports()
        return names

    def connect(self, wanted: set[str], ports: Sequence[str]) -> None:
        """Hear these of `ports`, and no others."""
        for name in self._connected.keys() - wanted:
            self._connected.pop(name).delete()
        for name in wanted - self._connected.keys():
            end = self._new_end()
            end.open_port(ports.index(name), self._port)
            self._connected[name] = end
            log.info("%s is connected with %s", name, self.seen)

    def take(self, now: Seconds) -> Iterator[Incoming]:
        """What has come in."""
        for end in (self._own, *self._connected.values()):
            while message := end.get_message():
                yield Incoming(now, bytes(message[0]), self._wish.roles)

    def links(self) -> list[Link]:
        """What was connected from here."""
        return [Link(name, self.seen) for name in self._connected]

    def close(self) -> None:
        """Leave."""
        for end in (self._own, *self._connected.values()):
            end.delete()

    @property
    def _port(self) -> str:
        return self._api.port.format(name=self._name, end=self._wish.end)

    def _new_end(self) -> Any:
        return new_end(rtmidi.MidiIn, self._api, self._name, self._wish.end)
