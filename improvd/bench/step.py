"""How long one step of a model takes: on each device there is, in each form, at each size.

The weights are random, as what was learnt changes no time. Needs what training needs, because it
writes the models that it measures.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from improvd import __version__
from improvd.bench.figure import Figure, spread
from improvd.engine.library import model_files
from improvd.engine.session import Device, Session, has_driver
from improvd.errors import ModelError
from improvd.models.card import Card
from improvd.train.onnx import peers

_CLASSES: Final = 38  # inputs and logits, as melody basic has them
SIZES: Final = {
    "2x128": (128, 128),
    "2x512": (512, 512),
    "3x1024": (1024, 1024, 1024),
    "4x2048": (2048, 2048, 2048, 2048),
}
HERE: Final = "the models that are here, batch 1, hot"
SMALL: Final = "2x128"  # the size of the models that come with improvd


class Way(NamedTuple):
    """A form of the graph on a device."""

    form: str
    device: Device


WAYS: Final = {
    "CPU, fp32": Way("LSTM", "cpu"),
    "CPU, fp32, cells written out": Way("cells", "cpu"),
    "CPU, int8": Way("int8", "cpu"),
    "CUDA": Way("LSTM", "cuda"),
    "CUDA, cells written out": Way("cells", "cuda"),
    "CUDA graph": Way("LSTM", "cuda graph"),
    "CUDA graph, cells written out": Way("cells", "cuda graph"),
}
FLOOR: Final = "floor: reading the fp32 weights, one core"


class Pace(NamedTuple):
    """How steps follow each other."""

    title: str
    batch: int
    every: float  # seconds between two steps; 0: at once


HOT: Final = Pace("batch 1, hot", 1, 0.0)
PACES: Final = (HOT, Pace("batch 1, a step each 30 ms", 1, 0.03), Pace("batch 64, hot", 64, 0.0))


class Extent(NamedTuple):
    """How long each kind of step is measured."""

    seconds: float  # after which it is enough
    least: int  # steps that are measured however long they take


SHORT: Final = Extent(2.0, 15)
FULL: Final = Extent(12.0, 200)
_WARM: Final = 5  # steps that are not counted

# µs, by a word of the name: what 25 Gibbs steps may take with their noise; what was measured on a
# graph made by hand; what four layers and 4,096 tokens may take
_BARS: Final = {"rnnrbm": 250.0, "attention": 1.3 * 82.0, "live": 300.0}
_BAR: Final = 1.3 * 21.5  # µs, the same for a stack of two LSTMs
_NUMPY: Final = "numpy"


class Timing(NamedTuple):
    """A cell of the tables: microseconds, or why there are none."""

    pace: str
    way: str
    size: str
    median: float = 0.0
    p99: float = 0.0
    absent: str = ""

    def __str__(self) -> str:
        return self.absent or f"{_short(self.median)} / {_short(self.p99)}"


def timings(extent: Extent) -> Iterator[Timing]:
    """Every size in every way at every pace, and what it is to be seen beside."""
    for size, units in SIZES.items():
        weights = peers.random_weights(_CLASSES, units, _CLASSES)
        yield from _beside(size, weights, extent)
        with tempfile.TemporaryDirectory(prefix="improvd-step-") as folder:
            files = peers.write_forms(weights, _card(size), Path(folder))
            for way, (form, device) in WAYS.items():
                for pace in PACES:
                    yield _step(Timing(pace.title, way, size), files[form], device, pace, extent)
    for name, path in model_files().items():
        yield _step(Timing(HERE, "CPU, fp32", name), path, "cpu", HOT, extent)


def figures(measured: Sequence[Timing]) -> Iterator[Figure]:
    """What has a bar: a small step on the CPU, hot, and that of each model that is here.

    Beside it how much that is of numpy's time in the same run, which tells a slow machine.
    """
    numpy = next((each.median for each in measured if each.way == _NUMPY), None)
    for each in measured:
        small = (each.pace, each.way, each.size) == (HOT.title, "CPU, fp32", SMALL)
        if small or each.pace == HERE:
            words = each.size.split("-")
            bar = next((bar for word, bar in _BARS.items() if word in words), _BAR)
            values = {"median": each.median, "p99": each.p99}
            values |= {"of numpy": each.median / numpy} if numpy else {}
            yield Figure(f"a step of {each.size}, CPU, hot", "us", "median", bar, values)


def tables(measured: Sequence[Timing]) -> str:
    """Markdown: one table a pace, median / p99 in microseconds."""
    return "\n\n".join(
        _table(pace, [each for each in measured if each.pace == pace])
        for pace in dict.fromkeys(each.pace for each in measured)
    )


def _table(pace: str, cells: Sequence[Timing]) -> str:
    sizes = list(dict.fromkeys(each.size for each in cells))
    ways: dict[str, dict[str, str]] = {}
    for each in cells:
        ways.setdefault(each.way, {})[each.size] = str(each)
    rows = [[pace, *sizes], ["---"] * (len(sizes) + 1)]
    rows += [[way, *(told.get(size, "") for size in sizes)] for way, told in ways.items()]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _step(cell: Timing, path: Path, device: Device, pace: Pace, extent: Extent) -> Timing:
    """Measure the steps of a model file, where it can run on that device."""
    if device != "cpu" and not has_driver():
        return cell._replace(absent="no GPU here")
    try:
        session = Session.load(path, device, pace.batch)
        session.warm()
    except ModelError as fault:
        return cell._replace(absent=str(fault))
    dice = np.random.default_rng(0)
    vector = dice.random(session.inputs, np.float32)

    def step() -> None:
        session.cast(dice)
        session.step(vector)

    return _measured(cell, step, extent, pace.every)


def _beside(size: str, weights: Sequence[peers.Array], extent: Extent) -> Iterator[Timing]:
    """The floor: no step can be faster than reading its weights. At the smallest size the peers."""
    block = b"\1" * sum(part.nbytes for part in weights)
    yield _measured(
        Timing(HOT.title, FLOOR, size), lambda: block.find(b"\0"), extent
    )  # C's memchr, all through
    if size == SMALL:
        vector = np.random.default_rng(0).random(_CLASSES, np.float32)
        for name, make in ((_NUMPY, peers.numpy_step), ("tf.function", peers.tensorflow_step)):
            step = make(weights)
            yield _measured(Timing(HOT.title, name, size), lambda: step(vector), extent)  # noqa: B023 - called at once


def _measured(
    cell: Timing, work: Callable[[], object], extent: Extent, every: float = 0.0
) -> Timing:
    for _ in range(_WARM):
        work()
    took: list[float] = []
    end = time.perf_counter() + extent.seconds
    while len(took) < extent.least or time.perf_counter() < end:
        if every:
            time.sleep(every)
        start = time.perf_counter()
        work()
        took.append((time.perf_counter() - start) * 1e6)
    values = spread(took)
    return cell._replace(median=values["median"], p99=values["p99"])


def _card(size: str) -> Card:
    """A card for weights that nobody trained."""
    return Card(
        family="melody",
        configuration="basic",
        name=size,
        description="Random weights.",
        sources=(),
        updates=0,
        loss_per_step=0.0,
        loss_per_note=0.0,
        version=__version__,
        created=date.today(),  # noqa: DTZ011 - nobody asks in which zone
    )


def _short(microseconds: float) -> str:
    return f"{microseconds:.1f}" if microseconds < 100 else f"{microseconds:.0f}"
