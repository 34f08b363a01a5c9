"""Going on from a primer as a model pleases: by plain sampling, or by a beam search over samples.

Nothing is wished for: no onset and no ending is forced, unlike in an answer; only the sampler's
guard against loops stands above the model. The search is the stochastic one of Magenta's event
sequence models (`events_rnn_model.py`): branches are sampled and the likeliest kept. Knows no file
and no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from improvd.core.note import Note
from improvd.core.units import Beats
from improvd.engine.improviser import Improviser
from improvd.engine.session import Session
from improvd.models.base import ANYTHING, Outputs, Step, Voice
from improvd.models.sampling import Sampler


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


class Continuation(NamedTuple):
    """What came after the primer."""

    notes: Sequence[Note]  # in beats as the primer's
    score: float  # mean log-likelihood of a step, nats, as the model itself sees it


class Generator:
    """A model that goes on from a primer as often as it is asked to."""

    def __init__(self, session: Session, search: Search = Search()) -> None:
        """Take a session of a batch of `search.streams`. The primer is silence at first."""
        self._session = session
        self._search = search
        self._improviser = Improviser(session, Sampler())
        self._spacing = 1.0 / session.card.steps_per_beat  # beats a step
        self._transposition = 0
        self.start = Beats(0.0)  # where a continuation begins
        self._improviser.feed([self._improviser.family.silence])
        self._primed = self._improviser.snapshot()

    def prime(self, notes: Iterable[Note]) -> None:
        """Continue these notes, at least one, from the step on in which the last of them ends.

        Its grid begins at their first onset. What the model holds over from them is a rest.
        """
        top_first = sorted(notes, key=lambda note: (note.onset, -note.pitch))  # it sets the octave
        origin = top_first[0].onset
        moved = [replace(note, onset=Beats(note.onset - origin)) for note in top_first]
        end = max(max(note.end, note.onset + self._spacing) for note in moved)
        steps = self._improviser.encode(moved, Beats(end))
        self._transposition = self._improviser.transposition([note.pitch for note in moved])
        self.start = Beats(origin + len(steps) * self._spacing)
        self._improviser.reset()
        self._improviser.feed(steps)
        self._primed = self._improviser.snapshot()

    def generate(self, length: int, sampler: Sampler) -> Continuation:
        """Go on for `length` steps, at least one; equal dice give equal music."""
        self._improviser.restore(self._primed)
        kind, configuration = self._improviser.family, self._improviser.configuration
        voices = [kind.voice(configuration, sampler) for _ in range(self._search.streams)]
        for voice in voices:
            voice.restore(self._primed.history)
        streams = _Streams(self._session, voices, self._primed.outputs)
        best = streams.search(length, self._search)
        return Continuation(self._notes(streams.steps[best]), float(streams.scores[best]) / length)

    def _notes(self, steps: Sequence[Step]) -> list[Note]:
        decoder = self._improviser.family.decoder(
            self._improviser.configuration, self._transposition
        )
        notes = [note for step in steps for note in decoder.step(step)]
        return [
            replace(note, onset=Beats(self.start + note.onset))
            for note in [*notes, *decoder.close()]
        ]


class _Streams:
    """Continuations side by side, each in one row of the session's batch."""

    def __init__(self, session: Session, voices: Sequence[Voice], outputs: Outputs) -> None:
        self._session = session
        self._voices = voices
        self._outputs = outputs  # heads [batch, ...] for the step to come
        self.steps: list[list[Step]] = [[] for _ in voices]
        self.scores: NDArray[np.float64] = np.zeros(len(voices))  # log-likelihoods, nats

    def search(self, length: int, search: Search) -> int:
        """Go on for `length` steps; the row of the likeliest continuation."""
        survivors = np.arange(search.beam)
        for done in range(0, length, search.iteration):
            self._gather(np.repeat(survivors, search.branch))
            for _ in range(min(search.iteration, length - done)):
                self._advance()
            survivors = np.argsort(-self.scores, kind="stable")[: search.beam]
        return int(survivors[0])

    def _gather(self, rows: NDArray[np.intp]) -> None:
        """Let every row go on from one of `rows`."""
        self._session.restore(tuple(part[rows] for part in self._session.snapshot()))
        self._outputs = {name: head[rows] for name, head in self._outputs.items()}
        histories = [self._voices[row].snapshot() for row in rows]
        for voice, history in zip(self._voices, histories, strict=True):
            voice.restore(history)
        self.steps = [self.steps[row].copy() for row in rows]
        self.scores = self.scores[rows]

    def _advance(self) -> None:
        """Sample one step in every row."""
        heard = []
        for row, voice in enumerate(self._voices):
            outputs = {name: head[row : row + 1] for name, head in self._outputs.items()}
            step = voice.choose(outputs, ANYTHING)
            self.scores[row] += voice.score(outputs, step)
            self.steps[row].append(step)
            heard.append(voice.hear(step))
        self._outputs = self._session.step(np.array(heard))
