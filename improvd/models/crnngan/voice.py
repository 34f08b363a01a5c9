"""Between a tone and the network: its four numbers, and the nearest tone to those it says.

The network draws by the noise that it is given, so what it says is the next tone. A temperature
below 1 narrows that noise about its middle, as Brock, Donahue and Simonyan do in "Large Scale GAN
Training for High Fidelity Natural Image Synthesis", 2019, by truncation; at 0 the network draws
nothing. What is above 1, or rises where pitches go round in a loop, is Gaussian jitter of all four
numbers. How likely a tone is is not told, so the likeliest ones cannot be kept to.
"""

from __future__ import annotations

import math
from collections import deque
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from improvd.core.units import OCTAVE, Pitch, fold
from improvd.models.base import Outputs, Wish
from improvd.models.crnngan.configuration import FARTHEST, NUMBERS, Configuration, Tone, rest
from improvd.models.crnngan.tones import bounded, inputs, tones, vectors
from improvd.models.sampling import MEMORY, Sampler

JITTER: Final = 0.1  # of a number between -1 and 1, for each degree above 1
_TOGETHER: Final = 10  # tones that begin at once at most: there are so many fingers
_REST: Final = -1  # in the history, among pitches
_MIDDLE: Final = 0.5  # of the noise


class Dice:
    """Those of a sampler, whose rolls a temperature below 1 keeps near their middle."""

    def __init__(self, sampler: Sampler) -> None:
        self._sampler = sampler

    def random(self, *, dtype: type[np.float32], out: NDArray[np.float32]) -> None:
        """What `np.random.Generator.random` does: fill `out`."""
        spread = min(max(self._sampler.temperature, 0.0), 1.0)
        rolls = self._sampler.dice.random(out.shape, dtype)
        out[:] = _MIDDLE + spread * (rolls - _MIDDLE)


class Middle:
    """Dice that always fall in the middle: what is heard is no chance."""

    def random(self, *, dtype: type[np.float32], out: NDArray[np.float32]) -> None:
        """What `np.random.Generator.random` does: fill `out`."""
        out[:] = dtype(_MIDDLE)


class Voice:
    """The last pitches of one model: `models.base.Voice`."""

    def __init__(self, configuration: Configuration, sampler: Sampler) -> None:
        self._configuration = configuration
        self._sampler = sampler
        self._history: deque[int] = deque(maxlen=MEMORY)
        self._begun: frozenset[int] = frozenset()  # the pitches that began with the last tone
        self._last: Tone | None = None  # that was no rest

    def hear(self, step: Tone) -> NDArray[np.float32]:
        """What the network hears of it; a rest is heard as the last tone again, after that time."""
        self._history.append(step.pitch if step.velocity else _REST)
        begun = frozenset() if step.since else self._begun
        self._begun = begun | {step.pitch} if step.velocity else begun
        if step.velocity:
            self._last = step
        tone = (self._last or step)._replace(since=step.since, style=step.style)
        return np.asarray(inputs(self._configuration, np.array([tone]))[0])

    def choose(self, outputs: Outputs, wish: Wish) -> Tone:
        """The tone that `logits` [1, 4] say, as far as the wish allows.

        Where it would begin too late it is a rest as long as may be; the nearest pitch that suits
        is taken, and time passes the faster the busier it is to be.
        """
        said = bounded(outputs["logits"].ravel())
        said += JITTER * self._sampler.jitter(NUMBERS, self._history)
        tone = Tone(*tones(self._configuration, said[None], self._style)[0].tolist())
        if wish.hold and not _joins(tone, wish):
            return self._rest(wish)
        tone = tone._replace(pitch=self._pitch(tone.pitch, wish))
        if wish.onset:
            return tone._replace(since=0)
        tone = tone._replace(since=self._since(tone, wish.busier))
        return tone if tone.since <= self._reach(wish) else self._rest(wish)

    def score(self, outputs: Outputs, step: Tone) -> float:
        """Half of the squared distance from what was said, below 0.

        That is, in nats, and short of a constant, the log-density of a Gaussian of deviation 1
        about it.
        """
        told = vectors(self._configuration, np.array([step]))[0]
        away = told.astype(np.float64) - outputs["logits"].ravel()
        return float(-0.5 * away @ away)

    def snapshot(self) -> tuple[tuple[int, ...], frozenset[int], Tone | None]:
        """The last pitches, those that began together, and the last tone."""
        return tuple(self._history), self._begun, self._last

    def restore(self, snapshot: Any) -> None:
        """Take back what `snapshot` gave."""
        history, self._begun, self._last = snapshot
        self._history = deque(history, maxlen=MEMORY)

    @property
    def _style(self) -> int:
        """That of what was heard, or of nothing the one that it is to play in."""
        return self._last.style if self._last else self._configuration.style

    def _reach(self, wish: Wish) -> int:
        """Ticks that a step may reach."""
        return math.floor(min(wish.within / self._configuration.grid + 0.5, FARTHEST))

    def _rest(self, wish: Wish) -> Tone:
        """As long as may be; a tick at least, as time has to pass."""
        return rest(max(1, self._reach(wish)), self._style)

    def _since(self, tone: Tone, busier: float) -> int:
        """Ticks. An onset so many nats likelier at each moment comes so much sooner.

        What begins at once stays so, but a key is struck once at a moment, and not too many are.
        """
        again = tone.pitch in self._begun or len(self._begun) >= _TOGETHER
        if not (ticks := tone.since or int(again)):
            return 0
        return min(max(1, round(ticks * math.exp(-busier))), FARTHEST)

    def _pitch(self, pitch: int, wish: Wish) -> Pitch:
        """The nearest of the wished pitch classes, moved by octaves into the register."""
        lowest, highest = self._configuration.lowest, self._configuration.highest
        if wish.register is not None:
            pitch = self._configuration.folded(fold(pitch, *wish.register))
        if not wish.pitch_classes:
            return Pitch(pitch)
        suits = (each for each in range(lowest, highest + 1) if each % OCTAVE in wish.pitch_classes)
        return Pitch(min(suits, key=lambda each: abs(each - pitch)))


def _joins(tone: Tone, wish: Wish) -> bool:
    """Is it of the wished chord, and at once?"""
    return not tone.since and tone.pitch % OCTAVE in (wish.pitch_classes or ())
