"""What one model or two play from nothing, beside the test music of a dataset."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tqdm import tqdm

from improvd.engine.session import Session
from improvd.errors import ModelError
from improvd.models.base import configuration_of, family, styles_of
from improvd.models.card import Card
from improvd.train.data.dataset import Dataset
from improvd.train.measure.improvised import improvised, in_style, real
from improvd.train.measure.nearness import Nearness, Numbers, nearness
from improvd.train.measure.statistics import STATISTICS, Piece, measured


class Comparison(NamedTuple):
    """The statistics of all pieces, and what follows from them."""

    real: Numbers
    models: Sequence[Numbers]
    short: Sequence[int]  # of each model, the pieces that have fewer tones than asked for
    found: Sequence[Nearness]


def compare(
    models: Sequence[Path],
    data: Path,
    count: int,
    length: int,
    style: str = "",
    *,
    validation: bool = False,
) -> Comparison:
    """Let each model play `count` pieces of `length` tones; `data` is for the first of them.

    In a `style` they are beside the music of that style alone; the second plays in it where it
    knows it. Raises ModelError, also where the first does not know it, and DataError where no
    melody that is asked about is that long.
    """
    sessions = [Session.load(each) for each in models]
    card = sessions[0].card
    dataset = Dataset.load_for(data, card)
    melodies = dataset.evaluation if validation else dataset.test
    kind, configuration = family(card.family), configuration_of(card)
    if style:
        _check(card, style)
        melodies = in_style(kind, configuration, melodies, style)
    truth = real(kind.name, configuration, melodies, length)
    played = [_played(each, count, length, style) for each in sessions]
    short = [sum(len(piece) < length for piece in each) for each in played]
    figures = [measured(each) for each in played]
    return Comparison(truth, figures, short, nearness(list(STATISTICS), truth, figures))


def _played(session: Session, count: int, length: int, style: str) -> list[Piece]:
    """In that style, or in none where it knows others only."""
    card = session.card
    own = style if style in styles_of(card) else ""
    return list(tqdm(improvised(session, count, length, own), card.name, count, unit="piece"))


def _check(card: Card, style: str) -> None:
    """Raise ModelError where a model does not know that style."""
    if not styles_of(card):
        raise ModelError(f"{card.name} knows no styles: compare it without one")
    family(card.family).in_style(configuration_of(card), style, card.name)
