"""What a backend offers, and what would be connected there. Looks, and connects nothing."""

from __future__ import annotations

from typing import NamedTuple

from improvd.ports.base import Wishes
from improvd.ports.names import PortNames
from improvd.ports.opening import load
from improvd.ports.wiring import Wiring


class Survey(NamedTuple):
    """Ports of other programs and devices: those that play, and those that can be played to."""

    sources: list[PortNames]
    sinks: list[PortNames]
    heard: dict[str, list[str]]  # own input port -> the sources it would be connected with
    plays: str  # the own output port
    played_to: list[str]  # the sinks it would be connected with


def survey(backend: str, wishes: Wishes) -> Survey:
    """Look at the ports of `backend`, which is none of "auto" and "memory". Raises PortError."""
    return _jack(wishes) if backend == "jack" else _rtmidi(backend, wishes)


def _jack(wishes: Wishes) -> Survey:
    with load("jack").look() as client:
        patchbay = load("patchbay").Patchbay(client, wishes)
        heard, played_to = patchbay.wished()
        sources, sinks = patchbay.ports(is_output=True), patchbay.ports(is_input=True)
        return Survey(sources, sinks, heard, f"{wishes.name}:plays", played_to)


def _rtmidi(backend: str, wishes: Wishes) -> Survey:
    apis = load("rtmidi_apis")
    api, wiring = apis.APIS[backend], Wiring(wishes)
    sources, sinks = ([PortNames(name) for name in names] for names in apis.look(api))
    heard = wiring.heard(sources, apis.hardware(api, sources))
    return Survey(
        sources,
        sinks,
        {apis.seen(api, wishes.name, end): ports for end, ports in heard.items()},
        apis.seen(api, wishes.name, "plays"),
        wiring.played_to(sinks),
    )
