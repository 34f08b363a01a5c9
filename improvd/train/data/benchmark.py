"""The benchmark sets of polyphonic music: piano rolls in MATLAB files, with their splits.

Source: Boulanger-Lewandowski, Bengio and Vincent, "Modeling Temporal Dependencies in
High-Dimensional Sequences", 2012. Each file has the cells `traindata`, `validdata` and `testdata`,
each cell a roll [time, 88 keys from MIDI 21 on] of zeros and ones. Knows no network.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat

from improvd.errors import DataError, in_short
from improvd.models.base import Family
from improvd.models.card import Source
from improvd.train.data.corpus import sources
from improvd.train.data.dataset import Dataset
from improvd.train.data.sets import SETS

KEYS = 88
_SPLITS = ("traindata", "validdata", "testdata")
_CREDIT = "Boulanger-Lewandowski, Bengio and Vincent, 2012"

Roll = NDArray[np.bool_]  # [time, keys]


class Benchmark(NamedTuple):
    """The rolls of one set, by what they are for."""

    training: list[Roll]
    validation: list[Roll]
    test: list[Roll]


def read_benchmark(name: str, data: Path) -> Benchmark:
    """The set of that name, one of SETS, from its file or from any folder above it.

    Raises DataError where the file is missing, is broken or holds something else.
    """
    path = _found(SETS[name], data)
    try:
        cells = loadmat(path, variable_names=_SPLITS)
    except Exception as fault:  # noqa: BLE001 - scipy raises what its reading stumbles over
        raise DataError(f"{path}: no MATLAB file, or a broken one: {in_short(fault)}") from None
    missing = [split for split in _SPLITS if split not in cells]
    if missing:
        raise DataError(f"{path} has no {', '.join(missing)}: it is no benchmark set")
    return Benchmark(
        *([_roll(path, split, each) for each in cells[split].flat] for split in _SPLITS)
    )


def build_of_benchmark(family: Family, configuration: str, name: str, data: Path) -> Dataset:
    """Its training rolls to learn from, those for validation held out; its test rolls stay unseen.

    Raises DataError, also where the configuration's frames are others, and ModelError.
    """
    network = family.named(configuration)
    check(network, name)
    music = read_benchmark(name, data)
    rolls = [*music.training, *music.validation]
    out = np.arange(len(rolls)) >= len(music.training)
    known = sources(data) if data.is_dir() else []
    source = Source(name=name, licence="unknown: to measure only", credit=_CREDIT)
    names = [f"{name}#{number}" for number in range(1, len(rolls) + 1)]
    counts = {
        "melodies": len(rolls),
        "melodies held out": len(music.validation),
        "steps": sum(map(len, rolls)),
        "steps held out": sum(map(len, music.validation)),
    }
    return Dataset(family.name, rolls, names, out, known or [source], counts, network.name)


def check(network: Any, name: str) -> None:
    """Raise DataError where a configuration's steps are not frames of 88 keys."""
    if getattr(network, "visible", 0) != KEYS:
        message = f"{name} is of piano rolls of {KEYS} keys, which {network.name} does not learn"
        raise DataError(f"{message}; `rnnrbm faithful` does")


def _found(name: str, data: Path) -> Path:
    if data.is_file():
        return data
    found = sorted(data.rglob(name))
    if not found:
        raise DataError(f"{name} is neither {data} nor below it; give --data the set's folder")
    return found[0]


def _roll(path: Path, split: str, cell: Any) -> Roll:
    roll = np.asarray(cell)
    if roll.ndim != 2 or roll.shape[1] != KEYS or not len(roll):  # [time, keys]
        raise DataError(f"{path}: {split} has a roll of shape {roll.shape}, not [time, {KEYS}]")
    if not np.isin(roll, (0, 1)).all():
        raise DataError(f"{path}: {split} has a roll of other numbers than 0 and 1")
    return roll.astype(np.bool_)
