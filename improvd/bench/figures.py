"""All that `improvd bench` can measure, by name, and how often."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from improvd.bench.changes import figures as changes
from improvd.bench.chart import figures as chart
from improvd.bench.clock import figures as clock
from improvd.bench.figure import Figure
from improvd.bench.inside import grid, states
from improvd.bench.live import cuts, idle, onsets, replies, starts, thru
from improvd.bench.takeover import figures as takeover
from improvd.bench.voices import voices


class Extent(NamedTuple):
    """How much is measured."""

    primers: dict[int, int]  # bars -> how many primers of that length
    pedalled: int
    onsets: int
    thru: int
    cuts: int
    starts: int
    idle: float  # seconds
    grid: int  # phrases of each kind
    clock: tuple[int, int]  # bars of an answer, and turns beside a transport
    changes: int  # answers into which hands change something
    voices: int  # answers of four voices
    chart: int  # answers over a chart


SHORT: Final = Extent({1: 10, 4: 3}, 5, 150, 100, 10, 3, 5.0, 5, (4, 8), 5, 4, 1)
FULL: Final = Extent(
    {1: 60, 4: 20, 16: 6, 64: 3}, 20, 500, 500, 50, 10, 20.0, 40, (16, 40), 40, 20, 6
)


def _replies(extent: Extent) -> Iterator[Figure]:
    for source in ("internal", "auto"):
        yield from replies(source, extent.primers)
        yield from replies(source, {4: extent.pedalled}, pedal=True)


def _thru(extent: Extent) -> Iterator[Figure]:
    for backend in ("jack", "rtmidi-jack"):
        yield from thru(backend, extent.thru)


def _cuts(extent: Extent) -> Iterator[Figure]:
    for stopped in (False, True):
        yield from cuts(extent.cuts, mind_stopped=stopped)


FIGURES: Final[dict[str, Callable[[Extent], Iterator[Figure]]]] = {
    "reply": _replies,
    "onsets": lambda extent: onsets(extent.onsets),
    "thru": _thru,
    "cut": _cuts,
    "clock": lambda extent: clock(*extent.clock),
    "changes": lambda extent: changes(extent.changes),
    "takeover": lambda _: takeover(),
    "voices": lambda extent: voices(extent.voices),
    "chart": lambda extent: chart(extent.chart),
    "start": lambda extent: starts(extent.starts),
    "idle": lambda extent: idle(extent.idle),
    "grid": lambda extent: grid(extent.grid),
    "state": lambda _: states(50),
}
