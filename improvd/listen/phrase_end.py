"""How long nothing must be held before a phrase counts as over. Knows no turn and runs no clock.

A detector looks at the phrase so far and says how much silence ends it; `DETECTORS` names them all.
They are compared on phrases that people marked: docs/benchmarks.md, `improvd bench phrases`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Final, Literal

from improvd.core.tempo import Tempo
from improvd.core.units import VELOCITIES, Beats, Bpm, Seconds
from improvd.listen.phrase import Phrase, attacks

Name = Literal["auto", "beat", "energy", "patient"]
# (the phrase, the second since which nothing is held, the tempo of a clock) -> seconds of silence
Detector = Callable[[Phrase, Seconds, Bpm | None], Seconds]

LEAST, MOST = Seconds(0.4), Seconds(1.2)  # no detector asks for less or for more

_LONGER = 0.9  # the quantile of the intervals that is the pace
_AUTO = 1.5  # times the pace
_PATIENT_MOST = Seconds(0.8)  # of the pace
_FEW = 2.0  # notes: with so few the wait is twice as long
_LEAK = Seconds(0.3)  # in which the level falls to 1/e
_EMPTY = 0.25  # of a note of velocity 127


def over_at(
    phrase: Phrase,
    silent_since: Seconds | None,
    silence: Seconds | Name,
    clock: Bpm | None = None,
) -> Seconds | None:
    """The second at which `phrase` is over if nothing more is played; None while a key is held.

    `silence`: the seconds of it that are enough, or the name of the detector that says how many.
    `clock`: the tempo of a clock from outside; None where none runs.
    """
    if silent_since is None:
        return None
    if not isinstance(silence, str):
        return Seconds(silent_since + silence)
    needed = DETECTORS[silence](phrase, silent_since, clock)
    return Seconds(silent_since + min(max(needed, LEAST), MOST))


def _auto(phrase: Phrase, _: Seconds, __: Bpm | None) -> Seconds:
    """The pace of the phrase."""
    return Seconds(_AUTO * _pace(phrase))


def _beat(phrase: Phrase, silent_since: Seconds, clock: Bpm | None) -> Seconds:
    """One beat of the clock; without a clock as `auto`."""
    return Tempo(clock).seconds(Beats(1.0)) if clock else _auto(phrase, silent_since, clock)


def _energy(phrase: Phrase, silent_since: Seconds, _: Bpm | None) -> Seconds:
    """A leaky bucket: each note pours in its velocity, and the silence lets it run empty."""
    level = sum(
        sound.velocity / VELOCITIES[-1] * math.exp((sound.second - silent_since) / _LEAK)
        for sound in phrase.sounds
        if sound.kind == "on"
    )
    return Seconds(_LEAK * math.log(max(level / _EMPTY, 1.0)))


def _patient(phrase: Phrase, _: Seconds, __: Bpm | None) -> Seconds:
    """The pace within 0.4..0.8 s; and the fewer notes there are, the longer."""
    steady = min(max(_pace(phrase), LEAST), _PATIENT_MOST)
    return Seconds(steady * (1 + _FEW / len(attacks(phrase.onsets))))


DETECTORS: Final[Mapping[Name, Detector]] = {
    "auto": _auto,
    "beat": _beat,
    "energy": _energy,
    "patient": _patient,
}


def _pace(phrase: Phrase) -> Seconds:
    """The 90th percentile of the intervals, chords taken as one; endless without an interval."""
    intervals = sorted(later - earlier for earlier, later in pairwise(attacks(phrase.onsets)))
    if not intervals:
        return Seconds(math.inf)
    return Seconds(intervals[math.ceil(_LONGER * len(intervals)) - 1])
