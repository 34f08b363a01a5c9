"""Four voices at once over a real jackd: do they come in together, and does their music keep up?"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import Final

from improvd.bench.figure import Figure, spread
from improvd.bench.overheard import answers
from improvd.bench.rig import Rig
from improvd.bench.tunes import primer

_SEED: Final = 7
_BARS: Final = 8
_FIRST: Final = "melody-attention"
_OTHERS: Final = ("events-live", "melody-attention", "events-live")
_PATIENCE: Final = 10.0  # seconds, beyond an answer


def voices(count: int) -> Iterator[Figure]:
    """Phrase decided to be over -> the first note of the last voice; notes lost, and lateness.

    Two of `melody-attention` and two of `events-live`, a channel each, so many answers of 8 bars.
    """
    for bpm in (120.0, 240.0):
        dice = random.Random(_SEED)  # noqa: S311 - music, not secrets
        with Rig(
            ("improvd.bench.overheard",),
            midi={"backend": "jack"},
            tempo={"source": "internal", "bpm": bpm},
            turns={"start": "now", "length": _BARS, "silence": 0.3, "min_notes": 1},
            model={"name": _FIRST, "device": "cpu", "seed": _SEED},
            voice=[{"model": name, "channel": n} for n, name in enumerate(_OTHERS, 2)],
        ) as rig:
            last = [_last(rig, primer(2, bpm, dice), bpm) for _ in range(count)]
            each, bar = answers(rig.config), 5 + 2 * rig.witness.period
        name = f"four voices, {bpm:.0f} bpm"
        late = [second * 1000.0 for answer in each for second in answer.late]
        lost = [float(answer.planned - len(answer.late)) for answer in each]
        yield Figure(f"{name}, last to come in", "ms", "p99", bar, spread(last))
        yield Figure(f"{name}, notes lost", "", "max", 0.0, spread(lost))
        yield Figure(f"{name}, lateness", "ms", "max", 20.0, spread(late))


def _last(rig: Rig, notes: list[tuple[float, float, int]], bpm: float) -> float:
    heard, wanted = len(rig.witness.heard), len(_OTHERS) + 1
    rig.pianist.play(notes)
    decided = float(rig.daemon.said(r"phrase over at (\S+)")[1])
    firsts: dict[int, int] = {}  # channel -> frame
    while len(firsts) < wanted:
        time.sleep(0.01)
        for on in rig.witness.ons(heard):
            firsts.setdefault(on.data[0] & 0x0F, on.frame)
    late = rig.witness.second_of(max(firsts.values())) - decided
    rig.daemon.said(r"answer over", _BARS * 4 * 60 / bpm + _PATIENCE)
    return late * 1000.0
