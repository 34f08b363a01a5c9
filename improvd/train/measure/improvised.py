"""Pieces that a model plays from nothing, and real ones of a dataset, as their statistics see them.

Any family will do: both are notes by the time they are looked at. A model is asked for nothing but
its next step, at temperature 1, each piece with dice of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np

from improvd.core.note import Note
from improvd.core.units import Beats
from improvd.engine.improviser import Improviser, Plan
from improvd.engine.session import Session
from improvd.errors import DataError
from improvd.models.base import ENDLESS, Family, decode, family
from improvd.models.sampling import Sampler
from improvd.train.data.dataset import Steps, keys_of
from improvd.train.data.split import groups
from improvd.train.measure.nearness import Numbers
from improvd.train.measure.statistics import Piece, measured, parts, tones

TONES = 100  # of a piece that is measured
_LONGEST = Beats(16.0)  # a tone that is held for longer ends, so that one without an end does
_STEPS = 24  # a tone, at most: a model that takes more may never come to its tones


def improvised(
    session: Session, count: int, length: int = TONES, style: str = ""
) -> Iterator[Piece]:
    """The first `length` tones that a model plays from nothing, with the seeds 1 to `count`.

    All are in that style, "": in none. One that falls silent has fewer tones. Raises ModelError
    where the model knows other styles.
    """
    for seed in range(1, count + 1):
        improviser = Improviser(session, Sampler(restless=0.0, seed=seed), style)
        played = tones(_played(improviser, length), improviser.configuration.grid)
        yield played[:length]


def in_style(
    kind: Family, configuration: Any, melodies: Sequence[Steps], style: str
) -> list[Steps]:
    """Those melodies that are in this style, one of those that the configuration knows."""
    number = list(kind.styles(configuration)).index(style) + 1
    keys = keys_of(kind.name)
    return [each for each in melodies if keys.style(configuration, each) == number]


def real(kind: str, configuration: Any, melodies: Sequence[Steps], length: int) -> Numbers:
    """The statistics of a dataset's melodies, [pieces, statistics].

    Each is measured in parts of `length` tones, of which the mean is taken; and so is that of near
    duplicates, which are one piece. Raises DataError where no melody is that long.
    """
    heard = [_tones(family(kind), configuration, each) for each in melodies]
    long_enough = [each for each in heard if len(each) >= length]
    if not long_enough:
        raise DataError(f"none of {len(heard)} melodies has {length} tones")
    rows = np.array([measured(parts(each, length)).mean(axis=0) for each in long_enough])
    pieces = np.array(groups([each[:, 1].tolist() for each in long_enough]))
    return np.array([rows[pieces == each].mean(axis=0) for each in np.unique(pieces)])


def _tones(kind: Family, configuration: Any, steps: Steps) -> Piece:
    keys = keys_of(kind.name)
    widest = keys.widest(configuration)
    return tones(decode(kind.decoder(widest, 0, ENDLESS), keys.played(widest, steps)), widest.grid)


def _played(improviser: Improviser, length: int) -> list[Note]:
    """At least so many notes before which none is missing; fewer where it falls silent."""
    notes: list[Note] = []
    for chunk in islice(improviser.answer(_anything(), 0), _STEPS * length):
        notes += chunk.notes
        if sum(note.onset < chunk.settled for note in notes) >= length:
            break
    return notes


def _anything() -> Plan:
    """Of an answer from which nothing is wanted, not even that it ends."""
    return Plan(
        length=ENDLESS,
        bar=ENDLESS,
        ending=lambda _: frozenset(),
        last_onset=ENDLESS,
        longest=_LONGEST,
        at_once=False,
    )
