"""What a backend offers, and what would be connected there. Looks, and connects nothing."""

from __future__ import annotations

from typing import NamedTuple

from improvd.ports.base import Wishes
from improvd.ports.names import PortNames
from improvd.ports.opening import load


class Survey(NamedTuple):
    """Ports of other programs and devices: those that play, and those that can be played to."""

    sources: list[PortNames]
    sinks: list[PortNames]
    heard: list[str]  # of the sources: would be connected with the own input
    played_to: list[str]  # of the sinks: with the own output


def survey(backend: str, wishes: Wishes) -> Survey:
    """Look at the ports of `backend`, which is none of "auto" and "memory". Raises PortError."""
    return _jack(wishes) if backend == "jack" else _rtmidi(backend, wishes)


def _jack(wishes: Wishes) -> Survey:
    with load("jack").look() as client:
        patchbay = load("patchbay").Patchbay(client, wishes, "", "")
        heard, played_to = patchbay.wished()
        return Survey(
            patchbay.ports(is_output=True),
            patchbay.ports(is_input=True),
            [port.name for port in heard],
            [port.name for port in played_to],
        )


def _rtmidi(backend: str, wishes: Wishes) -> Survey:
    apis = load("rtmidi_apis")
    api = apis.APIS[backend]
    sources, sinks = apis.look(api)
    played_to = "" if wishes.output == "virtual" else apis.named(wishes.output, sinks)
    return Survey(
        [PortNames(name) for name in sources],
        [PortNames(name) for name in sinks],
        sorted(apis.keyboards(api, wishes.input, sources)),
        [played_to] if played_to else [],
    )
