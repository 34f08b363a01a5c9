"""How well a run's checkpoints, or a model file, foretell the held-out melodies.

Every melody is scored whole, in the key nearest to its own.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from improvd.engine.session import Session
from improvd.errors import DataError
from improvd.train.data.dataset import Dataset, Steps, keys_of
from improvd.train.measure.foretold import foretold
from improvd.train.measure.likelihood import Effort, likelihood
from improvd.train.onnx.start import model_weights
from improvd.train.runs.batches import evaluation_batches
from improvd.train.runs.recurrent import Recurrent, tunes
from improvd.train.runs.run import Arrays, Run, Settings, read_checkpoint

_QUICK = Effort(sample=300, chains=20, temperatures=300)  # to tell checkpoints from each other
_POLL = 2.0  # seconds between two looks for a new checkpoint


class Scores(NamedTuple):
    """Held-out nats: a step, and a note (all nats over the notes that begin); steps foretold."""

    per_step: float
    per_note: float
    accuracy: float

    @property
    def perplexity(self) -> float:
        """Of a step."""
        return math.exp(self.per_step)

    def __str__(self) -> str:
        told = f"{self.per_step:.4f} nats a step, {self.per_note:.4f} a note"
        return f"{told}, accuracy {self.accuracy:.4f}, perplexity {self.perplexity:.4f}"

    def summarise(self, update: int) -> None:
        """Write it to TensorBoard's current writer."""
        for name, value in (self._asdict() | {"perplexity": self.perplexity}).items():
            tf.summary.scalar(f"held out/{name}", value, update)


def held_out(settings: Settings, dataset: Dataset, examples: int = 0) -> list[Steps]:
    """The melodies that are held out, moved into the configuration's range; 0 examples: all.

    Raises DataError where none fits.
    """
    keys, network = keys_of(settings.family), settings.network
    fitting = tunes(settings, dataset.evaluation)
    if 0 < examples < len(fitting):  # from all over the dataset, which is in order of its sources
        fitting = [fitting[at * len(fitting) // examples] for at in range(examples)]
    return [keys.moved(network, tune.steps, min(tune.moves, key=abs)) for tune in fitting]


class Evaluation:
    """A network, and the melodies that it is asked about."""

    def __init__(self, recurrent: Recurrent, melodies: list[Steps], shape: tuple[int, int]) -> None:
        """`shape` is (streams, steps of a window)."""
        self._recurrent = recurrent
        self._melodies = melodies
        self._shape = shape
        self._outcome = tf.function(recurrent.outcome, jit_compile=recurrent.compilable)

    def scores(self) -> Scores:
        """What the weights as they are now are worth."""
        if not self._recurrent.annealed:
            return self._carried_out()
        weights, network = self._recurrent.network.get_weights(), self._recurrent.configuration
        return _annealed(weights, self._recurrent.keys, network, self._melodies)

    def _carried_out(self) -> Scores:
        states = self._recurrent.zero_states(self._shape[0])
        nats = steps = notes = foretold = possible = 0.0
        keys, configuration = self._recurrent.keys, self._recurrent.configuration
        for batch in evaluation_batches(keys, configuration, self._melodies, self._shape):
            outcome = self._outcome(batch, states, training=False)
            states = outcome.states
            nats += float(np.sum(outcome.nats))
            foretold += float(outcome.foretold)
            possible += float(outcome.possible)
            steps += float(np.sum(batch.weights))
            notes += float(np.sum(batch.weights * batch.begins))
        return Scores(nats / steps, nats / notes, foretold / max(possible, 1.0))


def _annealed(weights: Arrays, keys: Any, network: Any, melodies: Sequence[Steps]) -> Scores:
    """By annealed importance sampling, of the same few steps each time."""
    threads = tf.config.threading.get_intra_op_parallelism_threads() or os.cpu_count() or 1
    found = likelihood(weights, melodies, replace(_QUICK, threads=threads))
    notes = sum(int(np.sum(keys.begins(network, each))) for each in melodies)
    a_note = found.per_step * sum(map(len, melodies)) / max(notes, 1)
    return Scores(-found.per_step, -a_note, found.accuracy)


def score_run(folder: Path, data: Path | None, examples: int) -> Iterator[tuple[int, Scores]]:
    """The newest checkpoint's updates and scores. Raises DataError."""
    settings, evaluation, recurrent = _of(folder, data, examples)
    checkpoint = Run(folder, settings).latest()
    if checkpoint is None:
        raise DataError(f"{folder} has no checkpoint yet")
    recurrent.network.set_weights(checkpoint.weights)
    yield checkpoint.update, evaluation.scores()


def follow_run(
    folder: Path,
    data: Path | None,
    examples: int,
    pause: Callable[[float], object] = time.sleep,
) -> Iterator[tuple[int, Scores]]:
    """Each checkpoint's updates and scores as it comes; to TensorBoard too.

    Without end, or until `pause`, which is given the seconds between two looks, returns something.
    """
    settings, evaluation, recurrent = _of(folder, data, examples)
    run = Run(folder, settings)
    writer = tf.summary.create_file_writer(str(folder / "summaries" / "evaluation"))
    seen: set[Path] = set()
    ended: object = None
    while not ended:
        for path in run.checkpoints():
            if path in seen:
                continue
            seen.add(path)
            try:
                checkpoint = read_checkpoint(path)
            except DataError:
                continue  # a broken one, or one that the training has removed meanwhile
            recurrent.network.set_weights(checkpoint.weights)
            scores = evaluation.scores()
            with writer.as_default():
                scores.summarise(checkpoint.update)
            writer.flush()
            yield checkpoint.update, scores
        ended = pause(_POLL)


def settings_of(path: Path, data: Path) -> Settings:
    """What a model file's run was set to, as far as its card tells. Raises ModelError."""
    card = Session.load(path).card
    return Settings(card.family, card.configuration, str(data), card.sources, tokens=card.tokens)


def score_model(path: Path, data: Path, examples: int) -> Scores:
    """A model file's scores, step by step as it is played, or annealed as those of its run.

    Raises ModelError, DataError.
    """
    settings = settings_of(path, data)
    keys, network = keys_of(settings.family), settings.network
    melodies = held_out(settings, Dataset.load_for(data, settings), examples)
    if import_module(f"improvd.models.{settings.family}.net").ANNEALED:
        return _annealed(model_weights(path)[1], keys, network, melodies)
    nats, steps, notes, right = np.sum(list(foretold(path, melodies)), axis=0).tolist()
    return Scores(nats / steps, nats / notes, right / steps)


def _of(folder: Path, data: Path | None, examples: int) -> tuple[Settings, Evaluation, Recurrent]:
    settings = Settings.load(folder)
    melodies = held_out(settings, Dataset.load_for(data or Path(settings.data), settings), examples)
    recurrent = Recurrent(settings)
    shape = settings.hparams.batch_size, settings.hparams.window
    return settings, Evaluation(recurrent, melodies, shape), recurrent
