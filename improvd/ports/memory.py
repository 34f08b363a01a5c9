"""Ports that are a local SEQPACKET socket: a simulated keyboard and recorder sit at its other end.

A packet is a double, the monotonic second, then the bytes of MIDI; the same in both directions.
"""

from __future__ import annotations

import math
import socket
import struct
from collections.abc import Sequence
from typing import Final

from improvd.core.units import Seconds
from improvd.ports.base import Hooks, Link, Timed

_STAMP: Final = struct.Struct("=d")
_PACKET: Final = 4096  # bytes


def pack(second: Seconds, data: bytes) -> bytes:
    """The packet of these bytes."""
    return _STAMP.pack(second) + data


def unpack(packet: bytes) -> Timed:
    """The second and the bytes of a packet."""
    return Seconds(_STAMP.unpack_from(packet)[0]), packet[_STAMP.size :]


class MemoryPorts:
    """The player's end of the socket."""

    lead = Seconds(0.0)
    xruns = 0
    priority = 60

    def __init__(self, fd: int, name: str, hooks: Hooks) -> None:
        self.hears, self.plays = f"{name}:hears", f"{name}:plays"
        self._socket = socket.socket(fileno=fd)
        self._socket.settimeout(0)
        self._cycle = hooks.cycle
        self._open = True

    def readers(self) -> Sequence[int]:
        """The socket, as long as there is another end."""
        return [self._socket.fileno()] if self._open else []

    def pause(self, now: Seconds) -> Seconds:  # noqa: ARG002 - the same at every moment
        """For ever: the socket says when there is something."""
        return Seconds(math.inf)

    def poll(self, now: Seconds) -> None:
        """Take what was played, send what is due."""
        heard = []
        while packet := self._packet():
            second, data = unpack(packet)
            heard.append((min(second, now), data))
        for second, data in self._cycle(heard, now, now):
            try:
                self._socket.send(pack(second, data))
            except OSError:
                continue  # the recorder does not read, or has gone: as a cable that is pulled

    def connections(self) -> list[Link]:
        """The two ends of the socket."""
        return [Link("keyboard", self.hears), Link(self.plays, "recorder")]

    def restore(self, connections: Sequence[Link]) -> None:
        """Nothing: the socket cannot be connected otherwise."""

    def unheard(self) -> bool:
        """Never: somebody made the socket."""
        return False

    def close(self) -> None:
        """Leave; what was sent waits in the socket."""
        self._socket.close()

    def _packet(self) -> bytes:
        try:
            packet = self._socket.recv(_PACKET) if self._open else b""
        except BlockingIOError:
            return b""
        except ConnectionError:
            packet = b""
        self._open = len(packet) >= _STAMP.size
        return packet if self._open else b""
