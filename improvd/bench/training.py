"""How fast training goes, beside torch's LSTM of the same shape in the same run, both in fp32.

torch is no dependency: where it is not installed there is nothing to compare with, which is said.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np

from improvd.bench.figure import Figure
from improvd.errors import ImprovdError
from improvd.train.data.dataset import Dataset
from improvd.train.learn.fit import Trainer, use_threads
from improvd.train.runs.hparams import Hparams
from improvd.train.runs.run import Run, Settings

_THREADS: Final = 2
_UPDATES: Final = 25  # of one measurement
_ROUNDS: Final = 3  # of one measurement each, after one that is not counted
_SHAPE: Final = Hparams()  # 128 streams of 64 steps
_UNITS, _LAYERS, _EVENTS = 128, 2, 38  # melody basic
_BAR: Final = 0.9


def figure() -> Figure:
    """Steps a second, the best of several rounds each. Raises ImprovdError without torch."""
    try:
        torch = import_module("torch")
    except ModuleNotFoundError:
        raise ImprovdError("torch is not installed: pip install torch, to compare with") from None
    use_threads(_THREADS)
    torch.set_num_threads(_THREADS)
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = _ours(Path(folder)), _torch(torch)
        rates = [(next(ours), next(theirs)) for _ in range(_ROUNDS + 1)][1:]
    mine, other = (max(column) for column in zip(*rates, strict=True))
    values = {"ratio": mine / other, "steps/s": mine, "torch": other}
    return Figure("training, 2x128, against torch", "", "ratio", _BAR, values, least=True)


def _ours(folder: Path) -> Iterator[float]:
    """The steps a second that a whole training run reaches, batches and all."""
    random = np.random.default_rng(1)
    melodies = [random.integers(62, 86, size=400).astype(np.int32) for _ in range(200)]
    dataset = Dataset("melody", melodies, [""] * 200, np.arange(200) < 2, [], {})
    run = Run(folder, Settings("melody", "basic", str(folder), (), _SHAPE))
    trainer = Trainer(run, dataset)
    while True:
        trainer.fit(trainer.update + _UPDATES, summary_every=_UPDATES)
        yield run.course()[-1]["speed"]


def _torch(torch: Any) -> Iterator[float]:
    update = _torch_update(torch)
    while True:
        began = time.perf_counter()
        for _ in range(_UPDATES):
            update()
        steps = _UPDATES * _SHAPE.batch_size * _SHAPE.window
        yield steps / (time.perf_counter() - began)


def _torch_update(torch: Any) -> Callable[[], None]:
    """The same update as ours: carried states, dropout, clipped gradients, Adam."""
    functional = torch.nn.functional
    lstm = torch.nn.LSTM(_EVENTS, _UNITS, _LAYERS, batch_first=True, dropout=_SHAPE.dropout)
    linear = torch.nn.Linear(_UNITS, _EVENTS)
    weights = [*lstm.parameters(), *linear.parameters()]
    adam = torch.optim.Adam(weights, _SHAPE.learning_rate)
    events = torch.randint(0, _EVENTS, (_SHAPE.batch_size, _SHAPE.window + 1))
    states = [torch.zeros(_LAYERS, _SHAPE.batch_size, _UNITS) for _ in "hc"]

    def update() -> None:
        inputs = functional.one_hot(events[:, :-1], _EVENTS).float()
        signal, after = lstm(inputs, tuple(states))
        states[:] = [each.detach() for each in after]
        logits = linear(functional.dropout(signal, _SHAPE.dropout))
        loss = functional.cross_entropy(logits.flatten(0, 1), events[:, 1:].flatten())
        adam.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, _SHAPE.clip_norm)
        adam.step()

    return update
