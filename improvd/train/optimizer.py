"""How the weights follow the gradients: the optimizer and the course of its learning rate."""

import math
from typing import Any

import keras

from improvd.train.hparams import Hparams

_MOMENTUM = 0.9
_KINDS = {
    "adam": keras.optimizers.Adam,
    "momentum": lambda rate: keras.optimizers.SGD(rate, momentum=_MOMENTUM),
    "sgd": keras.optimizers.SGD,
}


def optimizer(hparams: Hparams) -> Any:
    """The one that is asked for, at its first learning rate."""
    return _KINDS[hparams.optimizer](hparams.learning_rate)


def rate(hparams: Hparams, progress: float) -> float:
    """The learning rate after that share of the updates: it falls along half a cosine."""
    falling = (1.0 + math.cos(math.pi * progress)) / 2.0
    return hparams.learning_rate * (hparams.last_rate + (1.0 - hparams.last_rate) * falling)
