"""Going on from a primer as a model pleases: by plain sampling, or by a beam search over samples.

Nothing is wished for: no onset and no ending is forced, unlike in an answer; only the sampler's
guard against loops stands above the model. The search is the stochastic one of Magenta's event
sequence models (`events_rnn_model.py`): branches are sampled and the likeliest kept. Knows no file
and no clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from improvd.core.harmony import Harmony
from improvd.core.note import Note
from improvd.core.pedal import Pedal, between, moves, presses, sounding
from improvd.core.units import Beats, Bpm
from improvd.engine.improviser import Improviser
from improvd.engine.session import Session
from improvd.models.base import (
    ANYTHING,
    ENDLESS,
    USUAL,
    Decoder,
    Dice,
    Outputs,
    Step,
    Voice,
    Wish,
    decode,
    decode_pedal,
)
from improvd.models.sampling import Sampler

_JUST_PAST = 1e-9  # beats: rounding of a sum, never a musical distance


@dataclass(frozen=True, slots=True)
class Search:
    """How far a continuation is searched for; the defaults are plain sampling.

    `beam` continuations are kept. In each iteration every one of them branches into `branch`, each
    is sampled `iteration` steps on, and the `beam` likeliest of all so far survive.
    """

    beam: int = 1
    branch: int = 1
    iteration: int = 1

    @property
    def streams(self) -> int:
        """How many continuations are sampled side by side: the batch that the session needs."""
        return self.beam * self.branch


class Length(NamedTuple):
    """How far to go on: until either is reached."""

    beats: Beats = ENDLESS
    steps: int = 100_000  # hours of music


class Continuation(NamedTuple):
    """What came after the primer."""

    notes: Sequence[Note]  # in beats as the primer's
    pedal: Sequence[Pedal]  # where the family knows one; it is up at the end
    score: float  # mean log-likelihood of a step, nats, as the model itself sees it


class Generator:
    """A model that goes on from a primer as often as it is asked to, over `harmony` if it may.

    In `style` as well, if it knows any. Raises ModelError where it knows others.
    """

    def __init__(
        self,
        session: Session,
        search: Search = Search(),
        harmony: Harmony | None = None,
        bpm: Bpm = USUAL,
        style: str = "",
    ) -> None:
        """Take a session of a batch of `search.streams`. The primer is silence at first.

        The chords are those of the beats that the primer is on, which are as fast as `bpm`.
        """
        self._session = session
        self._search = search
        self._harmony = harmony
        self._improviser = Improviser(session, Sampler(), style)
        self._transposition = 0
        self._bpm = bpm
        self._configuration = self._improviser.paced(bpm)
        self._lasts = partial(self._improviser.family.lasts, self._configuration)
        self.start = Beats(0.0)  # where a continuation begins
        self._hear([])

    @property
    def chords(self) -> bool:
        """Does it play over chords?"""
        return self._improviser.family.chords

    @property
    def styles(self) -> Sequence[str]:
        """The names of those that it knows."""
        return self._improviser.styles

    def prime(self, notes: Iterable[Note], pedal: Iterable[Pedal] = ()) -> None:
        """Continue these notes, at least one, from the step on in which the last of them ends.

        Its grid begins at their first onset. What the model holds over from them is a rest. Beside
        a `pedal` notes are as long as their keys are held.
        """
        top_first = sorted(notes, key=lambda note: (note.onset, -note.pitch))  # it sets the octave
        origin = top_first[0].onset
        moved = [replace(note, onset=Beats(note.onset - origin)) for note in top_first]
        grid = self._configuration.grid
        held = between(presses(pedal, max(note.end for note in top_first)), origin, ENDLESS)
        end = max(max(note.end, note.onset + grid) for note in sounding(moved, held))
        harmony = self._harmony and self._harmony.counted_from(origin)
        steps = self._improviser.encode(moved, Beats(end), moves(held), harmony, self._bpm)
        self._transposition = self._improviser.transposition([note.pitch for note in moved])
        self.start = Beats(origin + sum(map(self._lasts, steps)))
        self._hear(steps)

    def generate(self, length: Length, sampler: Sampler) -> Continuation:
        """Go on; equal dice give equal music."""
        self._improviser.restore(self._before)
        kind, configuration = self._improviser.family, self._configuration
        dice = kind.dice(sampler)
        wish = Wish(harmony=self._harmony, beat=self.start if self._harmony else None)
        self._improviser.feed([self._last, *kind.cue(configuration, wish)], dice)
        primed = self._improviser.snapshot()
        voices = [kind.voice(configuration, sampler) for _ in range(self._search.streams)]
        for voice in voices:
            voice.restore(primed.history)
        streams = _Streams(self._session, voices, primed.outputs, self._lasts, dice, wish=wish)
        best = streams.search(length, self._search)
        steps, score = streams.steps[best], float(streams.scores[best])
        return Continuation(self._notes(steps), self._pedal(steps), score)

    def _hear(self, steps: Sequence[Step]) -> None:
        """Hear all but the last of these, which each continuation hears with dice of its own."""
        silence = self._improviser.family.silence(self._configuration)
        *before, self._last = steps or [silence]  # of notes that it knows none of
        self._improviser.reset()
        self._improviser.feed(before)
        self._before = self._improviser.snapshot()

    def _notes(self, steps: Sequence[Step]) -> list[Note]:
        return [
            replace(note, onset=Beats(self.start + note.onset))
            for note in decode(self._decoder(), steps)
        ]

    def _pedal(self, steps: Sequence[Step]) -> list[Pedal]:
        end = Beats(self.start + sum(map(self._lasts, steps)))
        moved = decode_pedal(self._decoder(), steps)
        shifted = [Pedal(Beats(self.start + beat), down) for beat, down in moved]
        return moves(presses(shifted, end))

    def _decoder(self) -> Decoder:
        return self._improviser.family.decoder(self._configuration, self._transposition, ENDLESS)


class _Streams:
    """Continuations side by side, each in one row of the session's batch."""

    def __init__(
        self,
        session: Session,
        voices: Sequence[Voice],
        outputs: Outputs,
        lasts: Callable[[Step], Beats],
        dice: Dice,
        *,
        wish: Wish = ANYTHING,
    ) -> None:
        self._session = session
        self._wish = wish  # of the first step
        self._voices = voices
        self._outputs = outputs  # heads [batch, ...] for the step to come
        self._lasts = lasts
        self._dice = dice
        self._heard = np.zeros((len(voices), session.inputs), np.float32)
        self.steps: list[list[Step]] = [[] for _ in voices]
        self._beats = np.zeros(len(voices))
        self._nats = np.zeros(len(voices))  # log-likelihoods

    @property
    def scores(self) -> NDArray[np.float64]:
        """The mean log-likelihood of a step in each row, nats."""
        return np.asarray(self._nats / np.maximum(list(map(len, self.steps)), 1))

    def search(self, length: Length, search: Search) -> int:
        """Go on until all that survive are long enough; the row of the likeliest continuation."""
        survivors = np.arange(search.beam)
        while any(self._goes_on(int(row), length) for row in survivors):
            self._gather(np.repeat(survivors, search.branch))
            for _ in range(search.iteration):
                self._advance(length)
            survivors = np.argsort(-self.scores, kind="stable")[: search.beam]
        return int(survivors[0])

    def _goes_on(self, row: int, length: Length) -> bool:
        return len(self.steps[row]) < length.steps and self._beats[row] < length.beats - _JUST_PAST

    def _gather(self, rows: NDArray[np.intp]) -> None:
        """Let every row go on from one of `rows`."""
        self._session.restore(tuple(part[rows] for part in self._session.snapshot()))
        self._outputs = {name: head[rows] for name, head in self._outputs.items()}
        histories = [self._voices[row].snapshot() for row in rows]
        for voice, history in zip(self._voices, histories, strict=True):
            voice.restore(history)
        self.steps = [self.steps[row].copy() for row in rows]
        self._beats, self._nats = self._beats[rows], self._nats[rows]

    def _wished(self, row: int, length: Length) -> Wish:
        """What the next step of that row has to be."""
        passed, start = self._beats[row], self._wish.beat
        beat = None if start is None else Beats(start + passed)
        within = Beats(length.beats - passed)
        return replace(self._wish, beat=beat, within=within, anew=not self.steps[row])

    def _advance(self, length: Length) -> None:
        """Sample one step in every row that is not long enough."""
        for row, voice in enumerate(self._voices):
            if not self._goes_on(row, length):
                continue
            outputs = {name: head[row : row + 1] for name, head in self._outputs.items()}
            step = voice.choose(outputs, self._wished(row, length))
            self._nats[row] += voice.score(outputs, step)
            self._beats[row] += self._lasts(step)
            self.steps[row].append(step)
            self._heard[row] = voice.hear(step)
        self._session.cast(self._dice)
        self._outputs = self._session.step(self._heard)
