"""Stand-ins written by hand: a model that likes certain events, and a room to play with it in."""

from types import SimpleNamespace

import numpy as np

from improvd.bench.room import Room
from improvd.models.base import configuration_of
from improvd.models.crnngan.configuration import LIVE as TONES
from improvd.models.crnngan.configuration import NUMBERS
from improvd.models.crnngan.tones import vectors
from improvd.models.events.configuration import LIVE
from improvd.models.rnnrbm.configuration import KEYS
from improvd.models.rnnrbm.configuration import LIVE as FRAMES
from improvd.models.rnnrbm.frames import step as frame_step

EVENTS = 38  # of melody basic: no-event, note-off, MIDI 48..83
NO_EVENT, NOTE_OFF = 0, 1


class FakeSession:
    """A model whose state is a decaying sum of all it heard, and which likes certain events."""

    inputs = EVENTS

    def __init__(self, likes=None):
        self.card = SimpleNamespace(family="melody", configuration="basic", name="fake", tokens=())
        self.heads = {"logits": EVENTS}
        self.steps = 0  # taken since the beginning, resets included
        self._likes = np.zeros(EVENTS)
        for event, score in (likes or {}).items():
            self._likes[event] = score
        self.reset()

    def reset(self):
        self._state = np.zeros(EVENTS)

    def cast(self, dice):
        """It takes no noise."""

    def step(self, vector):
        self.steps += 1
        self._state = 0.9 * self._state + vector
        logits = self._likes + 0.01 * np.roll(self._state, 1)
        return {"logits": logits[None].astype(np.float32)}

    def snapshot(self):
        return (self._state.copy(),)

    def restore(self, state):
        self._state = state[0].copy()


SCALE = [(n * 0.5, 0.45, 60 + step) for n, step in enumerate((0, 2, 4, 5, 7, 5, 4, 0))]


def room(likes=None, session=None, **tables):
    """A room with a model that likes certain events."""
    return Room(session or FakeSession(likes), **tables)


class BabblingSession(FakeSession):
    """A model of events that plays on as it likes: chords, waits and ends that mean nothing.

    Of `often`, a slice of its tokens, it is fond.
    """

    inputs = 1

    def __init__(self, seed=1, configuration="live", tokens=(), often=slice(0)):
        self._random = np.random.default_rng(seed)
        super().__init__()
        self.card = SimpleNamespace(
            family="events", configuration=configuration, name="babbling", tokens=tokens
        )
        self.heads = {"logits": configuration_of(self.card).classes}
        self._fond = np.zeros(self.heads["logits"])
        self._fond[often] = 3.0

    def step(self, vector):
        assert vector.size == 1
        self.steps += 1
        self._state = self._state + vector
        logits = self._random.normal(self._fond, 2)
        return {"logits": logits[None].astype(np.float32)}


def pedalling(seed=1):
    """One that knows the pedal, and moves it every few tokens."""
    return BabblingSession(seed, "pedal", often=slice(LIVE.events, None))


class ChordalSession(FakeSession):
    """A model of frames that plays chords as it likes, by noise that is cast for each.

    It remembers the frames that it heard.
    """

    inputs = FRAMES.visible

    def __init__(self, seed=1, begins=-4.0, holds=0.5):
        """Whose keys begin, and go on, by so many nats."""
        self._taste = np.random.default_rng(seed).normal(holds, 0.7, FRAMES.classes)
        self._taste[KEYS:] += begins - holds
        self._noise = np.zeros(FRAMES.classes)
        self.heard = []
        super().__init__()
        self.card = SimpleNamespace(family="rnnrbm", configuration="live", name="fake", tokens=())
        self.heads = {"logits": FRAMES.classes}

    def cast(self, dice):
        self._noise = dice.normal(0, 1, FRAMES.classes)

    def step(self, vector):
        self.heard.append(frame_step(vector))
        self.steps += 1
        self._state = 0.9 * self._state + vector.mean()
        logits = self._taste + self._noise + self._state[0]
        return {"logits": logits[None].astype(np.float32)}


class ToningSession(FakeSession):
    """A model of tones that says these, one after another and again; it remembers what it heard."""

    inputs = NUMBERS

    def __init__(self, *tones):
        self._tones = tones
        self.heard = []
        super().__init__()
        self.card = SimpleNamespace(family="crnngan", configuration="live", name="fake", tokens=())
        self.heads = {"logits": NUMBERS}

    def reset(self):
        self._state = np.zeros(1)

    def step(self, vector):
        self.heard.append(vector.copy())
        tone = self._tones[self.steps % len(self._tones)]
        self.steps += 1
        return {"logits": vectors(TONES, np.array([tone]))}
