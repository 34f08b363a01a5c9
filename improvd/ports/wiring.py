"""Which ports of others the own ones are to be connected with. Knows names only, and no library."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from improvd.ports.base import Wishes
from improvd.ports.names import PortNames, find, is_keyboard

log = logging.getLogger(__name__)


class Wiring:
    """What is wished, held against what is there; says once of each name that it is missing."""

    def __init__(self, wishes: Wishes) -> None:
        self._wishes = wishes
        self._missed: set[str] = set()

    def heard(
        self, sources: Sequence[PortNames], hardware: Iterable[PortNames]
    ) -> dict[str, list[str]]:
        """Own input port -> what it is to be connected with. `hardware`: which sources are devices.

        "auto" leaves out what is named as a device of controls: what has no keys is no keyboard.
        """
        inputs = self._wishes.inputs()
        found = {
            each.end: self._found(each.wanted, sources)
            for each in inputs
            if not isinstance(each.wanted, str)
        }
        controls = found.get("controls", [])
        keyboards = [port.name for port in hardware if is_keyboard(port)]
        auto = [name for name in keyboards if name not in controls]
        return {
            each.end: found.get(each.end, auto if each.wanted == "auto" else []) for each in inputs
        }

    def played_to(self, sinks: Sequence[PortNames]) -> list[str]:
        """What the output is to be connected with: one port at most."""
        output = self._wishes.output
        return [] if output == "virtual" else self._found([output], sinks)

    def _found(self, wanted: Iterable[str], ports: Sequence[PortNames]) -> list[str]:
        found = {name: find(name, ports) for name in wanted}
        for name in [name for name, port in found.items() if not port]:
            if name not in self._missed:
                self._missed.add(name)
                log.info("there is no port %r yet: waiting for it", name)
        return [port.name for port in found.values() if port]
