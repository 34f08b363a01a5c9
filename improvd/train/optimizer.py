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


def rate(hparams: Hparams, update: int, updates: int = 0) -> float:
    """The learning rate after so many of all updates, 0: of an unknown number.

    It falls along half a cosine where their number is known, and by `decay`, which is that of
    Keras' old optimizers: what is left of it is 1 / (1 + decay * update).
    """
    progress = update / updates if updates else 0.0
    falling = (1.0 + math.cos(math.pi * progress)) / 2.0
    kept = hparams.last_rate + (1.0 - hparams.last_rate) * falling
    return hparams.learning_rate * kept / (1.0 + hparams.decay * update)
