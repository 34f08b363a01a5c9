"""The native JACK backend: one client, sample-accurate. Never starts a server.

JACK calls the cycle in its realtime thread, which nothing here may hold up: no logging, no waiting,
no call into JACK but for the ports' buffers. All its other callbacks only leave word and wake the
main loop, which does the connecting.
"""

from __future__ import annotations

import logging
import math
import os
import threading
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from operator import itemgetter
from typing import Any, Final

import jack

from improvd.core.units import Seconds
from improvd.errors import PortError
from improvd.ports.base import (
    Hooks,
    Incoming,
    Link,
    MidiSystemGoneError,
    NameTakenError,
    NoMidiSystemError,
    Role,
    Wishes,
)
from improvd.ports.frames import FrameClock
from improvd.ports.jack_transport import JackTransport
from improvd.ports.patchbay import Patchbay
from improvd.ports.period import Period, Server

_SETTLING: Final = Seconds(0.2)  # after a change: a port's aliases come a little later than it
_ATTEMPTS: Final = 5  # to look at ports while others go
_PATIENCE: Final = 0.1  # seconds that a cycle is waited for
_GLANCE: Final = 0.001  # seconds between two looks meanwhile
_RARELY: Final = 8  # cycles from one to the next that is made while nothing happens
_BELOW: Final = 5  # of JACK's thread, in which the music is made, the main loop stays below
_NO_SERVER: Final = "no JACK server answers: start jackd, or PipeWire's JACK"

_Event = tuple[int, bytes, Role]  # the frame in the cycle

log = logging.getLogger(__name__)
jack.set_error_function(lambda _: None)  # libjack's own words; what matters is raised
jack.set_info_function(lambda _: None)


class JackPorts:
    """A client of the JACK server, with the wished inputs and the output `plays`."""

    def __init__(self, wishes: Wishes, hooks: Hooks) -> None:
        self.xruns = 0
        self.priority = 60
        self._cycle, self._keep, self._rests, self._wake, self._place, self._slip = hooks
        self._server = Server(jack.version_string()).ask(wishes.quantum, os.environ)
        self._client = client = _open(wishes.name)
        inputs = wishes.inputs()
        self._ins = [(client.midi_inports.register(each.end), each.roles) for each in inputs]
        self._out = client.midi_outports.register("plays")
        self.hears, self.plays = f"{wishes.name}:hears", self._out.name
        self._patchbay = Patchbay(client, wishes)
        self._clock = FrameClock(client.samplerate)
        self._keep_time(Period(client.blocksize, client.samplerate))
        self._told: Period | None = None
        self._cycles = self._counted = 0
        self._still, self._polled = 0.0, Seconds(math.inf)
        self._transport = JackTransport(client, behind=self._server.is_pipewire)
        self._rolls = False
        self._full: deque[bytes] = deque()  # what a period had no room for
        self._started = threading.Event()
        self._gone: str | None = None
        self._fault: Exception | None = None
        self._changed = True  # a port, or a connection
        self._wire_at: Seconds | None = None
        self._listen()
        client.activate()
        self._started.wait(_PATIENCE)
        self._tell_period()
        self._patchbay.wire()

    @property
    def lag(self) -> Seconds:
        """Of the frames, of which the server drops some, behind the monotonic clock."""
        return self._clock.lag

    def readers(self) -> Sequence[int]:
        """None: every callback wakes the main loop."""
        return ()

    def pause(self, now: Seconds) -> Seconds:
        """Until what has changed has settled, else for ever."""
        return Seconds(math.inf if self._wire_at is None else max(0.0, self._wire_at - now))

    def poll(self, now: Seconds) -> None:
        """What the callbacks left to be done."""
        if self._fault:
            raise self._fault
        self._watch(now)
        if self._gone is not None:
            raise MidiSystemGoneError(f"JACK went away: {self._gone}")
        self._tell_period()
        try:
            self._wire(now)
        except jack.JackError:  # a port went while it was looked at
            self._changed, self._wire_at = True, now

    def _watch(self, now: Seconds) -> None:
        """Are we still called? That this process stood still itself hardly counts."""
        most = max(self._server.silence, self.lead)
        moved = self._cycles != self._counted
        self._still = 0.0 if moved else self._still + max(0.0, min(now - self._polled, most / 2))
        self._counted, self._polled = self._cycles, now
        if self._still >= most:
            self._gone = "no period came any more"

    def _tell_period(self) -> None:
        if (period := self._period) != self._told:
            self._told = period
            log.info("%s", self._server.grants(period))

    def _wire(self, now: Seconds) -> None:
        if self._changed:
            self._changed = False
            self._wire_at = Seconds(now + _SETTLING)
            self._patchbay.look()
        if self._wire_at is not None and now >= self._wire_at:
            wired = self._patchbay.wire()
            self._wire_at = None if wired else Seconds(now + _SETTLING)

    def connections(self) -> list[Link]:
        """All connections of the own ports."""
        return self._patchbay.links

    def awaited(self) -> list[Link]:
        """Those that went with a port of others."""
        return self._patchbay.awaited

    def restore(self, connections: Sequence[Link]) -> None:
        """Connect exactly these, now or when their ports are there.

        What else is there now is not connected by itself again.
        Comes back when the server's graph has them: what is sent before that would be lost.
        """
        for _ in range(_ATTEMPTS):
            with suppress(jack.JackError):  # a port went while it was looked at
                self._patchbay.restore(connections)
                break
        self._changed = True  # what could not be connected is tried again
        self._let_pass(2)

    def unheard(self) -> bool:
        """Is `plays` connected with nothing?"""
        return not any(link.source == self.plays for link in self._patchbay.links)

    def close(self) -> None:
        """Wait for the cycle that the last output was written in to be over, then leave."""
        self._let_pass(2)
        if self._gone is None:
            self._client.close()

    def _let_pass(self, cycles: int) -> None:
        over, patience = self._cycles + cycles, time.monotonic() + max(_PATIENCE, self.lead)
        while self._cycles < over and self._gone is None and time.monotonic() < patience:
            time.sleep(_GLANCE)

    # --- in JACK's threads

    def _listen(self) -> None:
        client = self._client
        client.set_process_callback(self._process)
        client.set_shutdown_callback(self._on_shutdown)
        client.set_xrun_callback(self._on_xrun)
        client.set_port_registration_callback(self._on_change, only_available=False)
        client.set_port_connect_callback(self._on_change, only_available=False)

    def _process(self, frames: int) -> None:
        try:
            self._play(frames)
        except Exception as fault:  # noqa: BLE001 - raised again in the main loop: here it would be lost
            self._fault = fault
            self._wake()

    def _play(self, frames: int) -> None:
        if (period := Period(frames, self._client.samplerate)) != self._period:
            self._keep_time(period)  # PipeWire tells both for certain only here, and changes both
            self._wake()
        events = self._events()  # first: of what is led back to us both ports are one buffer
        self._out.clear_buffer()
        if events or self._full or self._rolls or self._cycles % _RARELY == 0 or not self._rests():
            self._make_cycle(events, frames)
        if not self._cycles:
            self._priority_of_this_thread()
        self._cycles += 1

    def _keep_time(self, period: Period) -> None:
        self._period, self.lead = period, period.lead
        if self._clock.rate != period.rate:
            self._clock = FrameClock(period.rate)

    def _make_cycle(self, events: Sequence[_Event], frames: int) -> None:
        now = Seconds(time.monotonic())
        first = self._client.last_frame_time  # frame_time is far off for a while after an xrun
        slipped = self._clock.hold(first, now, self._keep())
        if slipped and self._slip:
            self._slip(slipped)
        start, end = self._clock.second(first), self._clock.second(first + frames)
        self._look(start)
        heard = [
            Incoming(self._clock.second(first + offset), data, roles)
            for offset, data, roles in events
        ]
        offset, room = 0, self._write_what_waits()
        for second, data in self._cycle(heard, start, end):
            offset = min(max(offset, self._clock.frames(second - start)), frames - 1)
            if not (room := room and self._write(offset, data)):
                self._full.append(data)

    def _write_what_waits(self) -> bool:
        while self._full and self._write(0, self._full[0]):
            self._full.popleft()
        return not self._full

    def _write(self, offset: int, data: bytes) -> bool:
        try:
            self._out.write_midi_event(offset, data)
        except jack.JackErrorCode:
            return False
        return True

    def _look(self, start: Seconds) -> None:
        """Where is the transport? As long as it stands, now and then is often enough."""
        if not self._place or not (self._rolls or self._cycles % _RARELY == 0):
            return
        if place := self._transport.read(start):
            self._rolls = place.rolls
            self._place(place)

    def _events(self) -> list[_Event]:
        events = [
            (offset, bytes(data), roles)
            for port, roles in self._ins
            for offset, data in port.incoming_midi_events()
        ]
        events.sort(key=itemgetter(0))
        return events

    def _priority_of_this_thread(self) -> None:
        self.priority = max(1, os.sched_getparam(0).sched_priority - _BELOW)
        self._started.set()

    def _on_shutdown(self, _: Any, reason: str) -> None:
        self._gone = reason
        self._wake()

    def _on_xrun(self, _: float) -> None:
        self.xruns += 1

    def _on_change(self, *_: Any) -> None:
        self._changed = True
        self._wake()


def look() -> Any:
    """A client that only looks, whatever it is called then. Raises NoMidiSystemError."""
    try:
        return jack.Client("improvd-look", no_start_server=True)
    except jack.JackOpenError:
        raise NoMidiSystemError(_NO_SERVER) from None


def _open(name: str) -> Any:
    taken = NameTakenError(
        f"JACK has a client named {name!r} already: stop it, or choose another --name"
    )
    try:
        client = jack.Client(name, use_exact_name=True, no_start_server=True)
    except jack.JackOpenError as fault:
        status = fault.status
    else:
        if not any(port.name.startswith(f"{name}:") for port in client.get_ports()):
            return client
        client.close()  # PipeWire 0.3 gives a name to more than one
        raise taken
    if status.server_failed:
        raise NoMidiSystemError(_NO_SERVER)
    if status.name_not_unique or status.server_error:  # jackd2 says the second, PipeWire the first
        raise taken
    raise PortError(f"JACK refuses the client {name!r}: {status}")
