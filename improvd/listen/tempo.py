"""The tempo of what is played, from the seconds of its onsets alone. Knows no clock.

Three looks, each finer than the last:
1. how likely are the intervals between onsets at each tempo, if they are note values played with
   some unsteadiness (a histogram of them against a table);
2. near the likeliest tempo, which one lets the first bars fall on its grid;
3. a line through the onsets, counted in steps of that grid, over a window that grows from the
   phrase's start, so that a long phrase ends on the grid it began on.

How far to trust it: how much likelier the tempo is than every other, and how well the onsets agree
with its grid. Neither is enough: all onsets may lie on a grid that is no likelier than another, and
a player who wanders has a likely tempo but is elsewhere by the end.

Which of two tempos an octave apart a player counts cannot be heard: every estimate lies within
70..150 bpm, and 60 is told as 120.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from improvd.core.units import Bpm, Seconds
from improvd.listen.phrase import attacks

Array = NDArray[np.float64]

LOWEST: Final = Bpm(70.0)
HIGHEST: Final = Bpm(150.0)
FEWEST: Final = 5  # onsets; under these the prior stands
STEADY: Final = 0.35  # the confidence under which the last onset is likelier off the grid than on
_STEP_AT_1_BPM = 15.0  # seconds: onsets are counted in quarters of a beat

_NEIGHBOURS = 4  # intervals reach from an onset to its next ... its fourth next
_SHORTEST, _LONGEST = 0.05, 3.0  # seconds: intervals that say something about the tempo
_UNSTEADY = (0.007, 0.025)  # seconds: the spread of played intervals, of a steady hand and a loose
_CANDIDATES: Final = np.geomspace(LOWEST, HIGHEST, 120)
_BINS: Final = np.geomspace(_SHORTEST, _LONGEST, 600)  # intervals, 0.7 % apart
_PRIOR_SPREAD = 0.5  # of ln(bpm / prior)

# How usual an interval is, in steps: twos before threes before the rest. Halves are the 16ths of
# a tempo that was folded down, thirds are triplets.
_VALUES: Final[dict[float, float]] = {
    **dict.fromkeys(range(5, 32), 0.006),
    **dict.fromkeys((2 / 3, 4 / 3, 8 / 3), 0.01),
    **dict.fromkeys((1 / 2, 3 / 2, 5 / 2, 3, 6, 12, 24), 0.06),
    **dict.fromkeys((1, 2, 4, 8, 16), 0.13),
}
_ANYTHING = 0.02  # an interval that is none of these

_WINDOW = 96  # steps: what the second look sees, and the third begins with
_NEAR: Final = np.linspace(0.97, 1.03, 49)  # of the likeliest tempo: what the second look tries
_HALF_STEPS = 0.25  # what a fit to the grid's half steps counts beside one to its steps
_FITS = 0.3  # steps: an onset farther off than this does not bend the line
_SAME = math.log2(1.04)  # octaves: tempos nearer than this are one
_SURE = 0.5  # nats an onset: a tempo with lead m is right in about 1 - exp(-m / _SURE) of songs


class Estimate(NamedTuple):
    """A tempo, and how far its grid can be trusted at the last onset: 0 not at all, 1 wholly.

    From `STEADY` on it is worth playing on; how that was found stands in docs/benchmarks.md.
    """

    bpm: Bpm
    confidence: float


def estimate(onsets: Sequence[Seconds], prior: Bpm) -> Estimate:
    """The tempo of these onsets, which rise. Fewer than 5 attacks leave the prior as it is."""
    times = np.array(attacks(onsets))
    if len(times) < FEWEST:
        return Estimate(prior, 0.0)
    times -= times[0]
    likely = _likely(times, folded(prior, prior))
    bpm = _on_grid(times, float(_CANDIDATES[np.argmax(likely)]))
    step = _line(times, _STEP_AT_1_BPM / bpm)
    found = folded(Bpm(_STEP_AT_1_BPM / step), prior)
    holds = max(_agreement(times / step), _agreement(2 * times / step))
    lead = _lead(likely, found) / len(times)
    return Estimate(found, float(holds * -np.expm1(-lead / _SURE)))


def folded(bpm: Bpm, prior: Bpm) -> Bpm:
    """This tempo, doubled or halved into 70..150 bpm; of two such, the one nearer to the prior."""
    octaves = (bpm * 2.0**octave for octave in range(-8, 9))
    inside = [each for each in octaves if LOWEST <= each <= HIGHEST]
    return Bpm(min(inside, key=lambda each: abs(math.log(each / prior))))


def same_grid(bpm: Bpm, other: Bpm, span: Seconds) -> bool:
    """Do the two part by less than a quarter of a step within `span`? Then neither moves a note."""
    return abs(bpm - other) / _STEP_AT_1_BPM * span < 0.25


def _likely(times: Array, prior: Bpm) -> Array:
    """[candidates]: the logarithm of how likely these onsets and the prior make each tempo."""
    intervals = np.concatenate([times[n:] - times[:-n] for n in range(1, _NEIGHBOURS + 1)])
    intervals = intervals[(intervals > _SHORTEST) & (intervals < _LONGEST)]
    counts = np.bincount(np.searchsorted(_BINS, intervals), minlength=len(_BINS))
    leaning = -0.5 * (np.log(_CANDIDATES / prior) / _PRIOR_SPREAD) ** 2
    likely: Array = _LOG_LIKELIHOOD @ counts + leaning
    return likely


def _lead(likely: Array, bpm: Bpm) -> float:
    """The nats by which this tempo leads all that are another, its octaves not among them."""
    octaves = np.log2(_CANDIDATES / bpm)
    same = np.abs(octaves - np.round(octaves)) < _SAME
    return max(0.0, float(likely[same].max() - likely[~same].max()))


def _normal(away: Array) -> Array:
    """The standard normal density."""
    density: Array = np.exp(-0.5 * away**2) / np.sqrt(2 * np.pi)
    return density


def _log_likelihood() -> Array:
    """[candidates, bins]: the logarithm of how likely each interval is at each tempo."""
    step = _STEP_AT_1_BPM / _CANDIDATES[:, None]
    likely: Array = np.full((len(_CANDIDATES), len(_BINS)), _ANYTHING / (_LONGEST - _SHORTEST))
    for (value, usual), spread in product(_VALUES.items(), _UNSTEADY):
        away = np.abs(_BINS - value * step) / spread
        near = away < 5
        likely[near] += usual / len(_UNSTEADY) / spread * _normal(away[near])
    logarithm: Array = np.log(likely)
    return logarithm


_LOG_LIKELIHOOD: Final = _log_likelihood()


def _on_grid(times: Array, bpm: float) -> float:
    """The tempo near `bpm` on whose grid the onsets of the first window fall best."""
    tried = bpm * _NEAR
    window = times[: max(FEWEST, np.searchsorted(times, _WINDOW * _STEP_AT_1_BPM / bpm))]
    steps = window * (tried[:, None] / _STEP_AT_1_BPM)  # [tempos, onsets]
    return float(tried[np.argmax(_agreement(steps) + _HALF_STEPS * _agreement(2 * steps))])


def _agreement(steps: Array) -> Array:
    """How well positions agree about where between two steps they lie: 1 all, about 0 none."""
    together: Array = np.abs(np.exp(2j * np.pi * steps).mean(-1))
    return together


def _line(times: Array, step: float) -> float:
    """The seconds of a step by least squares, over windows that double from the start."""
    start, window = 0.0, _WINDOW * step
    while True:
        near = times[: np.searchsorted(times, window, side="right")]
        counted = np.round((near - start) / step)
        fits = np.abs(near - start - counted * step) < _FITS * step
        if len(np.unique(counted[fits])) > 2:
            step, start = np.polyfit(counted[fits], near[fits], 1)
        if window >= times[-1]:
            return float(step)
        window *= 2
