"""A Link session of two: how far apart they are once they have met."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final, NamedTuple

from improvd.bench.figure import Figure, spread
from improvd.core.units import Beats, Bpm, Seconds
from improvd.errors import PortError
from improvd.ports.link import LinkSession

_BAR: Final = Beats(4.0)
_TEMPI: Final = (Bpm(97.0), Bpm(140.0))  # of the two, as long as each is alone
_PATIENCE: Final = Seconds(10.0)
_SETTLE: Final = Seconds(2.0)


class Apart(NamedTuple):
    """Two seconds after two peers have met: what one has ahead of the other."""

    phase: Seconds  # within a bar
    bpm: float


def meet() -> Apart:
    """Let two peers meet. Raises ImportError without the library, PortError where they do not."""
    one, other = (LinkSession(bpm, _BAR) for bpm in _TEMPI)
    try:
        deadline = time.monotonic() + _PATIENCE
        while not one.read().peers:
            if time.monotonic() > deadline:
                raise PortError(f"two Link peers do not meet within {_PATIENCE:.0f} s")
            time.sleep(0.01)
        time.sleep(_SETTLE)
        mine, yours = one.read(), other.read()
    finally:
        one.close()
        other.close()
    there = yours.beat + (mine.second - yours.second) * mine.bpm / 60
    beats = (mine.beat - there + _BAR / 2) % _BAR - _BAR / 2
    return Apart(Seconds(beats * 60 / mine.bpm), mine.bpm - yours.bpm)


def figures(count: int) -> Iterator[Figure]:
    """So many sessions."""
    try:
        away = [abs(meet().phase) * 1000.0 for _ in range(count)]
    except ImportError:
        yield Figure("two Link peers: needs improvd[link]", "ms", "max", 3.0, {})
    else:
        yield Figure("two Link peers, 2 s after meeting", "ms", "max", 3.0, spread(away))
