"""The hyper-parameters of a training run: one table of names and ranges, and how they are written.

A word without "=" is one of the presets, which goes before what else is said. Knows no network;
`fit`, `batches` and the families' `net` say what each does.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, NamedTuple

from improvd.errors import ConfigError

_COMMA = re.compile(r",(?![^\[(]*[\])])")  # one that is not inside brackets


class _Words(NamedTuple):
    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"one of {', '.join(self.words)}"

    def holds(self, value: object) -> bool:
        return value in self.words


class _Range(NamedTuple):
    kind: type
    lowest: float
    highest: float
    many: bool = False  # a list of them

    def __str__(self) -> str:
        one = f"{self.lowest:g}..{self.highest:g}"
        one = f"a whole number {one}" if self.kind is int else one
        return f"a list like [128,128], each {one}" if self.many else one

    def holds(self, value: object) -> bool:
        if self.many:
            return isinstance(value, tuple) and all(map(self._replace(many=False).holds, value))
        allowed = (int,) if self.kind is int else (int, float)
        known = isinstance(value, allowed) and not isinstance(value, bool)
        return known and self.lowest <= value <= self.highest  # type: ignore[operator]


_RANGES: dict[str, _Range | _Words] = {
    "batch_size": _Range(int, 1, 65536),
    "window": _Range(int, 2, 4096),
    "learning_rate": _Range(float, 1e-7, 1.0),
    "dropout": _Range(float, 0.0, 0.9),
    "clip_norm": _Range(float, 1e-3, 1e3),
    "optimizer": _Words(("adam", "momentum", "sgd")),
    "last_rate": _Range(float, 0.0, 1.0),
    "decay": _Range(float, 0.0, 1.0),
    "augment": _Range(int, 0, 1),
    "carry": _Range(int, 0, 1),
    "initial": _Words(("small", "orthogonal")),
    "gibbs": _Range(int, 1, 1000),
    "l2": _Range(float, 0.0, 1.0),
    "first_window": _Range(int, 2, 4096),
    "grow": _Range(int, 0, 1_000_000),
    "feedback": _Range(int, 0, 1),
    "adversarial": _Words(("none", "gan", "hinge")),
    "matching": _Words(("off", "pairs", "means", "moments")),
    "freeze": _Range(float, 0.0, 1.0),
    "critic_layer_sizes": _Range(int, 1, 16384, many=True),
    "critic_rate": _Range(float, 1e-3, 1e3),
    "critic_dropout": _Range(float, 0.0, 0.9),
    "instance_noise": _Range(float, 0.0, 1.0),
    "beta": _Range(float, 0.0, 0.999),
    "primed": _Range(float, 0.0, 1.0),
    "foretelling": _Range(float, 0.0, 1e3),
    "averaged": _Range(float, 0.0, 0.9999),
    "rnn_layer_sizes": _Range(int, 1, 16384, many=True),
    "seed": _Range(int, 0, 2**31 - 1),
}


@dataclass(frozen=True, slots=True)
class Hparams:
    """What can be tried out. Raises ConfigError, all faults at once."""

    batch_size: int = 128  # streams side by side
    window: int = 64  # steps that a gradient goes back
    learning_rate: float = 3e-3  # at the beginning
    dropout: float = 0.1
    clip_norm: float = 1.0  # the largest global norm of a gradient
    optimizer: str = "adam"
    last_rate: float = 0.02  # of the learning rate, at the end of its cosine; 1: it stays
    decay: float = 0.0  # by which it falls too: see `optimizer.rate`
    augment: int = 1  # 1: drawn at random, in other keys and from their middle; 0: all in turn
    carry: int = 1  # does a window go on from the state after the one before?
    initial: str = "small"  # what an RNN-RBM begins with: see `begin` in its `net`
    gibbs: int = 15  # steps of contrastive divergence, where a family learns by it
    l2: float = 0.0  # of a cost, for each half of the squares of all matrices
    first_window: int = 10  # steps of the first windows, where they grow
    grow: int = 0  # updates after which windows are twice as long, up to `window`; 0: all are whole
    feedback: int = 1  # does a C-RNN-GAN hear the step before, while it learns to foretell?
    adversarial: str = "none"  # how it learns by a critic: see `adversarial`; "none": it foretells
    matching: str = "off"  # of the critic's features, as what a generator lowers: see there
    freeze: float = 0.7  # who loses less than this share of the other's loss rests: see there
    critic_layer_sizes: tuple[int, ...] = ()  # units of each direction; (): as the generator's
    critic_rate: float = 1.0  # the critic's learning rate, as a multiple of the generator's
    critic_dropout: float = 0.5
    instance_noise: float = 0.0  # deviation of what is added to all that the critic hears
    beta: float = 0.9  # of Adam: how much of its mean gradient stays; less is calmer in a duel
    primed: float = 0.0  # the share of songs that go on from real ones instead of from nothing
    foretelling: float = 0.0  # of a generator's cost: how much the nats count that it foretells by
    averaged: float = 0.0  # how much of a generator's mean weights stays, which it plays with
    rnn_layer_sizes: tuple[int, ...] = ()  # units of each layer; (): as the configuration has them
    seed: int = 1

    def __post_init__(self) -> None:
        faults = [
            f"--hparams: {name}={getattr(self, name)}: it is {allowed}"
            for name, allowed in _RANGES.items()
            if not allowed.holds(getattr(self, name))
        ]
        if faults:
            raise ConfigError(*faults)


# The setting of the RNN-RBM tutorial: an update after each subsequence of at most 100 steps, each
# from a state of zeros, by plain gradient descent.
_FAITHFUL = {
    "batch_size": 1,
    "window": 100,
    "learning_rate": 1e-3,
    "dropout": 0.0,
    "clip_norm": 1e3,
    "optimizer": "sgd",
    "last_rate": 1.0,
    "augment": 0,
    "carry": 0,
}
# What was found to learn more in less time; docs/training-log.md has what was tried.
_ADAM = {
    "batch_size": 4,
    "window": 100,
    "learning_rate": 3e-3,
    "dropout": 0.0,
    "clip_norm": 5.0,
    "augment": 0,
    "initial": "orthogonal",
}
# The setting of the jazz notebook of the deep-learning course: snippets of 30 values, each from a
# state of zeros, by Adam as Keras had it; no gradient is clipped.
_JAZZ = {
    "batch_size": 32,
    "window": 30,
    "learning_rate": 0.01,
    "dropout": 0.0,
    "clip_norm": 1e3,
    "last_rate": 1.0,
    "decay": 0.01,
    "augment": 0,
    "carry": 0,
}
PRESETS: Mapping[str, Mapping[str, Any]] = {"faithful": _FAITHFUL, "adam": _ADAM, "jazz": _JAZZ}


def parse(text: str) -> Hparams:
    """Read "batch_size=64,rnn_layer_sizes=[256,256]" or "faithful,seed=2".

    Raises ConfigError, all faults at once.
    """
    values: dict[str, Any] = {}
    faults: list[str] = []
    for part in filter(None, map(str.strip, _COMMA.split(text))):
        name, said, value = (each.strip() for each in part.partition("="))
        if not said and name in PRESETS:
            values = {**PRESETS[name], **values}
        elif fault := _fault(name, value):
            faults.append(f"--hparams: {fault}")
        else:
            values[name] = _read(name, value)
    try:
        hparams = from_fields(values)
    except ConfigError as error:
        raise ConfigError(*faults, *error.faults) from None
    if faults:
        raise ConfigError(*faults)
    return hparams


def from_fields(fields: Mapping[str, Any]) -> Hparams:
    """From what `dataclasses.asdict` or JSON made of some. Raises ConfigError, TypeError."""
    return Hparams(**{name: _frozen(value) for name, value in fields.items()})


def _fault(name: str, value: str) -> str | None:
    if name not in _RANGES:
        known = [*_RANGES, *PRESETS]
        close = get_close_matches(name, known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(known)}"
        return f"there is no {name!r}; {hint}"
    try:
        _read(name, value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):  # as ast says
        return f"{name}={value}: it is {_RANGES[name]}"
    return None


def _read(name: str, value: str) -> Any:
    if isinstance(_RANGES[name], _Words):
        return value
    return _frozen(ast.literal_eval(value))


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
