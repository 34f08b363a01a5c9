"""RtMidi's APIs: how the own ends are named on each, and what can be told of others' ports."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import rtmidi

from improvd.ports.base import NoMidiSystemError
from improvd.ports.names import PortNames
from improvd.ports.quiet import libraries_silenced

_TASKS: Final = Path("/proc/self/task")  # one entry a thread, on Linux
_QUEUE: Final = 4096  # messages that wait for a poll at most


class Api(NamedTuple):
    """In the names, {name} is midi.name and {end} is the own port, as in hears."""

    constant: str  # what python-rtmidi calls it
    client: str
    port: str
    seen: str  # how others see the own port
    virtual: bool  # can it make ports of its own?
    hardware: re.Pattern[str]  # what the names of hardware ports look like, where they tell


_ANY: Final = re.compile("")
APIS: Final = {
    "alsa": Api(
        constant="API_LINUX_ALSA",
        client="{name}",
        port="{name} {end}",
        seen="{name}:{name} {end}",
        virtual=True,
        # Clients 16 to 127 are the kernel's cards; programs count from 128.
        hardware=re.compile(r" (1[6-9]|[2-9]\d|1[01]\d|12[0-7]):\d+$"),
    ),
    "rtmidi-jack": Api(
        constant="API_UNIX_JACK",
        client="{name}-{end}",
        port="{end}",
        seen="{name}-{end}:{end}",
        virtual=True,
        # JACK's own MIDI driver, the bridge a2jmidid, and PipeWire's.
        hardware=re.compile("^(system|a2j|Midi-Bridge):"),
    ),
    "coremidi": Api(
        constant="API_MACOSX_CORE",
        client="{name}",
        port="{name} {end}",
        seen="{name} {end}",
        virtual=True,
        hardware=_ANY,
    ),
    "winmm": Api(
        constant="API_WINDOWS_MM",
        client="{name}",
        port="{name} {end}",
        seen="{name} {end}",
        virtual=False,
        hardware=_ANY,
    ),
}


def new_end(kind: Any, api: Api, name: str, end: str) -> Any:
    """A MidiIn or MidiOut that has no port yet. Raises NoMidiSystemError."""
    constant = getattr(rtmidi, api.constant)
    if constant not in rtmidi.get_compiled_api():
        raise NoMidiSystemError(f"this python-rtmidi knows no {api.constant.removeprefix('API_')}")
    more = {"queue_size_limit": _QUEUE} if kind is rtmidi.MidiIn else {}
    try:
        with libraries_silenced():
            made = kind(rtapi=constant, name=api.client.format(name=name, end=end), **more)
    except rtmidi.SystemError as fault:
        raise NoMidiSystemError(f"RtMidi says: {fault}") from None
    if kind is rtmidi.MidiIn:
        made.ignore_types(timing=False)  # by itself it leaves MIDI clock out
    return made


def look(api: Api) -> tuple[list[str], list[str]]:
    """The ports that play, and those that can be played to. Raises NoMidiSystemError."""
    ends = [new_end(kind, api, "improvd-look", "") for kind in (rtmidi.MidiIn, rtmidi.MidiOut)]
    found = [end.get_ports() for end in ends]
    for end in ends:
        end.delete()
    return found[0], found[1]


def seen(api: Api, name: str, end: str) -> str:
    """How others see an own port."""
    return api.seen.format(name=name, end=end)


def hardware(api: Api, ports: Sequence[PortNames]) -> list[PortNames]:
    """Those that are devices, as far as their names tell."""
    return [port for port in ports if api.hardware.search(port.name)]


def threads() -> int:
    """How many threads this process has; 0 where that is not known.

    RtMidi does not say that jackd died, and once its ring is full its next message never returns.
    But libjack's threads end then.
    """
    return sum(1 for _ in _TASKS.iterdir()) if _TASKS.is_dir() else 0
