"""How likely an RNN-RBM finds a benchmark's test rolls, time step by time step.

Each step is an RBM of its own, whose biases come from the true frames before it; its sum is found
by annealed importance sampling. What the chains end with also tells which notes are expected.
Needs the weights alone, in the order of `models.rnnrbm.net`, and no TensorFlow.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from improvd.train.data.benchmark import check, read_benchmark
from improvd.train.measure.ais import CHAINS, TEMPERATURES, Array, Rbms, Sums, anneal, joined
from improvd.train.onnx.start import checkpoint_of, model_weights
from improvd.train.runs.run import Settings

SAMPLE = 2_000  # steps, where not all are asked for
_LIKELY = 0.5  # a note is foretold that is likelier than not


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is computed; the same comes of the same, however many threads share it."""

    sample: int = SAMPLE  # steps, drawn from all; 0: all
    chains: int = CHAINS  # of each step
    temperatures: int = TEMPERATURES
    seed: int = 1
    threads: int = 1


class Likelihood(NamedTuple):
    """Of so many time steps, each of the same weight."""

    per_step: float  # nats
    error: float  # its standard error, as not all steps were asked for; 0 where all were
    of_chains: float  # its standard error, as the chains are few
    accuracy: float  # TP / (TP + FP + FN) of the notes that are likelier than not
    expected: float  # the same of frames drawn from the model, in expectation of TP, FP and FN
    steps: int

    def __str__(self) -> str:
        chains = f"annealing ± {self.of_chains:.4f}"
        return (
            f"{self.per_step:.4f} ± {self.error:.4f} nats a step ({self.steps:,} steps, {chains}),"
            f" accuracy {self.accuracy:.4f}, expected {self.expected:.4f}"
        )


def score(what: Path, name: str, data: Path, rolls: str, effort: Effort) -> Likelihood:
    """How likely a run's best checkpoint, or a model file, finds a benchmark's `rolls`.

    These are "test" or "validation". Raises DataError, also where its frames are not those of the
    benchmark, and ModelError.
    """
    network, weights = _learnt(what)
    check(network, name)
    return likelihood(weights, getattr(read_benchmark(name, data), rolls), effort)


def _learnt(what: Path) -> tuple[Any, Sequence[Array]]:
    """The configuration and the weights of a run's folder, or of a model file."""
    if not what.is_dir():
        return model_weights(what)
    return Settings.load(what).network, checkpoint_of(what).weights


def likelihood(
    weights: Sequence[Array], rolls: Sequence[NDArray[np.bool_]], effort: Effort
) -> Likelihood:
    """The likelihood of the rolls, given the weights of the network."""
    rbms, frames = every_step(weights, rolls)
    count = effort.sample or len(frames)
    if count < len(frames):
        dice = np.random.default_rng(effort.seed)
        chosen = np.sort(dice.choice(len(frames), count, replace=False))
        rbms, frames = rbms.only(chosen), frames[chosen]
    sums = anneal(rbms, effort.seed, effort.chains, effort.temperatures, effort.threads)
    left = 1 - len(frames) / sum(map(len, rolls))  # of all steps: those that were not asked for
    return _told(rbms.unnormalised(frames), frames, joined(list(sums)), left)


def every_step(weights: Sequence[Array], rolls: Iterable[NDArray[np.bool_]]) -> tuple[Rbms, Array]:
    """The RBM of each step of all rolls, and its frame [steps, visible]; a roll begins at u = 0."""
    w, bv, bh, wuv, wuh, bu, wuu, wvu = weights
    heard, before = [roll.astype(np.float32) for roll in rolls], []
    for roll in heard:
        state = np.zeros_like(bu)
        for inputs in roll @ wvu + bu:
            before.append(state)
            state = np.tanh(inputs + state @ wuu)
    states = np.array(before)
    return Rbms(w, bv + states @ wuv, bh + states @ wuh), np.concatenate(heard)


def _told(unnormalised: NDArray[np.float64], frames: Array, sums: Sums, left: float) -> Likelihood:
    each = unnormalised - sums.log_sum
    count = len(each)
    return Likelihood(
        float(each.mean()),
        float(each.std(ddof=1) * np.sqrt(left / count)) if count > 1 else 0.0,
        float(np.sqrt(np.sum(sums.error**2)) / count),
        _agreement(frames, (sums.means > _LIKELY).astype(np.float32)),
        _agreement(frames, sums.means),
        count,
    )


def _agreement(frames: Array, foretold: Array) -> float:
    """TP / (TP + FP + FN), pooled over all steps."""
    both = float(np.sum(frames * foretold, dtype=np.float64))
    either = float(np.sum(frames, dtype=np.float64) + np.sum(foretold, dtype=np.float64)) - both
    return both / either if either else 1.0
