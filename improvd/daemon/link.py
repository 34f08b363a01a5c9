"""The player process as the mind sees it: started, talked to, watched, and started again.

What a player owned is kept in its `estate`, and given to the next one. Nobody waits for the player:
a send that would block means that it is wedged, which the heartbeat finds out anyway.
"""

from __future__ import annotations

import json
import logging
import math
import socket
import subprocess
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from improvd.core.units import Seconds
from improvd.daemon.estate import Estate, Key
from improvd.play.messages import (
    Connection,
    Exit,
    Gone,
    Message,
    Ready,
    ToMind,
    ToPlayer,
)
from improvd.play.packets import pack, unpack

WEDGED: Final = Seconds(1.0)  # without a heartbeat for so long, the player is given up
STARTING: Final = Seconds(5.0)  # the same before it has said that it is ready
RETRY: Final = Seconds(1.0)  # between two starts while there is no MIDI system
LEAVING: Final = 0.8  # seconds that a player is given to close its notes
_BUFFER: Final = 1 << 18  # bytes of the socket, each way
_PACKET: Final = 1 << 17  # more than any packet

Overhear = Callable[[Message], None]

log = logging.getLogger(__name__)


class PlayerLink:
    """Owns the player process. All times are monotonic seconds, handed in."""

    def __init__(
        self,
        settings: Mapping[str, Any],
        inherit: Iterable[int] = (),
        overhear: Overhear = lambda _: None,
        connections: Sequence[Connection] = (),
        sounding: Collection[Key] = (),
    ) -> None:
        """`overhear` hears all that is said, either way.

        `connections` are to be made again, where a daemon before was killed that had some, and
        `sounding` is what it may have left on.
        """
        self._overhear = overhear
        self.estate = Estate(settings, connections, sounding)
        self.restarts = -1
        self.exit_code: int | None = None  # of a player that left before it was ready
        self._inherit = tuple(inherit)
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._ready = False
        self._last_word = Seconds(0.0)
        self._looked = Seconds(0.0)
        self._heard = Seconds(-math.inf)  # the last word of any player
        self._outbox: list[bytes] = []

    def start(self, now: Seconds) -> None:
        """Start a player process: exec, closed descriptors, plain values."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for end in (ours, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
        ours.settimeout(0)
        fds = (theirs.fileno(), *self._inherit)
        module = [sys.executable, "-P", "-m", "improvd.play.player"]
        settings = self.estate.settings | {"again": self.exit_code is not None}
        command = [*module, "--socket", str(fds[0]), json.dumps(settings)]
        self._process = subprocess.Popen(command, pass_fds=fds)
        theirs.close()
        self._socket, self._outbox = ours, []
        self._ready, self._last_word, self._looked = False, now, now
        self.restarts += 1

    def fileno(self) -> int:
        """The socket's descriptor, to wait on; -1 while there is no player."""
        return self._socket.fileno() if self._socket else -1

    @property
    def pid(self) -> int | None:
        """The process id of the player."""
        return self._process.pid if self._process else None

    def send(self, *messages: ToPlayer) -> None:
        """Say something to the player; kept while it cannot take it."""
        for message in messages:
            self._overhear(message)
            self.estate.told(message)
        self._outbox += pack(messages)
        self._flush()

    def receive(self, now: Seconds) -> list[ToMind]:
        """All that the player has said since the last call."""
        messages: list[ToMind] = []
        self._flush()
        while packet := self._packet():
            messages += unpack(packet)  # type: ignore[arg-type] # the player's words, by contract
        if messages:
            self._last_word = self._heard = now
        for message in messages:
            self._note(message)
        return messages

    def check(self, now: Seconds) -> bool:
        """Start a new player where the old one is dead or wedged; True when that was done.

        To be asked several times within `WEDGED`.
        """
        if self._process is None:
            return False
        looked, self._looked = self._looked, now
        if now - looked > WEDGED:  # all may have stood still: who was silent cannot be told
            self._last_word = now
        quiet = now - self._last_word
        code = self._process.poll()
        if code is None and quiet <= (WEDGED if self._ready else STARTING):
            return False
        if code is None:
            self.exit_code = None
            log.error("the player has been silent for %.1f s: starting a new one", quiet)
        elif self._ready:
            log.error("the player died (exit %d): starting a new one", code)
        else:
            self.exit_code = code
            if quiet < RETRY:
                return False
        self._kill()
        self.start(now)
        return True

    def well(self, now: Seconds) -> bool:
        """Has a player spoken just now, or left because there is no MIDI system to play on?"""
        return now - self._heard <= WEDGED or self.exit_code == Exit.NO_MIDI_SYSTEM

    def renew(self, settings: Mapping[str, Any], now: Seconds) -> None:
        """Let another player take over with these settings; the one before ends its notes."""
        self.stop()
        self.estate.renew(settings)
        self.start(now)

    def stop(self) -> None:
        """Let the player do what it was told, close its notes and leave; else kill it.

        The end of the socket tells it: a signal would overtake what is still to be read there.
        """
        if self._process is None:
            return
        self._flush()
        self._close()
        try:
            self._process.wait(LEAVING)
        except subprocess.TimeoutExpired:
            log.error("the player did not leave: killing it")  # noqa: TRY400 - no fault of ours
            self._kill()
        self._process = None

    def _note(self, message: ToMind) -> None:
        self._overhear(message)
        self.estate.said(message)
        if isinstance(message, Ready):
            self._ready, self.exit_code = True, None
            self.send(*self.estate.orders())
        elif isinstance(message, Gone):
            log.error("%s", message.why)

    def _packet(self) -> bytes:
        try:
            return self._socket.recv(_PACKET) if self._socket else b""
        except (BlockingIOError, ConnectionError):
            return b""

    def _flush(self) -> None:
        while self._outbox and self._socket:
            try:
                self._socket.send(self._outbox[0])
            except (BlockingIOError, ConnectionError):
                return
            del self._outbox[0]

    def _close(self) -> None:
        if self._socket:
            self._socket.close()
            self._socket = None

    def _kill(self) -> None:
        self._close()
        if self._process:
            self._process.kill()
            self._process.wait()
