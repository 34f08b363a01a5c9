"""Small pieces of tones that a C-RNN-GAN can learn."""

import numpy as np

from improvd.models.card import Source
from improvd.train.data.dataset import Dataset

SOURCE = Source(name="tones", licence="public domain", credit="all of us")


def pieces(count=6, length=24):
    """Broken chords, an eighth of a second each; the last two pieces are held out."""
    dice = np.random.default_rng(1)
    made = []
    for _ in range(count):
        pitches = 60 + np.array([0, 4, 7, 12])[np.arange(length) % 4] + dice.integers(-5, 6)
        loud = dice.integers(60, 100, length)
        since, lasts = np.full(length, 8), np.full(length, 8)
        style = np.zeros(length)
        made.append(np.stack([since, pitches, loud, lasts, style], axis=1).astype(np.int32))
    out = np.arange(count) >= count - 2
    return Dataset("crnngan", made, [str(each) for each in range(count)], out, [SOURCE], {})
