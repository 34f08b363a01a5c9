"""From a backend's name to open ports. Imports a backend only when it is wanted."""

from __future__ import annotations

import logging
from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

from improvd.errors import PortError
from improvd.ports.base import Backend, Hooks, NoMidiSystemError, Wishes
from improvd.ports.memory import MemoryPorts

AUTO: Final = ("jack", "alsa", "rtmidi-jack", "coremidi", "winmm")  # tried in this order
CURE: Final = (
    "start jackd, or PipeWire with pipewire-jack, or load the kernel module snd-seq; then try again"
)

log = logging.getLogger(__name__)


def open_ports(
    backend: str, wishes: Wishes, hooks: Hooks, memory_fd: int | None = None
) -> tuple[str, Backend]:
    """Open the ports of `backend`; "auto" is the first that works. Its name, and the ports.

    Raises PortError, NoMidiSystemError and NameTakenError.
    """
    if backend == "memory":
        return backend, _memory(wishes, hooks, memory_fd)
    if backend != "auto":
        return backend, _OPEN[backend](backend, wishes, hooks)
    for name in AUTO:
        try:
            ports = _OPEN[name](name, wishes, hooks)
        except NoMidiSystemError as fault:
            log.debug("%s: %s", name, fault)
        else:
            log.info("using the %s backend", name)
            return name, ports
    raise NoMidiSystemError(f"no MIDI system is running here: {CURE}")


def _memory(wishes: Wishes, hooks: Hooks, fd: int | None) -> Backend:
    if fd is None:
        raise PortError("the memory ports belong to improvd jam: choose another midi.backend")
    return MemoryPorts(fd, wishes, hooks)


def _jack(_: str, wishes: Wishes, hooks: Hooks) -> Backend:
    ports: Backend = load("jack").JackPorts(wishes, hooks)
    return ports


def _rtmidi(name: str, wishes: Wishes, hooks: Hooks) -> Backend:
    ports: Backend = load("rtmidi").RtMidiPorts(name, wishes, hooks)
    return ports


def load(module: str) -> Any:
    """A module of this package that needs a library. Raises NoMidiSystemError."""
    try:
        return import_module(f"improvd.ports.{module}")
    except (ImportError, OSError) as fault:  # JACK-Client finds no libjack, rtmidi no libasound
        raise NoMidiSystemError(f"a library is missing: {fault}") from None


_OPEN: Final[dict[str, Callable[[str, Wishes, Hooks], Backend]]] = {
    "jack": _jack,
    "alsa": _rtmidi,
    "rtmidi-jack": _rtmidi,
    "coremidi": _rtmidi,
    "winmm": _rtmidi,
}
