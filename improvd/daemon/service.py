"""The mind's loop: the one place where it waits. Signals, the player's socket and requests end it.

SIGINT and SIGTERM end the daemon as a cut ends an answer: the player sends every note-off it owes.
SIGHUP lets it read its configuration again.
"""

from __future__ import annotations

import logging
import select
import socket
import threading
import time
from collections.abc import Callable
from typing import Final

from improvd.core.units import Seconds
from improvd.daemon.control import Control, save_connections
from improvd.daemon.desk import Desk
from improvd.daemon.figures import Overview
from improvd.daemon.link import PlayerLink
from improvd.daemon.notify import Watchdog, notify, notify_reloading, supervised
from improvd.daemon.renewal import Renewal
from improvd.daemon.signals import signals
from improvd.daemon.status import status
from improvd.errors import PortError
from improvd.play.messages import Connection, Exit, Ready

_LOOK: Final = Seconds(0.25)  # how often the player is looked after, with nothing else to do

log = logging.getLogger(__name__)


class Service:
    """Runs a desk over a player until it is told to stop.

    `ready` hears when ports are open, `ended` when the player has left. Without a `renewal` it
    cannot reload.
    """

    def __init__(
        self,
        name: str,
        link: PlayerLink,
        desk: Desk,
        overview: Overview,
        ready: Callable[[], None] = lambda: None,
        *,
        clock: Callable[[], float] = time.monotonic,
        ended: Callable[[], None] = lambda: None,
        renewal: Renewal | None = None,
    ) -> None:
        self._name = name
        self._link = link
        self._desk = desk
        self._overview = overview
        self._told_ready = ready
        self._told_ended = ended
        self._renewal = renewal
        self._clock = clock
        self._watchdog = Watchdog()
        self._patient = supervised()  # of a MIDI system that is started later
        self._kept: list[Connection] = []
        self._ports: Ready | None = None  # as the player said
        self._status = ""
        self._stopping = self._reloading = False
        self._is_ready = threading.Event()

    def wait_until_ready(self) -> None:
        """For another thread: come back when the ports are open."""
        self._is_ready.wait()

    def stop(self) -> None:
        """End `run` at its next turn; for signals and for other threads."""
        self._stopping = True

    def run(self) -> None:
        """Serve until stopped. Raises PortError when the player cannot open its ports."""
        reload = {"reload": self._reload} if self._renewal else {}
        own = {"ping": lambda: "pong", "status": self._told, **reload}
        control = Control(self._name, {**own, **self._desk.requests()})
        try:
            with signals(self.stop, self._ask_to_reload if self._renewal else None) as wakeup:
                while not self._stopping:
                    self._turn(control, wakeup)
            save_connections(self._name, self._kept, left=True)
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
        if self._reloading:
            self._reload()
        now = self._now()
        for message in self._link.receive(now):
            if isinstance(message, Ready):
                self._ready(message)
            self._overview.take(message)
            self._desk.take(message)
        if not self._stopping:  # else a player that leaves as it was told would be missed
            self._look_after(now)

    def _look_after(self, now: Seconds) -> None:
        if self._link.check(now) or (self._renewal and self._renewal.tick(now)):
            self._ports = None
            self._overview.player_lost()
            self._desk.player_lost(now)
        left = self._link.exit_code
        waits = self._is_ready.is_set() or (self._patient and left == Exit.NO_MIDI_SYSTEM)
        if left is not None and not waits:
            raise PortError("")  # the player has said why
        if self._link.estate.wiring != self._kept:
            self._kept = self._link.estate.wiring
            save_connections(self._name, self._kept)
        self._tell()
        self._overview.tick(now)
        if self._link.well(now):
            self._watchdog.feed(now)

    def _told(self) -> str:
        return self._overview.status(self._now())

    def _ready(self, ready: Ready) -> None:
        self._ports = ready
        log.info("ready on %s: hears %s, plays %s", ready.backend, ready.hears, ready.plays)
        if not self._is_ready.is_set():
            self._is_ready.set()
            self._told_ready()
            notify("READY=1")

    def _ask_to_reload(self) -> None:
        self._reloading = True

    def _reload(self) -> str:
        assert self._renewal  # noqa: S101 - nobody can ask otherwise
        self._reloading = False
        notify_reloading()
        told = self._renewal.renew()
        notify("READY=1") if self._is_ready.is_set() else None
        return told

    def _tell(self) -> None:
        """Let systemd know what we are doing, where that has changed."""
        told = status(self._ports, self._link.estate.connections, self._link.exit_code)
        if self._renewal and self._renewal.told:
            told += f"; {self._renewal.told}"
        if told != self._status:
            self._status = told
            notify(f"STATUS={told}")

    def _now(self) -> Seconds:
        return Seconds(self._clock())
