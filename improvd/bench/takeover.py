"""Other models take over in the middle of an answer without an end: is a note lost, or late?"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping
from typing import Any, Final

from improvd.bench.clients import NOTE_ON
from improvd.bench.figure import Figure, spread
from improvd.bench.overheard import Answer, answers
from improvd.bench.rig import Rig
from improvd.bench.tunes import primer
from improvd.ports.wire import PROGRAM

_SEED: Final = 7
_BPM: Final = 120.0
_BARS: Final = 3  # from one call to the next: in the third at the latest it has taken over
_STOP: Final = bytes((NOTE_ON, 22, 64))
_TABLES: Final[Mapping[str, Any]] = {
    "midi": {"backend": "jack"},
    "tempo": {"source": "internal", "bpm": _BPM},
    "model": {"name": "melody-basic", "device": "cpu", "seed": 1},
    "controls": {"stop": "note 22"},
}
CALLED: Final = ("melody-mono", "events-live", "melody-lookback")


def taken_over(mode: str) -> Answer:
    """One answer in that mode, which each of CALLED takes over in its turn."""
    dice = random.Random(_SEED)  # noqa: S311 - music, not secrets
    turns = {"mode": mode, "silence": 0.4}
    presets = [{"name": name, "model": {"name": name}} for name in CALLED]
    with Rig(("improvd.bench.overheard",), turns=turns, preset=presets, **_TABLES) as rig:
        rig.pianist.play(primer(1, _BPM, dice))
        rig.witness.wait_for_on(0)
        for program, name in enumerate(CALLED):
            rig.pianist.send(bytes((PROGRAM, program)))
            if mode == "duet":
                rig.pianist.play(primer(_BARS, _BPM, dice))
            else:
                time.sleep(_BARS * 4 * 60 / _BPM)
            rig.daemon.said(f"{name} answers from now on")
        rig.pianist.send(_STOP)
        rig.daemon.said("answer over", patience=20.0)
        (answer,) = answers(rig.config)
    return answer


def figures() -> Iterator[Figure]:
    """Notes that were planned and never came, and how late the others were."""
    for mode in ("solo", "duet"):
        planned, late = taken_over(mode)
        lost = {"lost": float(planned - len(late)), "n": planned}
        yield Figure(f"taken over in {mode}, notes lost", "", "lost", 0.0, lost)
        spent = spread([second * 1000.0 for second in late])
        yield Figure(f"taken over in {mode}, lateness", "ms", "max", 20.0, spent)
