"""Music to measure with: rhythms of tunes in the public domain, and melodies that walk about."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate, cycle, islice
from random import Random
from typing import Final

from improvd.core.units import Bpm, Seconds
from improvd.listen.tempo import estimate

STEPS: Final = 4  # a beat: 16ths

# Intervals between onsets, in 16ths.
TUNES: Final = {
    "Frère Jacques": [4] * 8 + [4, 4, 8] * 2 + [2, 2, 2, 2, 4, 4] * 2 + [4, 4, 8] * 2,
    "Auld Lang Syne": [4, 6, 2, 4, 4, 6, 2, 4, 4, 6, 2, 4, 4, 12],
    "The Irish Washerwoman": [2] * 18 + [4, 2, 2, 2, 2] + [2] * 18 + [4, 2, 4, 2],
    "Ode to Joy": [4] * 12 + [6, 2, 8],
    "Amazing Grace": [4, 8, 2, 2, 8, 4, 8, 4, 8, 4, 8, 2, 2, 8, 4, 20],
    "Yankee Doodle": [4] * 15 + [4] + [4, 4, 4, 4, 6, 2, 2, 2, 4, 4, 8, 8],
    "The Girl I Left Behind Me": [2, 2, 4, 2, 2, 2, 2, 4, 4, 2, 2, 2, 2, 4, 4, 4, 2, 2],
    "a strathspey": [3, 1, 1, 3, 4, 4, 3, 1, 3, 1, 4, 2, 2],
    "a march": [2, 1, 1, 2, 2, 4, 4, 3, 1, 2, 2, 8],
}


def played(
    tune: str, notes: int, bpm: float, unsteady: float = 0.0, seed: int = 0
) -> list[Seconds]:
    """The seconds of that many onsets of the tune, round and round, from some moment on.

    `unsteady`: the standard deviation of an onset, seconds.
    """
    dice = Random(f"{tune} {notes} {seed}")  # noqa: S311 - music, not secrets
    steps = accumulate(islice(cycle(TUNES[tune]), notes - 1), initial=0)
    start = dice.uniform(0, 1000)
    seconds = (start + step * 60 / STEPS / bpm + dice.gauss(0, unsteady) for step in steps)
    return [Seconds(second) for second in sorted(seconds)]


def primer(bars: int, bpm: float, dice: Random) -> list[tuple[float, float, int]]:
    """Bars of eighths and quarters on a walking melody: (onset, end, pitch), seconds."""
    notes, beat, pitch = [], 0.0, 65
    while beat < bars * 4:
        length = min(dice.choice((0.5, 0.5, 0.5, 1.0)), bars * 4 - beat)
        notes.append((beat * 60 / bpm, (beat + length * 0.9) * 60 / bpm, pitch))
        pitch = min(79, max(55, pitch + dice.choice((-4, -2, -1, 1, 2, 4))))
        beat += length
    return notes


def on_the_true_grid(onsets: Sequence[Seconds], bpm: float, prior: Bpm) -> float:
    """The share of onsets that fall on the same 16th by the estimate, in its octave, as truly."""
    found = estimate(onsets, prior).bpm
    octave = 2 ** round(math.log2(bpm / found))
    pairs = zip(_steps(onsets, found * octave), _steps(onsets, bpm), strict=True)
    return sum(one == other for one, other in pairs) / len(onsets)


def _steps(onsets: Sequence[Seconds], bpm: float) -> list[int]:
    """The 16ths that the onsets fall on, counted from the first."""
    return [math.floor((onset - onsets[0]) * bpm * STEPS / 60 + 0.5) for onset in onsets]
