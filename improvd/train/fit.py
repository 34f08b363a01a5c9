"""The training loop: one compiled update, losses said and kept, checkpoints, resuming.

Where TF_CONFIG names several workers each runs this, and their gradients are averaged by
TensorFlow; the first, the chief, writes. Knows no family.
"""

from __future__ import annotations

import logging
import math
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from improvd.errors import DataError
from improvd.train.batches import Batch, training_batches
from improvd.train.dataset import Dataset
from improvd.train.evaluate import Evaluation, Scores, held_out
from improvd.train.hearing import Hearing
from improvd.train.optimizer import optimizer, rate
from improvd.train.recurrent import Recurrent, States, tunes
from improvd.train.run import Checkpoint, Run
from improvd.train.start import read_weights

log = logging.getLogger(__name__)

SUMMARY_EVERY = 100  # updates, where nothing else is asked for
_CHECK_EVERY = 10  # summaries between two checkpoints, each with a held-out loss
_GONE = (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.CancelledError)


def use_threads(threads: int) -> None:
    """Let TensorFlow compute with so many threads, 0: one a core. To be said before it computes."""
    tf.config.threading.set_intra_op_parallelism_threads(threads)


def workers() -> Any:
    """How the work is shared: among those that TF_CONFIG names, else nobody.

    To be called before anything is computed; waits until all workers are there.
    """
    if "TF_CONFIG" in os.environ:
        return tf.distribute.MultiWorkerMirroredStrategy()
    return tf.distribute.get_strategy()


class Trainer:
    """A network being trained in the folder of one run."""

    def __init__(
        self,
        run: Run,
        dataset: Dataset,
        examples: int = 0,
        strategy: Any = None,
        statistics: int = 0,
    ) -> None:
        """Build the network and take up the run's newest checkpoint, if there is one.

        `examples` held-out melodies are asked about, 0: all; `strategy` is of `workers`. So many
        pieces are played at each of these checks, and their `statistics` told; 0: none.
        """
        settings = run.settings
        self.run = run
        self.update = 0
        self._hparams = settings.hparams
        self._strategy = strategy or tf.distribute.get_strategy()
        resolver = self._strategy.cluster_resolver
        self._worker = int(resolver.task_id or 0) if resolver else 0
        self._tunes = tunes(settings, dataset.training)
        keras.utils.set_random_seed(settings.hparams.seed)
        with self._strategy.scope():
            self._recurrent = Recurrent(settings)
            self._recurrent.begin(self._hparams, [tune.steps for tune in self._tunes])
            self.network = self._recurrent.network
            self._optimizer = optimizer(self._hparams)
            self._optimizer.build(self.network.trainable_variables)
        shape = self._hparams.batch_size, self._hparams.window
        melodies = held_out(settings, dataset, examples)
        self._evaluation = Evaluation(self._recurrent, melodies, shape)
        real_ones = dataset.evaluation
        self._hearing = Hearing(settings, real_ones, statistics) if statistics else None
        self._rate = 0.0
        self._states = self._recurrent.zero_states(shape[0])
        self._gradients = tf.function(self._slopes, jit_compile=self._recurrent.compilable)
        self._step = tf.function(self._shared)
        self._resume()

    def fit(self, updates: int, summary_every: int = SUMMARY_EVERY) -> None:
        """Train until `updates` are reached (0: until interrupted); keep what was reached.

        Raises DataError where the disk is full or another worker is gone.
        """
        writer: Any = tf.summary.create_noop_writer()
        if self._chief:
            writer = tf.summary.create_file_writer(str(self.run.folder / "summaries" / "training"))
        try:
            with writer.as_default():
                self._loop(self._batches(), updates, summary_every)
        except KeyboardInterrupt:
            log.info("interrupted after %d updates", self.update)
        except _GONE as error:
            raise DataError(f"another worker is gone after {self.update} updates") from error
        except tf.errors.ResourceExhaustedError as error:
            raise DataError(f"the disk or the memory is full: {error.message}") from error
        finally:
            self._save()

    def evaluate(self) -> Scores:
        """What the network foretells of the held-out melodies."""
        return self._evaluation.scores()

    def take_better(self) -> Scores:
        """Go back to the best checkpoint where what was reached is worse; its scores."""
        reached, scores, best = self._reached(), self.evaluate(), self.run.best()
        if best:
            self._take(best)
            if (of_best := self.evaluate()).per_step < scores.per_step:
                return of_best
            self._take(reached)
        return scores

    @property
    def epoch(self) -> int:
        """How many updates hear as many windows as all melodies are, the last in part."""
        windows = sum(-(-len(tune.steps) // self._hparams.window) for tune in self._tunes)
        return -(-windows // self._hparams.batch_size)

    @property
    def _chief(self) -> bool:
        return self._worker == 0

    def _batches(self) -> Iterator[Batch]:
        # A resumed run draws other melodies, and so does each worker.
        seed = self._hparams.seed + self.update + 1_000_003 * self._worker
        keys, configuration = self._recurrent.keys, self._recurrent.configuration
        return _ahead(training_batches(keys, configuration, self._tunes, self._hparams, seed))

    def _loop(self, batches: Iterator[Batch], updates: int, summary_every: int) -> None:
        since, seen = time.perf_counter(), []
        while not updates or self.update < updates:
            self._set_rate(updates)
            loss, accuracy, self._states = self._step(next(batches), self._states)
            seen.append((float(loss), float(accuracy)))
            self.update += 1
            if self._chief and self.update % summary_every == 0:
                self._say(seen, time.perf_counter() - since)
                if self.update % (_CHECK_EVERY * summary_every) == 0:
                    self._save()
                    self._say_held_out()
                since, seen = time.perf_counter(), []

    def _shared(self, batch: Batch, states: States) -> Any:
        return self._strategy.run(self._train_on, (batch, states))

    def _train_on(self, batch: Batch, states: States) -> Any:
        """One update; the mean loss, the share of steps foretold and the states to carry on."""
        gradients, loss, share, states = self._gradients(batch, states)
        self._optimizer.apply(gradients, self.network.trainable_variables)
        return loss, share, states

    def _slopes(self, batch: Batch, states: States) -> Any:
        """The clipped gradients of one update, and what `_train_on` tells."""
        with tf.GradientTape() as tape:
            outcome = self._recurrent.outcome(batch, states, training=True)
            count = tf.reduce_sum(batch.weights)
            cost = tf.reduce_sum(outcome.cost) / count
        gradients = tape.gradient(cost, self.network.trainable_variables)
        gradients, _ = tf.clip_by_global_norm(gradients, self._hparams.clip_norm)
        share = 1.0 / self._strategy.num_replicas_in_sync  # Keras adds up those of all workers
        # that of an embedding comes as the rows that were looked up
        gradients = [tf.convert_to_tensor(gradient) * share for gradient in gradients]
        loss = tf.reduce_sum(outcome.nats) / count
        share = tf.math.divide_no_nan(outcome.foretold, outcome.possible)
        return gradients, loss, share, outcome.states

    def _set_rate(self, updates: int) -> None:
        now = rate(self._hparams, self.update, updates)
        if now != self._rate:  # to set it takes a while
            self._optimizer.learning_rate = self._rate = now

    def _resume(self) -> None:
        checkpoint = self.run.latest()
        if self.run.settings.start and not checkpoint:
            weights = read_weights(Path(self.run.settings.start), self.network.get_weights())
            self.network.set_weights(weights)
        if checkpoint:
            self._take(checkpoint)
            log.info("going on after %d updates", self.update)

    def _take(self, checkpoint: Checkpoint) -> None:
        self.update = checkpoint.update
        self.network.set_weights(checkpoint.weights)
        for variable, value in zip(self._optimizer.variables, checkpoint.optimizer, strict=True):
            variable.assign(value)

    def _reached(self) -> Checkpoint:
        optimizer = [keras.ops.convert_to_numpy(each) for each in self._optimizer.variables]
        return Checkpoint(self.update, self.network.get_weights(), optimizer)

    def _save(self) -> None:
        if self._chief:
            self.run.save(self._reached())
            self.run.draw()

    def _say(self, seen: Sequence[tuple[float, float]], seconds: float) -> None:
        loss, accuracy = np.mean(seen, axis=0).tolist()
        steps = len(seen) * self._hparams.batch_size * self._hparams.window
        speed = steps * self._strategy.num_replicas_in_sync / seconds
        log.info("%7d  %s %.4f  %.0f steps/s", self.update, self._recurrent.told, loss, speed)
        figures = {"per_step": loss, "perplexity": math.exp(loss), "accuracy": accuracy}
        for name, value in figures.items():
            tf.summary.scalar(f"training/{name}", value, self.update)
        tf.summary.scalar("steps a second", speed, self.update)
        self.run.note(update=self.update, training=loss, accuracy=accuracy, speed=speed)

    def _say_held_out(self) -> None:
        before = [line["held_out"] for line in self.run.course() if "held_out" in line]
        scores = self.evaluate()
        if scores.per_step <= min(before, default=math.inf):
            self.run.save_best(self._reached())
        log.info("%7d  held out: %s", self.update, scores)
        scores.summarise(self.update)
        nats = {"held_out": scores.per_step, "held_out_per_note": scores.per_note}
        self.run.note(update=self.update, **nats, **self._heard())

    def _heard(self) -> dict[str, float]:
        """The statistics of what the network plays now, said too; {}: not asked for."""
        if self._hearing is None:
            return {}
        figures = self._hearing.figures(self.network.get_weights(), self.update)
        for name, value in figures.items():
            log.info("%7d  %s %.3f%s", self.update, name, value, self._hearing.beside(name))
            tf.summary.scalar(f"statistics/{name}", value, self.update)
        return figures


def _ahead(batches: Iterator[Batch]) -> Iterator[Batch]:
    """The same as tensors, each made while the one before is learnt from."""

    def made() -> Batch:
        return Batch(*map(tf.convert_to_tensor, next(batches)))

    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(made)
        while True:
            batch = coming.result()
            coming = pool.submit(made)
            yield batch
