"""Hands on everything that can be changed while an answer sounds: is a note of it lost, or late?"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle, islice
from typing import Any, Final

from improvd.bench.clients import NOTE_OFF, NOTE_ON
from improvd.bench.figure import Figure, spread
from improvd.bench.overheard import Answer, answers
from improvd.bench.rig import Rig
from improvd.bench.tunes import primer
from improvd.ports.wire import CONTROL, PROGRAM

_SEED: Final = 7
_BPM: Final = 120.0
_APART: Final = 0.05  # seconds between two moves
_TABLES: Final[Mapping[str, Any]] = {
    "midi": {"backend": "jack"},
    "tempo": {"source": "internal", "bpm": _BPM},
    "turns": {"silence": 0.4, "length": 2},
    "model": {"name": "melody-basic", "device": "cpu", "seed": 1},
    "controls": {
        "temperature": "cc 1",
        "density": "cc 2",
        "length": "cc 3",
        "mode": "cc 9",
        "model": "note 20",
    },
    "preset": [
        {"name": "there", "model": {"name": "melody-mono"}, "turns": {"density": 1.0}},
        {"name": "back", "model": {"name": "melody-basic"}, "turns": {"density": "phrase"}},
    ],
}
_KNOBS: Final = [(CONTROL, knob, value) for knob in (1, 2, 3) for value in (60, 0, 16)]
_KEY: Final = [(NOTE_ON, 20, 64), (NOTE_OFF, 20, 0)]
_MODES: Final = [(CONTROL, 9, 127), (CONTROL, 9, 0)]  # listen, and back to answer
_OVER: Final = "answer over"
# What is moved in one answer after the other, and what the daemon says of it.
_HANDS: Final[Sequence[tuple[Sequence[tuple[int, ...]], Sequence[str]]]] = (
    (_KNOBS, ("length at", _OVER)),
    (_KEY, ("model at", _OVER, "answers from now on")),
    ([(PROGRAM, 0)], ("preset there", _OVER, "melody-mono answers from now on")),
    (_MODES, ("mode answer", _OVER)),
    ([*_KNOBS, *_MODES, *_KEY, (PROGRAM, 1)], ("preset back", _OVER, "melody-basic answers")),
)


def changed(count: int) -> list[Answer]:
    """So many answers, into each of which something was moved."""
    dice = random.Random(_SEED)  # noqa: S311 - music, not secrets
    with Rig(program=("improvd.bench.overheard",), **_TABLES) as rig:
        for moves, says in islice(cycle(_HANDS), count):
            heard = len(rig.witness.heard)
            rig.pianist.play(primer(1, _BPM, dice))
            rig.witness.wait_for_on(heard)
            for move in moves:
                rig.pianist.send(bytes(move))
                time.sleep(_APART)
            for words in says:
                rig.daemon.said(words, patience=30.0)
        return answers(rig.config)


def figures(count: int) -> Iterator[Figure]:
    """Notes that were planned and never came, and how late the others were."""
    found = changed(count)
    lost = [float(each.planned - len(each.late)) for each in found]
    late = [second * 1000.0 for each in found for second in each.late]
    yield Figure("changed while answering, notes lost", "", "max", 0.0, spread(lost))
    yield Figure("changed while answering, lateness", "ms", "max", 20.0, spread(late))
