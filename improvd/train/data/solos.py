"""A folder of MIDI files with solos over chords -> snippets of musical values, and the vocabulary.

Source: the jazz notebook of the deep-learning course, which learns 60 snippets of deepjazz' values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from improvd.errors import DataError
from improvd.models.jazz.configuration import TICKS
from improvd.models.jazz.faithful.configuration import FAITHFUL
from improvd.models.jazz.faithful.values import Value
from improvd.train.data.corpus import read_files
from improvd.train.data.grammar import read_solo, read_where
from improvd.train.data.raw import Raw

SNIPPETS: Final = 60  # that are drawn from a solo ...
LENGTH: Final = 30  # ... of so many values each
_SEED: Final = 0


def read_solos(folder: Path, division: int) -> Raw:
    """Snippets of the solo of each MIDI file below `folder`; the solos themselves are held out.

    The first input of a snippet is a wait, as in the notebook it is a vector of zeros. Raises
    DataError where no file has a solo that is long enough.
    """
    if division != TICKS:
        raise DataError(f"musical values are told by {TICKS} ticks a beat, not {division}")
    files, failed = read_files(folder, {".mid": _read, ".midi": _read})
    if not files:
        raise DataError(f"{folder} holds no solo over chords: {failed[0]}")
    names, solos = zip(*((name, solo) for name, found in files for solo in found), strict=True)
    values = sorted(set(chain.from_iterable(solos)), key=_order)
    counts = {
        "files that could not be read": len(failed),
        "values": sum(map(len, solos)),
        "distinct values": len(values),
        "solos, which stand where music is held out": len(solos),
    }
    numbered = [f"{name}#{number}" for name in names for number in range(1, SNIPPETS + 1)]
    out = [False] * len(numbered) + [True] * len(names)
    tokens = tuple(map(str, values))
    return Raw([*numbered, *names], _steps(solos, values), tokens, counts, out)


def _steps(solos: Sequence[Sequence[Value]], values: Sequence[Value]) -> list[NDArray[np.int32]]:
    """The snippets of all solos, then the solos, as numbers; each begins with a wait."""
    numbers = {value: number for number, value in enumerate(values)}
    told = [np.array([numbers[value] for value in solo], np.int32) for solo in solos]
    wait = replace(FAITHFUL, values=tuple(values)).wait(TICKS)
    snippets = [each for solo in told for each in _snippets(solo)]
    return [np.insert(each, 0, wait) for each in [*snippets, *told]]


def _snippets(solo: NDArray[np.int32]) -> list[NDArray[np.int32]]:
    """Drawn once; the first value of each is left for the zeros that it begins with."""
    starts = np.random.default_rng(_SEED).integers(len(solo) - LENGTH, size=SNIPPETS)
    return [solo[start + 1 : start + LENGTH] for start in starts]


def _order(value: Value) -> tuple[Any, ...]:
    """How values are numbered: the first of a bar before those that have a distance."""
    return value.kind, value.ticks, value.interval is not None, value.interval or 0


def _read(path: Path) -> list[Sequence[Value]]:
    """The values of a file. Raises ValueError where there are too few."""
    values = read_solo(path, read_where(path.with_suffix(".toml")))
    if len(values) <= LENGTH:
        raise ValueError(f"a solo of {len(values)} notes; it needs more than {LENGTH}")
    return [values]
