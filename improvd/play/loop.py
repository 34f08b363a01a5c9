"""The player's main loop: ports on one side, the mind's socket on the other, music in between.

It decides nothing musical: the schedule says what is due, the stage what becomes of it.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import socket
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from improvd.core.source import Source
from improvd.core.units import CHANNELS, Channel, Pitch, Seconds
from improvd.play import messages
from improvd.play.clock import FOLLOWED
from improvd.play.link_clock import LinkWatch, join
from improvd.play.orders import Close, Closed, Deserted, Follow, Hand, LetGo, Order
from improvd.play.realtime import hurry
from improvd.play.reporter import Reporter
from improvd.play.schedule import Schedule
from improvd.play.settings import Settings
from improvd.play.stage import Lags, Stage
from improvd.play.transport import Transport
from improvd.ports.base import Hooks, Incoming, Link, MidiSystemGoneError, Role, Timed, Wishes
from improvd.ports.opening import open_ports

HEARTBEAT: Final = Seconds(0.25)
_LEAVING: Final = Seconds(0.15)  # that a port is given to take the last note-offs, or its lead
_UNHEARD: Final = Seconds(2.0)  # the time to connect something, before it is missed

log = logging.getLogger(__name__)


class Player:
    """The main loop. Opens its ports at once; raises PortError."""

    def __init__(self, settings: Settings, mind: socket.socket) -> None:
        heard = CHANNELS if settings.input_channels == "all" else settings.input_channels
        channels = frozenset(Channel(int(number)) for number in heard)
        wishes = Wishes(
            settings.name,
            settings.input,
            settings.output,
            settings.clock_input,
            settings.controls_input,
            settings.quantum,
        )
        self._hears = wishes.inputs()[-1].roles
        self._transport = Transport(settings.bpm, _now(), settings.source)
        self._schedule = Schedule(self._transport, settings.max_note)
        self._stage = Stage(
            self._transport,
            channels,
            thru=settings.thru,
            muted=settings.muted,
            controls=[Source(*each) for each in settings.controls],
            late=settings.late,
            send_clock=settings.send_clock,
            lags=Lags(
                Seconds(settings.output_latency + settings.input_latency),
                Seconds(settings.output_latency + settings.clock_latency),
            ),
            split=Pitch(settings.split),
            chords=settings.chords,
            hears=self._hears,
        )
        self._early = settings.output_latency
        self._reporter = Reporter(mind)
        self._bell, self._rope = os.pipe()
        os.set_blocking(self._bell, False)
        os.set_blocking(self._rope, False)
        place = self._stage.clocks.place if "jack" in FOLLOWED.get(settings.source, ()) else None
        stage = self._stage
        hooks = Hooks(self._cycle, stage.keep, stage.rests, self._wake, place, stage.clocks.slip)
        name, self._ports = open_ports(settings.backend, wishes, hooks, settings.memory_fd)
        self._session = join(settings)
        self._link = LinkWatch(self._session.read if self._session else None)
        self._wiring: tuple[list[Link], list[Link]] | None = None  # as the mind knows it
        self._links = frozenset[Link]()
        self._late = 0  # notes dropped
        self._started = self._beat = _now()
        self._leaving = self._closed = self._missed = False
        signal.signal(signal.SIGTERM, lambda *_: self._leave())
        log.info("player: %s", hurry(self._ports.priority))
        self._reporter.add(messages.Ready(name, self._ports.hears, self._ports.plays))
        self._reporter.add(self._transport.report())

    def run(self) -> None:
        """Play until the mind is gone or SIGTERM came, then leave. Raises MidiSystemGoneError."""
        try:
            while not self._leaving:
                self._turn(_now())
                self._wait(self._deadline())
            self._end()
        except MidiSystemGoneError as gone:
            self._reporter.add(messages.Gone(str(gone)))
            self._reporter.flush(_now())
            raise

    def _end(self) -> None:
        self._stage.tell(Close())
        deadline = Seconds(_now() + max(_LEAVING, self._ports.lead))
        while not self._closed and _now() < deadline:
            self._ports.poll(_now())
            self._report(_now())
            if not self._closed:
                self._wait(min(deadline, self._deadline()))
        self._ports.close()
        if self._session:
            self._session.close()

    def _turn(self, now: Seconds) -> None:
        for order in self._reporter.orders():
            _OBEY.get(type(order), Player._pass_on)(self, order)
        self._leaving |= self._reporter.closed
        if clock := self._link.look(now):
            self._stage.tell(Follow(clock))
        if outgoing := self._schedule.due(Seconds(now + self._ports.lead + self._early)):
            self._stage.tell(Hand(outgoing))
        self._ports.poll(now)
        self._report(now)

    # --- waiting

    def _cycle(self, heard: Sequence[Incoming], start: Seconds, end: Seconds) -> Sequence[Timed]:
        """What the ports call; in the driver's thread on JACK.

        The stage lives in the seconds at which what goes out sounds.
        """
        sounding = [each._replace(second=self._sounds_at(each.second)) for each in heard]
        out = self._stage.cycle(sounding, self._sounds_at(start), self._sounds_at(end))
        if self._stage.reports:
            self._wake()
        return [(Seconds(second - self._early), data) for second, data in out]

    def _sounds_at(self, second: Seconds) -> Seconds:
        return Seconds(second + self._early)

    def _wake(self) -> None:
        try:
            os.write(self._rope, b"!")
        except BlockingIOError:
            return  # the bell rings already

    def _leave(self) -> None:
        self._leaving = True
        self._wake()

    def _deadline(self) -> Seconds:
        now = _now()
        due = self._schedule.next_second() - self._ports.lead
        if not self._ports.lead:  # it is polled: no driver puts out the clock by itself
            due = min(due, self._stage.clocks.next_pulse())
        due -= self._early
        pause = now + self._ports.pause(now)
        return Seconds(min(due, self._beat + HEARTBEAT, pause, self._link.due))

    def _wait(self, deadline: Seconds) -> None:
        mind = self._reporter.fileno()
        readers = [self._bell, mind, *self._ports.readers()]
        writers = [mind] if self._reporter.blocked else []
        ready, _, _ = select.select(readers, writers, [], max(0.0, deadline - _now()))
        if self._bell in ready:
            os.read(self._bell, 4096)

    # --- what the mind says

    def _begin(self, order: messages.Begin) -> None:
        self._schedule.begin(order.answer, free=order.free)
        self._stage.tell(order)

    def _play(self, order: messages.Play) -> None:
        self._schedule.add(order.answer, order.notes, order.pedal)

    def _finish(self, order: messages.Finish) -> None:
        self._schedule.finish(order.answer)

    def _set_tempo(self, order: messages.SetTempo) -> None:
        self._transport.set(order)
        self._reporter.add(self._transport.report())

    def _restore(self, order: messages.Restore) -> None:
        self._ports.restore([Link(*connection) for connection in order.connections])
        self._stage.tell(order)

    def _set_controls(self, order: messages.SetControls) -> None:
        self._stage.tell(order)
        if Role.CONTROLS in self._hears:
            self._reporter.forget(order.controls)

    def _pass_on(self, order: Order) -> None:
        self._stage.tell(order)

    # --- what the mind is told

    def _report(self, now: Seconds) -> None:
        while self._stage.reports:
            report = self._stage.reports.popleft()
            if isinstance(report, Closed):
                self._closed = True
            else:
                self._note(report)
                self._reporter.add(report)
        self._report_connections()
        if now >= self._beat + HEARTBEAT:
            self._beat = now
            self._say_if_unheard(now)
            self._reporter.add(self._alive(now))
        self._reporter.flush(now)

    def _note(self, report: messages.ToMind) -> None:
        match report:
            case messages.Cut(answer) | messages.Ended(answer):
                self._schedule.drop(answer)
            case messages.Dropped(_, dropped):
                self._late += dropped
            case messages.Looped(thru):
                told = ": thru is off now" if thru else "; what comes back is ignored"
                log.warning("the output comes back into the input%s", told)

    def _report_connections(self) -> None:
        wiring = self._ports.connections(), self._ports.awaited()
        if wiring != self._wiring:
            self._wiring = wiring
            rows = ([messages.Connection(*link) for link in links] for links in wiring)
            self._reporter.add(messages.Connections(*rows))
            self._miss(frozenset(wiring[0]))

    def _miss(self, links: frozenset[Link]) -> None:
        """Who played, or all who listened, may have gone."""
        gone, self._links = self._links - links, links
        hears, plays = self._ports.hears, self._ports.plays
        for source in sorted(link.source for link in gone if link.sink == hears):
            log.warning("%s no longer plays: keys that were down are let go", source)
            self._stage.tell(LetGo())
        deserted = not any(link.source == plays for link in links)
        if deserted and (sinks := sorted(link.sink for link in gone if link.source == plays)):
            log.warning("%s no longer listens: answers end", ", ".join(sinks))
            self._stage.tell(Deserted())

    def _say_if_unheard(self, now: Seconds) -> None:
        if not self._missed and now > self._started + _UNHEARD and self._ports.unheard():
            self._missed = True
            log.warning("nothing listens to %s yet: connect it", self._ports.plays)

    def _alive(self, now: Seconds) -> messages.Alive:
        stage = self._stage
        return messages.Alive(
            second=now,
            lag=self._ports.lag,
            lost_reports=self._reporter.lost,
            late=self._late,
            echoes=stage.echo.count,
            shared_keys=stage.shared_keys,
            xruns=self._ports.xruns,
        )


# All else is for the stage.
_OBEY: Final[dict[type, Callable[[Player, Any], None]]] = {
    messages.Begin: Player._begin,  # noqa: SLF001 - the table of its own methods, here as below
    messages.Play: Player._play,  # noqa: SLF001
    messages.Finish: Player._finish,  # noqa: SLF001
    messages.SetTempo: Player._set_tempo,  # noqa: SLF001
    messages.Restore: Player._restore,  # noqa: SLF001
}


def _now() -> Seconds:
    return Seconds(time.monotonic())
