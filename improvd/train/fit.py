"""The training loop: one compiled update, losses said and kept, checkpoints, resuming.

Knows no family: the network comes from `models/FAMILY/net.py`, the steps from a dataset.
"""

from __future__ import annotations

import logging
import math
import time
from importlib import import_module
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from improvd.errors import DataError
from improvd.models.base import family
from improvd.train.batches import Batch, evaluation_batches, training_batches
from improvd.train.dataset import Dataset, Steps, keys_of
from improvd.train.run import Checkpoint, Run

log = logging.getLogger(__name__)

_CLIP = 1.0  # the largest global norm of a gradient
_LAST_RATE = 0.02  # of the learning rate, at the end of its cosine
_SAY_EVERY = 100  # updates
_EVALUATE_EVERY = 1000  # updates


class Loss(NamedTuple):
    """Held-out nats: a step, and a note (all nats over the number of notes that begin)."""

    per_step: float
    per_note: float


def use_threads(threads: int) -> None:
    """Let TensorFlow compute with so many threads, 0: one a core. To be said before it computes."""
    tf.config.threading.set_intra_op_parallelism_threads(threads)


class Trainer:
    """A network being trained in the folder of one run."""

    def __init__(self, run: Run, dataset: Dataset) -> None:
        """Build the network and take up the run's newest checkpoint, if there is one."""
        settings = run.settings
        self.run = run
        self.update = 0
        self._configuration = family(settings.family).configuration(settings.configuration)
        self._net = import_module(f"improvd.models.{settings.family}.net")
        self._keys = keys_of(settings.family)
        self._training = self._fitting(dataset.training)
        self._evaluation = [
            self._keys.home(self._configuration, steps)
            for steps in self._fitting(dataset.evaluation)
        ]
        keras.utils.set_random_seed(settings.seed)
        self.network = self._net.sequence_net(self._configuration, settings.dropout)
        self._optimizer = keras.optimizers.Adam(settings.learning_rate)
        self._optimizer.build(self.network.trainable_variables)
        self._states = self._zero_states()
        self._step = tf.function(self._train_on)
        self._measure = tf.function(self._losses)
        self._resume()

    def fit(self, updates: int) -> None:
        """Train until `updates` are reached (0: until interrupted); keep what was reached."""
        shape = (self.run.settings.streams, self.run.settings.time)
        seed = self.run.settings.seed + self.update  # a resumed run draws other melodies
        batches = training_batches(self._keys, self._configuration, self._training, shape, seed)
        writer = tf.summary.create_file_writer(str(self.run.folder / "summaries"))
        try:
            with writer.as_default():
                self._loop(batches, updates)
        except KeyboardInterrupt:
            log.info("interrupted after %d updates", self.update)
        finally:
            self._save()

    def evaluate(self) -> Loss:
        """The held-out loss, every melody whole, in the key nearest to its own."""
        shape = (self.run.settings.streams, self.run.settings.time)
        states = self._zero_states()
        nats = steps = notes = 0.0
        for batch in evaluation_batches(self._evaluation, shape):
            losses, states = self._measure(batch, states, training=False)
            nats += float(np.sum(losses))
            steps += float(np.sum(batch.weights))
            notes += float(np.sum(batch.weights * self._keys.begins(batch.following)))
        return Loss(nats / steps, nats / notes)

    def _loop(self, batches: Any, updates: int) -> None:
        since, total = time.perf_counter(), 0.0
        while not updates or self.update < updates:
            self._optimizer.learning_rate = self._rate(updates)
            loss, self._states = self._step(next(batches), self._states)
            total += float(loss)
            self.update += 1
            if self.update % _SAY_EVERY == 0:
                speed = _SAY_EVERY * self._states[0].shape[0] * self.run.settings.time
                speed /= time.perf_counter() - since
                self._say(total / _SAY_EVERY, speed)
                total = 0.0
                if self.update % _EVALUATE_EVERY == 0:
                    self._save()
                    self._say_held_out()
                since = time.perf_counter()

    def _train_on(self, batch: Batch, states: Any) -> Any:
        """One update; the mean loss and the states to carry on."""
        with tf.GradientTape() as tape:
            losses, states = self._losses(batch, states, training=True)
            loss = tf.reduce_sum(losses) / tf.reduce_sum(batch.weights)
        gradients = tape.gradient(loss, self.network.trainable_variables)
        gradients, _ = tf.clip_by_global_norm(gradients, _CLIP)
        self._optimizer.apply(gradients, self.network.trainable_variables)
        return loss, states

    def _losses(self, batch: Batch, states: Any, *, training: bool) -> Any:
        """Nats of each step [streams, time], and the states after the window."""
        kept = tf.cast(~batch.fresh, tf.float32)[:, None]
        features = self._net.features(self._configuration, batch.steps)
        logits, *states = self.network(
            [features, *(state * kept for state in states)], training=training
        )
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(batch.following, logits)
        return losses * batch.weights, states

    def _fitting(self, melodies: list[Steps]) -> list[Steps]:
        fitting = [steps for steps in melodies if self._keys.keys(self._configuration, steps)]
        if not fitting:
            message = (
                f"no melody fits the range of {self._configuration.name}; is the dataset empty?"
            )
            raise DataError(message)
        log.info("%d of %d melodies fit the range", len(fitting), len(melodies))
        return fitting

    def _zero_states(self) -> list[Any]:
        streams = self.run.settings.streams
        return [tf.zeros((streams, units)) for units in self._configuration.sizes for _ in "hc"]

    def _rate(self, updates: int) -> float:
        """The learning rate: falls along half a cosine; constant where there is no end."""
        progress = self.update / updates if updates else 0.0
        falling = (1.0 + math.cos(math.pi * progress)) / 2.0
        return self.run.settings.learning_rate * (_LAST_RATE + (1.0 - _LAST_RATE) * falling)

    def _resume(self) -> None:
        checkpoint = self.run.latest()
        if checkpoint:
            self.update = checkpoint.update
            self.network.set_weights(checkpoint.weights)
            for variable, value in zip(
                self._optimizer.variables, checkpoint.optimizer, strict=True
            ):
                variable.assign(value)
            log.info("going on after %d updates", self.update)

    def _save(self) -> None:
        optimizer = [keras.ops.convert_to_numpy(each) for each in self._optimizer.variables]
        self.run.save(Checkpoint(self.update, self.network.get_weights(), optimizer))
        self.run.draw()

    def _say(self, loss: float, speed: float) -> None:
        log.info("%7d  loss %.4f  %.0f steps/s", self.update, loss, speed)
        tf.summary.scalar("loss/training", loss, self.update)
        tf.summary.scalar("steps a second", speed, self.update)
        self.run.note(update=self.update, training=loss)

    def _say_held_out(self) -> None:
        loss = self.evaluate()
        log.info("%7d  held out %.4f a step, %.4f a note", self.update, *loss)
        tf.summary.scalar("loss/held out", loss.per_step, self.update)
        self.run.note(update=self.update, held_out=loss.per_step, held_out_per_note=loss.per_note)
