"""How much of what a model plays goes round in loops, by how restless its sampler is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from random import Random
from typing import Final, NamedTuple

import numpy as np

from improvd.bench.figure import Figure
from improvd.bench.tunes import primer
from improvd.core.note import Note
from improvd.core.units import Beats, Pitch, Velocity
from improvd.engine.library import find_model
from improvd.engine.session import Session
from improvd.models.base import ANYTHING, Step, configuration_of, encode, family
from improvd.models.sampling import Sampler

MODEL: Final = "melody-basic"
RESTLESS: Final = (0.0, 0.5, 1.0)
# temperature -> how much of the share in loops without heat may be left. At the default temperature
# there is little to do: most of what is counted there are fewer than five repetitions.
LEFT: Final = {0.0: 0.6, 0.3: 0.6, 0.9: 1.0}
_TOP_P: Final = 0.95
_SEEN: Final = 16  # steps: so many as before ...
_LONGEST: Final = 16  # ... at most so many steps earlier


class Extent(NamedTuple):
    """How much is measured."""

    seeds: int = 20
    steps: int = 256


def figures(extent: Extent) -> Iterator[Figure]:
    """The share of steps in loops, by the temperature and by how restless the sampler is.

    `longest`: the steps of the longest stretch in loops, mean over the seeds.
    """
    session = Session.load(find_model(MODEL))
    primers = [_primer(session, seed) for seed in range(extent.seeds)]
    for temperature, left in LEFT.items():
        bar = 1.0
        for restless in RESTLESS:
            loops = []
            for seed, heard in enumerate(primers):
                sampler = Sampler(temperature, 0, _TOP_P, seed, restless)
                loops.append(looping(_played(session, sampler, heard, extent.steps)))
            longest = [max(len(list(run)) * each for each, run in groupby(one)) for one in loops]
            values = {"mean": float(np.mean(loops)), "longest": float(np.mean(longest))}
            name = f"in loops, at {temperature}, restless {restless}"
            yield Figure(name, "", "mean", bar, values)
            bar = bar if restless else values["mean"] * left


def looping(steps: Sequence[Step]) -> list[bool]:
    """At each step from the 32nd on: are the last 16 those that came 1 to 16 steps earlier?"""
    return [
        any(
            steps[end - _SEEN : end] == steps[end - _SEEN - lag : end - lag]
            for lag in range(1, _LONGEST + 1)
        )
        for end in range(_SEEN + _LONGEST, len(steps) + 1)
    ]


def _played(session: Session, sampler: Sampler, primer: Sequence[Step], steps: int) -> list[Step]:
    """What the model plays after `primer`, nothing being wished for."""
    kind = family(session.card.family)
    voice = kind.voice(configuration_of(session.card), sampler)
    session.reset()
    for step in primer:
        outputs = session.step(voice.hear(step))
    played: list[Step] = []
    for _ in range(steps):
        played.append(voice.choose(outputs, ANYTHING))
        outputs = session.step(voice.hear(played[-1]))
    return played


def _primer(session: Session, seed: int) -> list[Step]:
    """Two bars that walk about, of that model's family."""
    kind = family(session.card.family)
    at_one_a_second = primer(2, 60.0, Random(seed))  # noqa: S311 - music, not secrets
    notes = [
        Note(Beats(onset), Beats(end - onset), Pitch(pitch), Velocity(80))
        for onset, end, pitch in at_one_a_second
    ]
    encoder = kind.encoder(configuration_of(session.card), 0)
    return encode(encoder, notes, Beats(8.0))
