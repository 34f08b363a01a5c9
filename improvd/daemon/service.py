"""The mind's loop: the one place where it waits. Signals, the player's socket and requests end it.

SIGINT and SIGTERM end the daemon as a cut ends an answer: the player sends every note-off it owes.
"""

from __future__ import annotations

import logging
import select
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from improvd.core.units import Seconds
from improvd.daemon.control import Control, save_connections
from improvd.daemon.desk import Desk
from improvd.daemon.link import PlayerLink
from improvd.daemon.notify import notify
from improvd.errors import PortError
from improvd.play.messages import Connection, Ready

_LOOK: Final = Seconds(0.25)  # how often the player is looked after, with nothing else to do
_STOPPING: Final = (signal.SIGINT, signal.SIGTERM)

log = logging.getLogger(__name__)


class Service:
    """Runs a desk over a player until it is told to stop.

    `ready` hears when ports are open, `ended` when the player has left.
    """

    def __init__(
        self,
        name: str,
        link: PlayerLink,
        desk: Desk,
        ready: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
        *,
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        self._name = name
        self._link = link
        self._desk = desk
        self._told_ready = ready
        self._clock = clock
        self._told_ended = ended
        self._kept: list[Connection] = []
        self._stopping = False
        self._is_ready = threading.Event()

    def wait_until_ready(self) -> None:
        """For another thread: come back when the ports are open."""
        self._is_ready.wait()

    def stop(self) -> None:
        """End `run` at its next turn; for signals and for other threads."""
        self._stopping = True

    def run(self) -> None:
        """Serve until stopped. Raises PortError when the player cannot open its ports."""
        requests = {"ping": lambda: "pong", **self._desk.requests()}
        control = Control(self._name, requests)
        try:
            with _signals(self.stop) as wakeup:
                while not self._stopping:
                    self._turn(control, wakeup)
        finally:
            notify("STOPPING=1")
            control.close()
            self._link.stop()
            self._told_ended()

    def _turn(self, control: Control, wakeup: socket.socket) -> None:
        """One round: wait, read, decide."""
        wanted = self._desk.tick(self._now())
        readers: list[Control | PlayerLink | socket.socket] = [control, wakeup]
        if self._link.fileno() >= 0:
            readers.append(self._link)
        patience = max(0.0, min(_LOOK, wanted - self._now()))
        readable, _, _ = select.select(readers, [], [], patience)
        if control in readable:
            control.serve()
        if wakeup in readable:
            wakeup.recv(64)
        now = self._now()
        for message in self._link.receive(now):
            if isinstance(message, Ready):
                self._ready(message)
            self._desk.take(message)
        self._look_after(now)

    def _look_after(self, now: Seconds) -> None:
        if self._link.check(now):
            self._desk.player_lost(now)
        if self._link.exit_code is not None and not self._link.restarts:
            raise PortError("")  # the player has said why
        if self._link.estate.connections != self._kept:
            self._kept = self._link.estate.connections
            save_connections(self._name, self._kept)

    def _ready(self, ready: Ready) -> None:
        self._is_ready.set()
        log.info("ready on %s: hears %s, plays %s", ready.backend, ready.hears, ready.plays)
        self._told_ready()
        notify("READY=1", f"STATUS=on {ready.backend}, listening")

    def _now(self) -> Seconds:
        return Seconds(self._clock())


@contextmanager
def _signals(stop: Callable[[], None]) -> Iterator[socket.socket]:
    """Stop at SIGINT and SIGTERM. Yields a socket that wakes up a `select` then."""
    ours, theirs = socket.socketpair()
    for end in (ours, theirs):
        end.settimeout(0)
    before = {number: signal.signal(number, lambda *_: stop()) for number in _STOPPING}
    descriptor = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
    try:
        yield ours
    finally:
        signal.set_wakeup_fd(descriptor)
        for number, handler in before.items():
            signal.signal(number, handler)
        ours.close()
        theirs.close()
