"""Small rolls that a frame family can learn, and a benchmark set of them."""

import numpy as np
from scipy.io import savemat

from improvd.models.card import Source
from improvd.train.data.dataset import Dataset

SOURCE = Source(name="rolls", licence="public domain", credit="all of us")
KEYS = 88


def chords(count, seed=0, length=24):
    """Rolls [length, 88] of four chords in turn, each for two frames, from anywhere on."""
    random = np.random.default_rng(seed)
    triads = [(39, 43, 46), (44, 48, 51), (46, 50, 53), (39, 43, 46)]
    made = np.zeros((count, length, KEYS), bool)
    for roll, start in zip(made, random.integers(8, size=count), strict=True):
        for at, row in enumerate(roll):
            row[list(triads[(start + at) // 2 % 4])] = True
    return list(made)


def dataset(configuration="faithful"):
    """Six rolls, two of them held out."""
    rolls = chords(6)
    if configuration == "live":
        rolls = [np.concatenate([roll, roll & ~np.roll(roll, 1, axis=0)], axis=1) for roll in rolls]
    out = np.arange(6) >= 4
    return Dataset("rnnrbm", rolls, list("abcdef"), out, [SOURCE], {}, configuration)


def cells(rolls):
    """As MATLAB keeps rolls of different lengths."""
    made = np.empty((1, len(rolls)), object)
    for at, roll in enumerate(rolls):
        made[0, at] = roll.astype(np.uint8)
    return made


def write_benchmark(path, **splits):
    """Write a set of 5, 2 and 3 rolls; `splits` are others."""
    known = {"traindata": chords(5), "validdata": chords(2, 1), "testdata": chords(3, 2)}
    savemat(path, {name: cells(rolls) for name, rolls in (known | splits).items()})
    return path
