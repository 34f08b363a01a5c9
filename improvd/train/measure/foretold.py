"""How well a model file foretells melodies, step by step as it is played."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from improvd.engine.session import Session
from improvd.models.base import ANYTHING, configuration_of, family
from improvd.models.sampling import Sampler
from improvd.train.data.dataset import Steps, keys_of


class Foretold(NamedTuple):
    """Of one melody, from its second step on."""

    nats: float
    steps: int
    notes: int  # that begin
    right: int  # steps that were the likeliest


class _Likeliest(Sampler):
    """The likeliest step, even where it would repeat a pattern once more."""

    def draw(
        self, logits: NDArray[np.float32], allowed: NDArray[np.bool_], history: Sequence[int] = ()
    ) -> int:
        del history
        return super().draw(logits, allowed)


def foretold(model: Path, melodies: Sequence[Steps]) -> Iterator[Foretold]:
    """Each of the melodies, which are moved into the model's range. Raises ModelError."""
    session = Session.load(model)
    keys, network = keys_of(session.card.family), configuration_of(session.card)
    sampler = _Likeliest(temperature=0.0, seed=1)
    voice = family(session.card.family).voice(network, sampler)
    silent = voice.snapshot()
    for melody in melodies:
        session.reset()
        voice.restore(silent)
        nats, right = 0.0, 0
        for step, following in pairwise(keys.played(network, melody)):
            session.cast(sampler.dice)
            outputs = session.step(voice.hear(step))
            likelihood = voice.score(outputs, following)
            nats -= likelihood
            # what a step tells beside what it foretells may differ
            right += voice.score(outputs, voice.choose(outputs, ANYTHING)) <= likelihood
        notes = int(np.sum(keys.begins(network, melody[1:])))
        yield Foretold(nats, len(melody) - 1, notes, right)
