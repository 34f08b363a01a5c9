"""The training loop: losses said and kept, checkpoints, resuming.

Where TF_CONFIG names several workers each runs this, and their gradients are averaged by
TensorFlow; the first, the chief, writes. Knows no family.
"""

from __future__ import annotations

import logging
import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from improvd.errors import DataError
from improvd.train.data.dataset import Dataset
from improvd.train.learn.adversarial import Duel
from improvd.train.learn.learning import HELD_OUT, Descent, Figures, Learning
from improvd.train.learn.optimizer import rate
from improvd.train.measure.evaluate import Evaluation, Scores, held_out
from improvd.train.measure.hearing import Hearing
from improvd.train.onnx.start import read_weights
from improvd.train.runs.batches import Batch, grown
from improvd.train.runs.recurrent import Recurrent, tunes
from improvd.train.runs.run import Checkpoint, Run

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
            self._start()
            learner = Descent if self._hparams.adversarial == "none" else Duel
            self._learning: Learning = learner(self._recurrent, self._hparams, self._strategy)
        shape = self._hparams.batch_size, self._hparams.window
        melodies = held_out(settings, dataset, examples)
        self._evaluation = Evaluation(self._recurrent, melodies, shape)
        real_ones = dataset.evaluation
        self._hearing = Hearing(settings, real_ones, statistics) if statistics else None
        self._rate = 0.0
        self._resume()

    def fit(
        self,
        updates: int,
        summary_every: int = SUMMARY_EVERY,
        over: Callable[[], bool] = lambda: False,
    ) -> None:
        """Train until `updates` are reached (0: until interrupted); keep what was reached.

        After each update it is asked whether the time is `over`. Raises DataError where the disk is
        full or another worker is gone.
        """
        writer: Any = tf.summary.create_noop_writer()
        if self._chief:
            writer = tf.summary.create_file_writer(str(self.run.folder / "summaries" / "training"))
        try:
            with writer.as_default():
                self._loop(updates, summary_every, over)
        except KeyboardInterrupt:
            log.info("interrupted after %d updates", self.update)
        except _GONE as error:
            raise DataError(f"another worker is gone after {self.update} updates") from error
        except tf.errors.ResourceExhaustedError as error:
            raise DataError(f"the disk or the memory is full: {error.message}") from error
        finally:
            self._save()

    def evaluate(self) -> Scores:
        """What the network foretells of the held-out melodies, with the weights that it learnt."""
        now = self.network.get_weights()
        self.network.set_weights(self._learning.weights)
        try:
            return self._evaluation.scores()
        finally:  # whoever interrupts it saves what it goes on with
            self.network.set_weights(now)

    def take_better(self) -> Scores:
        """Go back to the best checkpoint where what was reached is worse; its scores.

        Where something else than these tells which is the best, it is taken as it is.
        """
        reached, scores, best = self._reached(), self.evaluate(), self.run.best()
        if best:
            self._take(best)
            of_best = self.evaluate()
            if self._learning.judged_by != HELD_OUT or of_best.per_step < scores.per_step:
                scores = of_best
            else:
                self._take(reached)
        self.network.set_weights(self._learning.weights)
        return scores

    @property
    def epoch(self) -> int:
        """How many updates hear as many windows as all melodies are, the last in part."""
        windows = sum(-(-len(tune.steps) // self._hparams.window) for tune in self._tunes)
        return -(-windows // self._hparams.batch_size)

    @property
    def _chief(self) -> bool:
        return self._worker == 0

    def _batches(self, window: int) -> Iterator[Batch]:
        # A resumed run draws other melodies, and so does each worker.
        seed = self._hparams.seed + self.update + 1_000_003 * self._worker
        keys, configuration = self._recurrent.keys, self._recurrent.configuration
        hparams = replace(self._hparams, window=window)
        return _ahead(self._learning.batches(keys, configuration, self._tunes, hparams, seed))

    def _loop(self, updates: int, summary_every: int, over: Callable[[], bool]) -> None:
        since, seen, steps, window = time.perf_counter(), [], 0, 0
        while not updates or self.update < updates:
            self._set_rate(updates)
            if grown(self._hparams, self.update) != window:
                window = grown(self._hparams, self.update)
                batches = self._batches(window)
                log.info("%7d  windows of %d steps", self.update, window)
            batch = next(batches)
            seen.append(self._learning.update(batch))
            steps += math.prod(batch.weights.shape)
            self.update += 1
            if self._chief and self.update % summary_every == 0:
                self._say(_over(seen), steps / (time.perf_counter() - since))
                if self.update % (_CHECK_EVERY * summary_every) == 0:
                    self._save()
                    self._say_held_out()
                since, seen, steps = time.perf_counter(), [], 0
            if over():
                log.info("the time is over after %d updates", self.update)
                return

    def _set_rate(self, updates: int) -> None:
        now = rate(self._hparams, self.update, updates)
        if now != self._rate:  # to set it takes a while
            self._rate = now
            self._learning.set_rate(now)

    def _start(self) -> None:
        if self.run.settings.start and not self.run.latest():
            weights = read_weights(Path(self.run.settings.start), self.network.get_weights())
            self.network.set_weights(weights)

    def _resume(self) -> None:
        if checkpoint := self.run.latest():
            self._take(checkpoint)
            log.info("going on after %d updates", self.update)

    def _take(self, checkpoint: Checkpoint) -> None:
        self.update = checkpoint.update
        self.network.set_weights(checkpoint.weights)
        for variable, value in zip(self._learning.variables, checkpoint.optimizer, strict=True):
            variable.assign(value)

    def _reached(self) -> Checkpoint:
        others = [keras.ops.convert_to_numpy(each) for each in self._learning.variables]
        return Checkpoint(self.update, self._learning.weights, others)

    def _save(self) -> None:
        if self._chief:
            self.run.save(self._reached())
            self.run.draw()

    def _say(self, figures: dict[str, float], speed: float) -> None:
        speed *= self._strategy.num_replicas_in_sync
        told = "  ".join(
            f"{words} {figures[name]:.4f}"
            for name, words in self._learning.told.items()
            if name in figures
        )
        log.info("%7d  %s  %.0f steps/s", self.update, told, speed)
        if figures["refused"]:
            log.warning("%d updates refused: not all of a gradient was finite", figures["refused"])
        shown = {"per_step" if name == "training" else name: each for name, each in figures.items()}
        if loss := figures.get("training"):
            shown["perplexity"] = float(np.exp(loss))
        for name, value in shown.items():
            tf.summary.scalar(f"training/{name}", value, self.update)
        tf.summary.scalar("steps a second", speed, self.update)
        self.run.note(update=self.update, **figures, speed=speed)

    def _say_held_out(self) -> None:
        scores, heard = self.evaluate(), self._heard()
        nats = {HELD_OUT: scores.per_step, "held_out_per_note": scores.per_note}
        figures, by = nats | heard, self._learning.judged_by
        before = [line[by] for line in self.run.course() if by in line]
        if by in figures and figures[by] <= min(before, default=math.inf):
            self.run.save_best(self._reached())  # before it is said: who reads that may interrupt
        log.info("%7d  held out: %s", self.update, scores)
        scores.summarise(self.update)
        for name, value in heard.items():
            beside = self._hearing.beside(name) if self._hearing else ""
            log.info("%7d  %s %.3f%s", self.update, name, value, beside)
            tf.summary.scalar(f"statistics/{name}", value, self.update)
        self.run.note(update=self.update, **figures)

    def _heard(self) -> dict[str, float]:
        """The statistics of what the network plays now; {}: not asked for."""
        if self._hearing is None:
            return {}
        return self._hearing.figures(self._learning.weights, self.update)


def _over(seen: Sequence[Figures]) -> dict[str, float]:
    """The mean of each figure over those updates that were not refused, and how many were.

    Nothing else is told where all were refused, as it may be no number.
    """
    good = [each for each in seen if not each["refused"]]
    means = {name: float(np.mean([each[name] for each in good])) for name in (good or [{}])[0]}
    return means | {"refused": float(len(seen) - len(good))}


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
