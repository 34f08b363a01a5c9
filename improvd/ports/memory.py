"""Ports that are a local SEQPACKET socket: a simulated keyboard and recorder sit at its other end.

A packet is a double, the monotonic second, then the number of the player's port, then the bytes of
MIDI; the same in both directions.
"""

from __future__ import annotations

import math
import socket
import struct
from collections.abc import Sequence
from typing import Final

from improvd.core.units import Seconds
from improvd.ports.base import Hooks, Incoming, Link, Timed, Wishes

_STAMP: Final = struct.Struct("=dB")
_ENDS: Final = ("plays", "hears", "clock", "controls")
_PACKET: Final = 4096  # bytes


def pack(second: Seconds, data: bytes, end: str = "hears") -> bytes:
    """The packet of these bytes, to or from this port of the player."""
    return _STAMP.pack(second, _ENDS.index(end)) + data


def unpack(packet: bytes) -> Timed:
    """The second and the bytes of a packet."""
    return Seconds(_STAMP.unpack_from(packet)[0]), packet[_STAMP.size :]


class MemoryPorts:
    """The player's end of the socket."""

    lead = lag = Seconds(0.0)
    xruns = 0
    priority = 60

    def __init__(self, fd: int, wishes: Wishes, hooks: Hooks) -> None:
        self.hears, self.plays = f"{wishes.name}:hears", f"{wishes.name}:plays"
        self._roles = {_ENDS.index(each.end): each.roles for each in wishes.inputs()}
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
            second, end = _STAMP.unpack_from(packet)
            if roles := self._roles.get(end):
                data = packet[_STAMP.size :]
                heard.append(Incoming(Seconds(min(second, now)), data, roles))
        for second, data in self._cycle(heard, now, now):
            try:
                self._socket.send(pack(second, data, "plays"))
            except OSError:
                continue  # the recorder does not read, or has gone: as a cable that is pulled

    def connections(self) -> list[Link]:
        """The two ends of the socket."""
        return [Link("keyboard", self.hears), Link(self.plays, "recorder")]

    def awaited(self) -> list[Link]:
        """None: the two ends are always there."""
        return []

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
