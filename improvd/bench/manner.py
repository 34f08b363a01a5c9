"""How near answers come to the density and the register of their phrases, kept to and free."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product
from random import Random
from statistics import fmean
from typing import Final

from improvd.bench.figure import Figure
from improvd.bench.room import Room
from improvd.core.note import Note
from improvd.daemon.log import Turn
from improvd.engine.library import find_model
from improvd.engine.session import Session

COUNT: Final = 5  # phrases of each kind
_ATTACKS: Final = (1, 2, 4)  # a beat
_LOWEST: Final = (43, 55, 67)  # of the octave that a phrase is in
_BEATS: Final = 8
_WAIT: Final = 7.0  # seconds: an answer as long as the phrase, and the silence before it
_LEFT: Final = 1.0  # of what is away without keeping to it, at most


def figures(model: str, count: int) -> Iterator[Figure]:
    """Octaves of density and semitones of mean pitch between answer and phrase, mean distances.

    Raises ModelError.
    """
    path = find_model(model)
    bars = (math.inf, math.inf)
    for setting in ("free", "phrase"):
        rows = [
            _away(Session.load(path), setting, *kind)
            for kind in product(_ATTACKS, _LOWEST, range(count))
        ]
        away = [fmean(column) for column in zip(*rows, strict=True)]
        for what, unit, value, bar in zip(
            ("density", "pitch"), ("octaves", "semitones"), away, bars, strict=True
        ):
            yield Figure(f"{model}, {what} {setting}", unit, "away", bar, {"away": value})
        bars = (_LEFT * away[0], _LEFT * away[1])


def _away(
    session: Session, setting: str, attacks: int, lowest: int, seed: int
) -> tuple[float, ...]:
    turns = {"silence": 0.5, "density": setting, "range": setting}
    room = Room(session, seed, tempo={"source": "internal"}, turns=turns)
    dice = Random(f"{attacks} {lowest} {seed}")  # noqa: S311 - music, not secrets
    scale = (0, 2, 4, 5, 7, 9, 11, 12)
    step, place = 1 / attacks, dice.randrange(len(scale))
    melody = []
    for number in range(_BEATS * attacks):
        place = min(max(place + dice.choice((-2, -1, 1, 2)), 0), len(scale) - 1)
        melody.append((number * step, 0.9 * step, lowest + scale[place]))
    room.play(melody)
    room.wait(_WAIT)
    player, partner = room.told
    density = abs(math.log2(_density(partner) / _density(player)))
    return density, abs(_pitch(partner.notes) - _pitch(player.notes))


def _density(turn: Turn) -> float:
    return len({note.onset for note in turn.notes}) / turn.length


def _pitch(notes: tuple[Note, ...]) -> float:
    return fmean(note.pitch for note in notes)
