"""Stand-ins written by hand: a model, and a room with a clock that is moved by hand."""

from types import SimpleNamespace

import numpy as np

from improvd.config import Config
from improvd.core.units import CHANNELS, Bpm, Channel, Pitch, Seconds, Velocity
from improvd.daemon.duet import Duet
from improvd.engine.improviser import Improviser
from improvd.models.sampling import Sampler
from improvd.play import messages
from improvd.play.schedule import Schedule
from improvd.play.stage import Hand, Stage
from improvd.play.transport import Transport
from improvd.ports import wire

EVENTS = 38  # of melody basic: no-event, note-off, MIDI 48..83
NO_EVENT, NOTE_OFF = 0, 1


class FakeSession:
    """A model whose state is a decaying sum of all it heard, and which likes certain events."""

    def __init__(self, likes=None):
        self.card = SimpleNamespace(family="melody", configuration="basic", name="fake")
        self.steps = 0  # taken since the beginning, resets included
        self._likes = np.zeros(EVENTS)
        for event, score in (likes or {}).items():
            self._likes[event] = score
        self.reset()

    def reset(self):
        self._state = np.zeros(EVENTS)

    def step(self, vector):
        self.steps += 1
        self._state = 0.9 * self._state + vector
        logits = self._likes + 0.01 * np.roll(self._state, 1)
        return {"logits": logits[None].astype(np.float32)}

    def snapshot(self):
        return (self._state.copy(),)

    def restore(self, state):
        self._state = state[0].copy()


class Room:
    """A duet and the pure parts of its player, in the same room, on a clock moved by hand.

    What stands between them elsewhere (two processes, a socket, a driver) is left out; what they
    say to each other is the real thing.
    """

    PERIOD = 0.001  # seconds of one cycle

    def __init__(self, likes=None, seed=1, session=None, **tables):
        self.config = Config.model_validate(tables)
        self.now = Seconds(100.0)
        self.told = []  # turns, as they end
        self.out = []  # (second, event) that left the output
        self.orders = []  # what the mind said
        self.session = session or FakeSession(likes)
        self.improviser = Improviser(self.session, Sampler(temperature=0.9, seed=seed))
        self._transport = Transport(Bpm(120.0), self.now)
        self._schedule = Schedule(self._transport, self.config.play.max_note)
        every = frozenset(map(Channel, CHANNELS))
        self._stage = Stage(self._transport, every, thru=False, late=self.config.play.late)
        self.duet = Duet(self.config, self.improviser, self._obey, self.told.append)
        self._incoming = []

    def _obey(self, *orders):
        for order in orders:
            self.orders.append(order)
            match order:
                case messages.SetTempo():
                    self._transport.set(order)
                case messages.Begin():
                    self._schedule.begin(order.answer, free=order.free)
                    self._stage.tell(order)
                case messages.Play():
                    self._schedule.add(order.answer, order.notes)
                case messages.Finish():
                    self._schedule.finish(order.answer)
                case _:
                    self._stage.tell(order)

    def until(self, second):
        """Let time pass."""
        while self.now < second:
            end = Seconds(self.now + self.PERIOD)
            if due := self._schedule.due(end):
                self._stage.tell(Hand(due))
            heard, self._incoming = self._incoming, []
            for at, data in self._stage.cycle(heard, self.now, end):
                self.out.append((at, wire.event(at, *data)))
            self.now = end
            while self._stage.reports:
                report = self._stage.reports.popleft()
                if isinstance(report, messages.Cut | messages.Ended):
                    self._schedule.drop(report.answer)
                self.duet.take(report)
            self._think()

    def wait(self, seconds):
        self.until(self.now + seconds)

    def _think(self):
        for _ in range(10_000):
            if self.duet.tick(self.now) > self.now:
                return
        raise AssertionError("the duet never comes to rest")

    def key(self, pitch, velocity=80, channel=1):
        self._incoming.append((self.now, wire.note_on(Channel(channel), pitch, velocity)))

    def let_go(self, pitch, channel=1):
        self._incoming.append((self.now, wire.note_off(Channel(channel), pitch)))

    def pedal(self, value, channel=1):
        self._incoming.append((self.now, wire.control(Channel(channel), 64, value)))

    def play(self, notes, bpm=120.0, velocity=80):
        """Play (onset, duration, pitch) in beats from now, to the last release."""
        began, beat = self.now, 60.0 / bpm
        edges = [(onset, 1, pitch) for onset, _, pitch in notes]
        edges += [(onset + duration, 0, pitch) for onset, duration, pitch in notes]
        for at, starts, pitch in sorted(edges):
            self.until(began + at * beat)
            if starts:
                self.key(Pitch(pitch), Velocity(velocity))
            else:
                self.let_go(Pitch(pitch))
        self.wait(self.PERIOD)

    @property
    def onsets(self):
        """Seconds of the note-ons that left."""
        return [at for at, event in self.out if isinstance(event, wire.NoteOn)]

    @property
    def sounding(self):
        """Pitches that were begun and not ended."""
        down = set()
        for _, event in self.out:
            (down.add if isinstance(event, wire.NoteOn) else down.discard)(event.pitch)
        return down


SCALE = [(n * 0.5, 0.45, 60 + step) for n, step in enumerate((0, 2, 4, 5, 7, 5, 4, 0))]
