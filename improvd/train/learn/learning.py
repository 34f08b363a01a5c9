"""How a network learns to foretell what comes next: one compiled update.

Knows no family, no folder and no clock; `fit` has the loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, Protocol

import tensorflow as tf
from numpy.typing import NDArray

from improvd.train.learn.optimizer import finite, optimizer, penalty
from improvd.train.runs.batches import Batch, training_batches
from improvd.train.runs.hparams import Hparams
from improvd.train.runs.recurrent import Recurrent, States

HELD_OUT: Final = "held_out"  # nats a step of the held-out melodies
Figures = Mapping[str, Any]  # of one update, by name; `refused` among them


class Learning(Protocol):
    """What the loop of a training asks of whoever learns."""

    @property
    def told(self) -> Mapping[str, str]:
        """What figures are called where they are shown, by their names."""
        ...

    @property
    def judged_by(self) -> str:
        """The figure of a check that is the lowest at the best checkpoint."""
        ...

    @property
    def batches(self) -> Callable[..., Iterator[Batch]]:
        """What draws them, as `training_batches` does."""
        ...

    @property
    def weights(self) -> list[NDArray[Any]]:
        """What was learnt, as the network has its weights."""
        ...

    @property
    def variables(self) -> Sequence[Any]:
        """All beside these that a run needs to go on."""
        ...

    def update(self, batch: Batch) -> Figures:
        """Learn from one batch."""
        ...

    def set_rate(self, rate: float) -> None:
        """From here on it learns at that rate."""
        ...


class Descent:
    """Follows the gradient of what the family says that a window costs."""

    judged_by = HELD_OUT
    batches = staticmethod(training_batches)

    def __init__(self, recurrent: Recurrent, hparams: Hparams, strategy: Any) -> None:
        """To be built where the strategy's variables are made."""
        self.told = {"training": recurrent.told}
        self._recurrent = recurrent
        self._hparams = hparams
        self._strategy = strategy
        self._weights = recurrent.network.trainable_variables
        self._optimizer = optimizer(hparams)
        self._optimizer.build(self._weights)
        self._states = recurrent.zero_states(hparams.batch_size)
        self._gradients = tf.function(self._slopes, jit_compile=recurrent.compilable)
        self._step = tf.function(self._shared)

    @property
    def weights(self) -> list[NDArray[Any]]:
        """Those of the network."""
        return list(self._recurrent.network.get_weights())

    @property
    def variables(self) -> Sequence[Any]:
        """Those of the optimizer."""
        return list(self._optimizer.variables)

    def update(self, batch: Batch) -> Figures:
        """The mean loss, the share of steps foretold, and was it refused?"""
        loss, share, refused, self._states = self._step(batch, self._states)
        return {"training": float(loss), "accuracy": float(share), "refused": float(refused)}

    def set_rate(self, rate: float) -> None:
        """From here on it learns at that rate."""
        self._optimizer.learning_rate = rate

    def _shared(self, batch: Batch, states: States) -> Any:
        return self._strategy.run(self._train_on, (batch, states))

    def _train_on(self, batch: Batch, states: States) -> Any:
        """One update; the mean loss, the share of steps foretold and the states to carry on."""
        gradients, *told, states = self._gradients(batch, states)
        self._optimizer.apply(gradients, self._weights)
        return *told, states

    def _slopes(self, batch: Batch, states: States) -> Any:
        """The clipped gradients of one update, and what `_train_on` tells."""
        with tf.GradientTape() as tape:
            outcome = self._recurrent.outcome(batch, states, training=True)
            count = tf.reduce_sum(batch.weights)
            cost = tf.reduce_sum(outcome.cost) / count + penalty(self._weights, self._hparams.l2)
        gradients = tape.gradient(cost, self._weights)
        gradients, good = finite(gradients, self._hparams.clip_norm)
        share = 1.0 / self._strategy.num_replicas_in_sync  # Keras adds up those of all workers
        gradients = [gradient * share for gradient in gradients]
        states = [tf.where(good, state, tf.zeros_like(state)) for state in outcome.states]
        loss = tf.reduce_sum(outcome.nats) / count
        foretold = tf.math.divide_no_nan(outcome.foretold, outcome.possible)
        return gradients, loss, foretold, 1.0 - tf.cast(good, tf.float32), states
