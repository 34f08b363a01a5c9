"""Does a model listen? Held-out phrases, each against another tune's phrase in the same key.

Three questions, each as a mean paired difference with a bootstrap 95 % interval (Efron, 1979): is
the true continuation likelier after its own phrase than after another's; do answers share pitch
classes with their own phrase more than with another's; and rhythm, as intervals between onsets?
The other phrase is moved to the key, then the octave, in which it is most like the own one.

Where a graph draws, a step's likelihood is the mean over several chains: a conservative estimate
(Bengio, Yao and Cho, "Bounding the Test Log-Likelihood of Generative Models", 2013), with the same
noise for both phrases.

Where there are fewer pieces than phrases are asked for, the longer ones give several, and the
bootstrap draws pieces, since the phrases of one are alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from improvd.core.note import Note
from improvd.core.pedal import Part, moves, presses
from improvd.core.units import Beats, Pitch
from improvd.engine.session import Session
from improvd.errors import DataError
from improvd.models.base import (
    ENDLESS,
    Decoder,
    Outputs,
    Step,
    Wish,
    configuration_of,
    decode,
    decode_pedal,
    encode,
    family,
)
from improvd.models.sampling import Sampler
from improvd.train.data.dataset import Dataset, Steps, keys_of

LENGTH = Beats(16.0)  # of a phrase, and of what follows it
TEMPERATURE, TOP_P = 0.9, 0.95  # what the shipped configuration answers with
_RESAMPLES = 10_000
_CHAINS = 64  # of a graph that draws: the likelihood of a step is the mean over so many
_DENSEST = 64  # steps a beat: a model that puts more into it does not move in time


class Finding(NamedTuple):
    """The answer to one question; it holds where the interval excludes zero."""

    question: str
    own: float
    other: float
    difference: float
    low: float
    high: float
    holds: bool


class Case(NamedTuple):
    """A held-out phrase, how its tune goes on, and another tune's phrase in the same key."""

    piece: int  # one number for all phrases of a tune
    phrase: list[Step]
    continuation: list[Step]
    other: list[Step]


class Judge:
    """A model, and the music that it is asked about."""

    def __init__(self, model: Path, data: Path) -> None:
        """Load both. Raises ModelError, DataError."""
        self._session = Session.load(model)
        self._chains = Session.load(model, batch=_CHAINS) if self._session.draws else self._session
        card = self._session.card
        self._family = family(card.family)
        self._configuration = configuration_of(card)
        self._keys = keys_of(card.family)
        self._melodies = [
            steps for steps in Dataset.load_for(data, card).evaluation if self._usable(steps)
        ]

    def findings(self, count: int, seed: int = 1) -> list[Finding]:
        """The three findings over `count` phrases. Raises DataError where there are too few."""
        cases = self._cases(count, seed)
        rows = [
            self._measured(case, seed + number)
            for number, case in enumerate(tqdm(cases, "judging", unit="phrase"))
        ]
        pieces = np.unique([case.piece for case in cases], return_inverse=True)[1]
        questions = ("log-likelihood a step", "pitch classes shared", "rhythm shared")
        columns = np.array(rows).transpose(1, 2, 0)  # [question, own or other, case]
        return [
            finding(question, own, other, pieces, seed)
            for question, (own, other) in zip(questions, columns, strict=True)
        ]

    def _usable(self, steps: Steps) -> bool:
        fits = bool(self._keys.keys(self._configuration, steps))
        return fits and self._beats(steps) >= 2 * LENGTH

    def _cases(self, count: int, seed: int) -> list[Case]:
        phrases = [int(self._beats(steps) // (2 * LENGTH)) for steps in self._melodies]
        if not (len(phrases) > 1 and 2 <= count <= sum(phrases)):
            message = f"{count} phrases asked for: 2..{sum(phrases)} can be had of"
            raise DataError(f"{message} {len(phrases)} held-out melodies that are long enough")
        order = np.random.default_rng(seed).permutation(len(phrases)).tolist()
        places = [
            (piece, number)
            for number in range(max(phrases))
            for piece in order
            if number < phrases[piece]
        ][:count]
        others = [*places[1:], places[0]]
        return [self._case(own, other) for own, other in zip(places, others, strict=True)]

    def _case(self, place: tuple[int, int], elsewhere: tuple[int, int]) -> Case:
        """The phrase with this number of this melody, beside another's."""
        piece, number = place
        own, other = self._melodies[piece], self._melodies[elsewhere[0]]
        tune = self._tune(self._keys.home(self._configuration, own))
        phrase, continuation = (self._steps(tune, 2 * number + each) for each in (0, 1))
        notes = self._notes(phrase)

        def likeness(steps: Sequence[Step]) -> tuple[float, float]:
            heard = self._notes(steps)
            register = abs(np.mean(_pitches(heard)) - np.mean(_pitches(notes)))
            return overlap(pitch_classes(notes), pitch_classes(heard)), -float(register)

        there = self._tune(other)
        moved = (
            self._steps(_moved(there, key), 2 * elsewhere[1])
            for key in self._keys.keys(self._configuration, other)
        )
        return Case(piece, phrase, continuation, max(moved, key=likeness))

    def _steps(self, tune: Part, number: int) -> list[Step]:
        """What begins in the stretch of LENGTH with that number, ends in it too."""
        notes, held = tune.between(Beats(number * LENGTH), Beats((number + 1) * LENGTH))
        encoder = self._family.encoder(self._configuration, 0)
        steps = encode(encoder, notes, LENGTH, moves(held))
        return steps or [self._family.silence(self._configuration)]

    def _measured(self, case: Case, seed: int) -> list[tuple[float, float]]:
        """For each question: own, other."""
        own, other = self._notes(case.phrase), self._notes(case.other)
        answer = self._notes(self._answer(case.phrase, seed))
        likelihoods = (
            self._likelihood(case.phrase, case.continuation, seed),
            self._likelihood(case.other, case.continuation, seed),
        )
        shared = [
            (overlap(kind(answer), kind(own)), overlap(kind(answer), kind(other)))
            for kind in (pitch_classes, rhythm)
        ]
        return [likelihoods, *shared]

    def _likelihood(self, phrase: Sequence[Step], continuation: Sequence[Step], seed: int) -> float:
        """Mean log-likelihood of a step of `continuation` after `phrase`, nats."""
        sampler = Sampler(seed=seed)
        voice, dice = self._family.voice(self._configuration, sampler), self._family.dice(sampler)
        self._chains.reset()
        self._chains.cast(self._family.hearing or dice)
        for step in phrase[:-1]:
            self._chains.step(voice.hear(step))
        scores = []
        for step, following in pairwise([phrase[-1], *continuation]):
            self._chains.cast(dice)
            outputs = self._chains.step(voice.hear(step))
            scores.append(_log_mean([voice.score(row, following) for row in _rows(outputs)]))
        return float(np.mean(scores))

    def _answer(self, phrase: Sequence[Step], seed: int) -> list[Step]:
        """What the model plays after `phrase`, as long as it, nothing being wished for."""
        sampler = Sampler(TEMPERATURE, 0, TOP_P, seed)
        voice, dice = self._family.voice(self._configuration, sampler), self._family.dice(sampler)
        self._session.reset()
        self._session.cast(self._family.hearing or dice)
        for step in phrase:
            outputs = self._session.step(voice.hear(step))
        answer: list[Step] = []
        beat = 0.0
        while beat < LENGTH and len(answer) < LENGTH * _DENSEST:
            answer.append(voice.choose(outputs, Wish(anew=not answer)))
            beat += self._family.lasts(self._configuration, answer[-1])
            self._session.cast(dice)
            outputs = self._session.step(voice.hear(answer[-1]))
        return answer

    def _tune(self, steps: Steps) -> Part:
        played = self._keys.played(self._configuration, steps)
        return Part(self._notes(played), presses(decode_pedal(self._decoder(), played), ENDLESS))

    def _notes(self, steps: Iterable[Step]) -> list[Note]:
        return decode(self._decoder(), steps)

    def _decoder(self) -> Decoder:
        return self._family.decoder(self._configuration, 0, ENDLESS)

    def _beats(self, steps: Steps) -> float:
        played = self._keys.played(self._configuration, steps)
        return sum(self._family.lasts(self._configuration, step) for step in played)


def finding(
    question: str,
    own: NDArray[np.float64],
    other: NDArray[np.float64],
    pieces: NDArray[np.intp],
    seed: int,
) -> Finding:
    """Compare two paired samples, [cases] each, of these pieces 0, 1, ...; pieces are resampled."""
    differences = own - other
    counts, sums = np.bincount(pieces), np.bincount(pieces, differences)
    picks = np.random.default_rng(seed).integers(len(counts), size=(_RESAMPLES, len(counts)))
    means = sums[picks].sum(axis=1) / counts[picks].sum(axis=1)
    low, high = np.percentile(means, (2.5, 97.5))
    own_mean, other_mean, difference = (float(each.mean()) for each in (own, other, differences))
    return Finding(
        question, own_mean, other_mean, difference, float(low), float(high), bool(low > 0.0)
    )


def pitch_classes(notes: Sequence[Note]) -> Counter[Any]:
    """How often each pitch class begins."""
    return Counter(pitch % 12 for pitch in _pitches(notes))


def rhythm(notes: Sequence[Note]) -> Counter[Any]:
    """How often each interval between onsets occurs, in beats."""
    return Counter(after.onset - before.onset for before, after in pairwise(notes))


def overlap(one: Counter[Any], other: Counter[Any]) -> float:
    """How much two histograms share, 0..1; nothing if either is empty."""
    totals = one.total(), other.total()
    if not all(totals):
        return 0.0
    return sum(min(one[key] / totals[0], other[key] / totals[1]) for key in one)


def _rows(outputs: Outputs) -> list[Outputs]:
    """The heads of each stream by itself."""
    streams = len(next(iter(outputs.values())))
    return [{name: head[row : row + 1] for name, head in outputs.items()} for row in range(streams)]


def _log_mean(logarithms: Sequence[float]) -> float:
    """The logarithm of the mean of what they are logarithms of."""
    return float(np.logaddexp.reduce(logarithms) - np.log(len(logarithms)))


def _moved(tune: Part, semitones: int) -> Part:
    """The same in another key."""
    notes = [replace(note, pitch=Pitch(note.pitch + semitones)) for note in tune.notes]
    return tune._replace(notes=notes)


def _pitches(notes: Sequence[Note]) -> list[int]:
    return [note.pitch for note in notes]
