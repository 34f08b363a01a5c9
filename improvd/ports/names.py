"""Which port is meant: names as users write them, and what a keyboard is. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

# ALSA's client and port numbers change with every plug: "Keystation MIDI 1 20:0", and in JACK
# "a2j:Keystation [20] (capture): Keystation MIDI 1".
_NUMBERS: Final = re.compile(r"\s+\d+:\d+$|\s*\[\d+\]")
# Not somebody's keys: the kernel's loop-through, and the ports by which a keyboard's faders and
# pads talk to a DAW.
_NO_KEYBOARD: Final = re.compile(
    r"midi.through|\b(daw|mcu|hui|mackie|control.surface|incontrol)\b", re.IGNORECASE
)


class PortNames(NamedTuple):
    """A port: the name that connects it, and what else it is called (aliases, a pretty name)."""

    name: str
    others: tuple[str, ...] = ()

    def all(self) -> Iterable[str]:
        """All its names; without the client's part as well."""
        for name in (self.name, *self.others):
            yield name
            yield name.partition(":")[2] or name


def is_keyboard(port: PortNames) -> bool:
    """May a musician sit at it, by its names? Whether it is hardware only the backend knows."""
    return not any(_NO_KEYBOARD.search(name) for name in port.all())


def find(wanted: str, ports: Sequence[PortNames]) -> PortNames | None:
    """The port that `wanted` names: exactly, else as a part of a name, keyboards first.

    Case and ALSA's numbers do not matter.
    """
    key = _plain(wanted)
    keyboards_first = sorted(ports, key=lambda port: not is_keyboard(port))
    for fits in (key.__eq__, lambda name: key in name):
        if found := _first(keyboards_first, fits):
            return found
    return None


def find_again(name: str, ports: Iterable[PortNames]) -> str | None:
    """The name that the port `name` has now: ALSA's numbers may be others."""
    plain = _plain(name)
    return next((port.name for port in ports if _plain(port.name) == plain), None)


def _first(ports: Iterable[PortNames], fits: Callable[[str], bool]) -> PortNames | None:
    return next((port for port in ports if any(fits(_plain(name)) for name in port.all())), None)


def _plain(name: str) -> str:
    return _NUMBERS.sub("", name).strip().casefold()
