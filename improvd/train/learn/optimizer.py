"""How the weights follow the gradients: the optimizer, its learning rate, and the bounds."""

import math
from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from improvd.train.runs.hparams import Hparams

_MOMENTUM = 0.9
_KINDS: dict[str, Any] = {
    "adam": lambda rate, beta: keras.optimizers.Adam(rate, beta_1=beta),
    "momentum": lambda rate, _: keras.optimizers.SGD(rate, momentum=_MOMENTUM),
    "sgd": lambda rate, _: keras.optimizers.SGD(rate),
}


def optimizer(hparams: Hparams) -> Any:
    """The one that is asked for, at its first learning rate."""
    return _KINDS[hparams.optimizer](hparams.learning_rate, hparams.beta)


def rate(hparams: Hparams, update: int, updates: int = 0) -> float:
    """The learning rate after so many of all updates, 0: of an unknown number.

    It falls along half a cosine where their number is known, and by `decay`, which is that of
    Keras' old optimizers: what is left of it is 1 / (1 + decay * update).
    """
    progress = update / updates if updates else 0.0
    falling = (1.0 + math.cos(math.pi * progress)) / 2.0
    kept = hparams.last_rate + (1.0 - hparams.last_rate) * falling
    return hparams.learning_rate * kept / (1.0 + hparams.decay * update)


def finite(gradients: Sequence[Any], largest: float) -> tuple[list[Any], Any]:
    """The gradients, of a global norm of `largest` at most; and are they finite?

    Those that are not become zeros: to follow them would spoil the weights for good.
    """
    # that of an embedding comes as the rows that were looked up
    dense = [tf.convert_to_tensor(gradient) for gradient in gradients]
    norm = tf.linalg.global_norm(dense)
    good = tf.math.is_finite(norm)
    share = largest / tf.maximum(norm, largest)
    return [tf.where(good, gradient * share, tf.zeros_like(gradient)) for gradient in dense], good


class Mean:
    """The moving mean of weights, which goes to and fro less than they do while two sides duel.

    Source: Yazici et al., "The Unusual Effectiveness of Averaging in GAN Training", 2019.
    """

    def __init__(self, weights: Sequence[Any], kept: float) -> None:
        """At first it is what they are; so much of it is `kept` each time, 0: it is they."""
        self.variables = [keras.Variable(each, trainable=False, name="mean") for each in weights]
        self._weights = weights
        self._kept = kept

    def follow(self) -> None:
        """The weights have changed."""
        for mean, weight in zip(self.variables, self._weights, strict=True):
            mean.assign(self._kept * mean + (1 - self._kept) * weight)


def penalty(weights: Sequence[Any], l2: float) -> Any:
    """What L2 adds to the cost: `l2` halves of the squares of all matrices; biases are free."""
    matrices = [each for each in weights if l2 and len(each.shape) > 1]
    return l2 * sum(tf.nn.l2_loss(each) for each in matrices)
