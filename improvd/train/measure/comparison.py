"""What one model or two play from nothing, beside the test music of a dataset."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tqdm import tqdm

from improvd.engine.session import Session
from improvd.models.base import configuration_of
from improvd.train.data.dataset import Dataset
from improvd.train.measure.improvised import improvised, real
from improvd.train.measure.nearness import Nearness, Numbers, nearness
from improvd.train.measure.statistics import STATISTICS, measured


class Comparison(NamedTuple):
    """The statistics of all pieces, and what follows from them."""

    real: Numbers
    models: Sequence[Numbers]
    short: Sequence[int]  # of each model, the pieces that have fewer tones than asked for
    found: Sequence[Nearness]


def compare(
    models: Sequence[Path], data: Path, count: int, length: int, *, validation: bool = False
) -> Comparison:
    """Let each model play `count` pieces of `length` tones; `data` is for the first of them.

    Raises ModelError, and DataError where no melody that is asked about is that long.
    """
    sessions = [Session.load(each) for each in models]
    card = sessions[0].card
    dataset = Dataset.load_for(data, card)
    melodies = dataset.evaluation if validation else dataset.test
    truth = real(card.family, configuration_of(card), melodies, length)
    played = [
        list(tqdm(improvised(each, count, length), each.card.name, count, unit="piece"))
        for each in sessions
    ]
    short = [sum(len(piece) < length for piece in each) for each in played]
    figures = [measured(each) for each in played]
    return Comparison(truth, figures, short, nearness(list(STATISTICS), truth, figures))
