"""Which of two models foretells held-out melodies better, and may that be chance?

The difference of what they need for a note, melody by melody, with a bootstrap over pieces: near
duplicates (the same tune in two collections, or once more swung) are one piece.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import numpy as np

from improvd.errors import DataError
from improvd.models.base import Family, family
from improvd.train.data.dataset import Dataset, pitches_of
from improvd.train.data.split import groups
from improvd.train.measure.evaluate import held_out, settings_of
from improvd.train.measure.foretold import foretold
from improvd.train.measure.judge import Finding, finding
from improvd.train.runs.run import Settings

SEED = 1
_FEWEST = 5  # pieces of which chance can be told


def against(one: Path, other: Path, data: Path, examples: int = 0) -> Finding:
    """The log-likelihood of a note: that of the one, the other's, and the difference.

    Raises ModelError, and DataError where not both can be asked about the same melodies.
    """
    settings = [settings_of(path, data) for path in (one, other)]
    kind = _family(*settings)
    melodies = [held_out(each, Dataset.load_for(data, each), examples) for each in settings]
    if [len(each) for each in melodies[0]] != [len(each) for each in melodies[1]]:
        raise DataError(f"{one} and {other} have ranges that fit different melodies of {data}")
    own, others = (
        np.array([-each.nats / max(each.notes, 1) for each in foretold(path, asked)])
        for path, asked in zip((one, other), melodies, strict=True)
    )
    network = settings[0].network
    pieces = groups([pitches_of(kind.name, network, melody) for melody in melodies[0]])
    if len(set(pieces)) < _FEWEST:
        raise DataError(f"{data} holds out {len(set(pieces))} pieces: {_FEWEST} at least can tell")
    numbered = np.unique(pieces, return_inverse=True)[1]
    return finding("log-likelihood a note", own, others, numbered, SEED)


def _family(one: Settings, other: Settings) -> Family:
    """That of both. Raises DataError where they cannot be compared."""
    if one.family != other.family:
        raise DataError(f"a model of {one.family} and one of {other.family} foretell other steps")
    if import_module(f"improvd.models.{one.family}.net").ANNEALED:
        raise DataError(f"the likelihoods of {one.family} are estimated, so not compared")
    return family(one.family)
