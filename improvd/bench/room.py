"""A duet and the pure parts of its player in one room, on a clock that is moved by hand.

What stands between them elsewhere (two processes, a socket, a driver) is left out; what they say to
each other is the real thing. For what cannot be seen from outside: the state of the model.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np

from improvd.config import Config
from improvd.config.change import for_voices
from improvd.core.note import PEDAL_DOWN, SUSTAIN, Control, Event, NoteOff, NoteOn
from improvd.core.units import CHANNELS, Beats, Bpm, Channel, Pitch, Seconds, Velocity
from improvd.daemon.build import sampler
from improvd.daemon.desk import Desk
from improvd.daemon.duet import Duet
from improvd.daemon.estate import Estate
from improvd.daemon.exchange import Exchange
from improvd.daemon.hearing import Hearing
from improvd.daemon.log import Turn
from improvd.daemon.player_settings import player_settings
from improvd.engine.device import Choice, Chooser
from improvd.engine.improviser import Improviser
from improvd.engine.session import Session
from improvd.errors import ModelError
from improvd.models.sampling import Sampler
from improvd.play import messages
from improvd.play.orders import Hand
from improvd.play.schedule import Schedule
from improvd.play.stage import Stage
from improvd.play.transport import Transport
from improvd.ports import wire
from improvd.ports.base import Incoming, Wishes

PERIOD: Final = Seconds(0.001)  # of one cycle
_RESTLESS: Final = 10_000  # turns of the mind at one moment, after which it is stuck


class _Chooser(Chooser):
    """One that has its session already."""

    def __init__(self, room: Room, session: Session) -> None:
        self.session = session
        self._room = room

    def adopt(self) -> Session:
        return self.session

    def ready(self) -> None:
        """There is nothing to look for."""

    def better(self) -> Session | None:
        session, self._room.better = self._room.better, None
        return session


Melody = Sequence[tuple[float, float, int]]  # onset and duration in beats, pitch


class Room:
    """Somebody plays here (`play`, `key`, `pedal`), time passes (`wait`), answers come `out`."""

    def __init__(
        self, session: Session, seed: int = 1, *, others: Sequence[Session] = (), **tables: Any
    ) -> None:
        """`others` are the models of the voices beside the first."""
        self.better: Session | None = None  # what the model is to run in from the next turn on
        self.models: dict[str, Session] = {}  # those that can be called, by name
        self.config = Config.model_validate({"model": {"seed": seed}} | tables)
        self.now = Seconds(100.0)
        self.told: list[Turn] = []
        self.out: list[tuple[Seconds, Event]] = []  # what left the output
        self.orders: list[Any] = []  # what the mind said
        self._exchanges = [
            self._exchange_of(*voice)
            for voice in zip(for_voices(self.config), (session, *others), strict=True)
        ]
        self._exchange = self._exchanges[0]
        midi = self.config.midi
        wishes = Wishes("", "virtual", "virtual", midi.clock_input, midi.controls_input)
        self._roles = {each.end: each.roles for each in wishes.inputs()}
        self._estate = Estate(player_settings(self.config))
        self._estate.said(messages.Connections([]))
        self._start_player()
        self.duet = Duet(
            self.config,
            self._exchanges,
            self._obey,
            told=self.told.append,
        )
        self.desk = Desk(self.config, self.duet, self._exchanges, self._obey)
        self._incoming: list[Incoming] = []
        self._clock = deque[Incoming]()

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self._until(Seconds(self.now + seconds))

    def key(self, pitch: int, velocity: int = 80) -> None:
        """A key goes down."""
        self.send(*wire.note_on(Channel(1), Pitch(pitch), Velocity(velocity)))

    def let_go(self, pitch: int) -> None:
        """A key comes up."""
        self.send(*wire.note_off(Channel(1), Pitch(pitch)))

    def follow(self, clock: Iterable[tuple[float, bytes]]) -> None:
        """A clock outside will send this from now on, by second, instead of what it would have."""
        self._clock = deque(Incoming(Seconds(second), data) for second, data in clock)

    def send(self, *data: int, end: str = "hears") -> None:
        """The keyboard, or what is connected with this own port, sends these bytes."""
        self._incoming.append(Incoming(self.now, bytes(data), self._roles[end]))

    def pedal(self, value: int) -> None:
        """The sustain pedal moves."""
        self.control(64, value)

    def control(self, number: int, value: int) -> None:
        """A controller moves."""
        self.send(*wire.control(Channel(1), number, value))

    def program(self, number: int) -> None:
        """A program is chosen."""
        self.send(wire.PROGRAM, number)

    def play(self, melody: Melody, bpm: float = 120.0, velocity: int = 80) -> None:
        """Play a melody from now, to its last release."""
        began, beat = self.now, 60.0 / bpm
        edges = [(onset, 1, pitch) for onset, _, pitch in melody]
        edges += [(onset + duration, 0, pitch) for onset, duration, pitch in melody]
        for at, starts, pitch in sorted(edges):
            self._until(Seconds(began + at * beat))
            if starts:
                self.key(pitch, velocity)
            else:
                self.let_go(pitch)
        self.wait(PERIOD)

    @property
    def improviser(self) -> Improviser:
        """What answers now."""
        return self._exchange.improviser

    @property
    def onsets(self) -> list[Seconds]:
        """The seconds of the note-ons that left."""
        return [at for at, event in self.out if isinstance(event, NoteOn)]

    @property
    def sounding(self) -> set[tuple[Channel, Pitch]]:
        """The keys that were begun and not ended."""
        down: set[tuple[Channel, Pitch]] = set()
        for _, event in self.out:
            match event:
                case NoteOn():
                    down.add((event.channel, event.pitch))
                case NoteOff():
                    down.discard((event.channel, event.pitch))
        return down

    @property
    def pedals(self) -> set[Channel]:
        """The channels whose sustain pedals were put down and not let up."""
        moves = (event for _, event in self.out if isinstance(event, Control))
        last = {move.channel: move.value for move in moves if move.number == SUSTAIN}
        return {channel for channel, value in last.items() if value >= PEDAL_DOWN}

    @property
    def beat(self) -> Beats:
        """Where the transport is now."""
        return self.beat_at(self.now)

    def beat_at(self, second: Seconds) -> Beats:
        """Where the transport was, or will be."""
        return self._transport.tempo.beat_at(second)

    def difference_from_log(self, session: Session) -> float:
        """The largest difference of a state from that of a fresh model fed with the heard log.

        `session` is of the same model. Infinite where the histories of the two codecs differ.
        """
        fresh = Improviser(session, Sampler(), self.improviser.style)
        ear = self.duet.ear
        for turn in self.duet.voices[0].log.last(self.config.turns.memory):
            fresh.feed(fresh.encode(*turn.told))
        voice = self.duet.voices[0]
        hearing = Hearing(fresh.encoder(voice.transposition, voice.bpm))
        for played in ear.phrase.replay(ear.tempo):
            fresh.feed(hearing.hear(played, ear.harmony))
        reached, expected = self.improviser.snapshot(), fresh.snapshot()
        if reached.history != expected.history:
            return math.inf
        pairs = zip(reached.state, expected.state, strict=True)
        return max(float(np.abs(one - other).max()) for one, other in pairs)

    def lose_player(self, seconds: float) -> None:
        """The player dies; so long after, another one is in its place."""
        self.now = Seconds(self.now + seconds)
        self._incoming.clear()
        while self._clock and self._clock[0][0] < self.now:
            self._clock.popleft()
        self.desk.player_lost(self.now)
        self._start_player()
        self._obey(*self._estate.orders())
        self._stage.reports.append(self._transport.report())

    def _start_player(self) -> None:
        settings = self._estate.settings
        self._transport = Transport(Bpm(120.0), self.now, settings["source"])
        self._schedule = Schedule(self._transport, settings["max_note"])
        self._stage = Stage(
            self._transport,
            frozenset(map(Channel, CHANNELS)),
            thru=settings["thru"],
            late=settings["late"],
            split=settings["split"],
            chords=settings["chords"],
            controls=settings["controls"],
            hears=self._roles["hears"],
        )

    def _until(self, second: Seconds) -> None:
        while self.now < second:
            end = Seconds(self.now + PERIOD)
            if due := self._schedule.due(end):
                self._stage.tell(Hand(due))
            heard, self._incoming = self._incoming, []
            while self._clock and self._clock[0][0] < end:
                heard.append(self._clock.popleft())
            for at, data in self._stage.cycle(heard, self.now, end):
                self.out.append((at, wire.event(at, *data)))
            self.now = end
            self._report()
            self._think()

    def _exchange_of(self, config: Config, session: Session) -> Exchange:
        model = config.model
        self.models[model.name] = session
        return Exchange(
            *(model.name, model.device, sampler(config), self._load, lambda work: work()),
            style=model.style,
        )

    def _load(self, name: str, _: Choice) -> Chooser:
        if name not in self.models:
            raise ModelError(f"there is no model {name!r}")
        return _Chooser(self, self.models[name])

    def _report(self) -> None:
        while self._stage.reports:
            report: Any = self._stage.reports.popleft()
            if isinstance(report, messages.Cut | messages.Ended):
                self._schedule.drop(report.answer)
            self._estate.said(report)
            self.desk.take(report)

    def _think(self) -> None:
        for _ in range(_RESTLESS):
            if self.desk.tick(self.now) > self.now:
                return
        raise AssertionError("the duet never comes to rest")

    def _obey(self, *orders: messages.ToPlayer) -> None:
        for order in orders:
            self.orders.append(order)
            self._estate.told(order)
            match order:
                case messages.SetTempo():
                    self._transport.set(order)
                    self._stage.reports.append(self._transport.report())
                case messages.Begin(answer, _, free, _):
                    self._schedule.begin(answer, free=free)
                    self._stage.tell(order)
                case messages.Play(answer, notes, pedal):
                    self._schedule.add(answer, notes, pedal)
                case messages.Finish(answer):
                    self._schedule.finish(answer)
                case _:
                    self._stage.tell(order)
