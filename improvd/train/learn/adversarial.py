"""How a generator learns from a critic, which learns to tell its songs from real ones.

Both learn in each update: the critic from as many real songs as imagined ones, the generator from
what the critic made of the imagined ones. A side that is too far ahead rests. Sources: Goodfellow
et al., "Generative Adversarial Nets", 2014; Mogren, "C-RNN-GAN", 2016; Salimans et al., "Improved
Techniques for Training GANs", 2016; Lim and Ye, "Geometric GAN", 2017; of deviations that match,
Mroueh et al., "McGan: Mean and Covariance Feature Matching GAN", 2017; of the noise on what the
critic hears, Arjovsky and Bottou, "Towards Principled Methods for Training Generative Adversarial
Networks", 2017. Knows no family: generator, critic and songs come from its `net`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import keras
import tensorflow as tf
from numpy.typing import NDArray

from improvd.errors import ConfigError
from improvd.train.learn.learning import Figures
from improvd.train.learn.optimizer import Mean, finite, optimizer, penalty
from improvd.train.measure.hearing import DISTANCE
from improvd.train.runs.batches import Batch, song_batches
from improvd.train.runs.hparams import Hparams
from improvd.train.runs.recurrent import Recurrent

_CLEAR = 1e-6  # of a probability whose logarithm is told


class Objective(NamedTuple):
    """What is made of the critic's opinions."""

    # of a song, from the opinions of its steps [songs, time], and which of these count
    decision: Callable[[Any, Any], Any]
    real: Callable[[Any], Any]  # what a decision costs who wants it to say "real" ...
    fake: Callable[[Any], Any]  # ... or "imagined"
    even: float  # the decision that says neither


def _mean(opinions: Any, own: Any) -> Any:
    """The mean of those that count [songs]."""
    return tf.reduce_sum(opinions * own, axis=1) / tf.reduce_sum(own, axis=1)


OBJECTIVES: Mapping[str, Objective] = {
    "gan": Objective(
        lambda opinions, own: _mean(tf.sigmoid(opinions), own),
        lambda decision: -tf.math.log(decision + _CLEAR),
        lambda decision: -tf.math.log(1.0 - decision + _CLEAR),
        0.5,
    ),
    "hinge": Objective(
        _mean,
        lambda decision: tf.nn.relu(1.0 - decision),
        lambda decision: tf.nn.relu(1.0 + decision),
        0.0,
    ),
}


def pairs(real: Any, imagined: Any) -> Any:
    """How far the features [songs, time, units] of each imagined song are from a real one's."""
    return tf.reduce_mean(tf.math.squared_difference(real, imagined))


def means(real: Any, imagined: Any) -> Any:
    """How far the mean features of all imagined songs are from those of all real ones."""
    real, imagined = (tf.reduce_mean(each, axis=(0, 1)) for each in (real, imagined))
    return tf.reduce_mean(tf.math.squared_difference(real, imagined))


def moments(real: Any, imagined: Any) -> Any:
    """The same of the means and of the standard deviations, over all steps of all songs."""
    both = [tf.nn.moments(each, axes=(0, 1)) for each in (real, imagined)]
    told = [tf.stack([mean, tf.sqrt(variance + _CLEAR)]) for mean, variance in both]
    return tf.reduce_mean(tf.math.squared_difference(*told)) * 2


MATCHING: Mapping[str, Callable[[Any, Any], Any]] = {
    "pairs": pairs,
    "means": means,
    "moments": moments,
}


class Side:
    """The generator or the critic: its weights, and how they follow their gradients."""

    def __init__(self, weights: Sequence[Any], hparams: Hparams) -> None:
        self._weights = weights
        self._hparams = hparams
        self._optimizer = optimizer(hparams)
        self._optimizer.build(weights)

    @property
    def variables(self) -> list[Any]:
        """All beside the weights that it needs to go on."""
        return list(self._optimizer.variables)

    def set_rate(self, rate: float) -> None:
        """From here on it learns at that rate."""
        self._optimizer.learning_rate = rate

    def cost(self, loss: Any) -> Any:
        """What it lowers."""
        return loss + penalty(self._weights, self._hparams.l2)

    def slopes(self, tape: tf.GradientTape, cost: Any) -> tuple[list[Any], Any]:
        """Its clipped gradients; and are they finite?"""
        return finite(tape.gradient(cost, self._weights), self._hparams.clip_norm)

    def follow(self, gradients: Sequence[Any], *, learns: Any) -> None:
        """Learn, if it does."""
        if learns:  # a tensor: TensorFlow makes a branch of the graph of it
            self._optimizer.apply(gradients, self._weights)


class Duel:
    """Generator against critic."""

    told: Mapping[str, str] = {name: name for name in ("generator", "critic", "found", "spread")}
    judged_by = DISTANCE  # a squared error says nothing of songs that are imagined
    batches = staticmethod(song_batches)

    def __init__(self, recurrent: Recurrent, hparams: Hparams, strategy: Any) -> None:
        """Raises ConfigError where the family has no critic, or where several workers share."""
        if strategy.num_replicas_in_sync > 1:
            raise ConfigError("--hparams: adversarial: one worker alone can do that; no TF_CONFIG")
        self._recurrent = recurrent
        self._hparams = hparams
        self._objective = OBJECTIVES[hparams.adversarial]
        sizes = hparams.critic_layer_sizes or recurrent.configuration.sizes
        self.critic = recurrent.critic(sizes, hparams.critic_dropout)
        self._mean = Mean(recurrent.network.weights, hparams.averaged)
        self._generating = Side(recurrent.network.trainable_variables, hparams)
        self._judging = Side(self.critic.trainable_variables, hparams)
        self._compiled = tf.function(self._costs, jit_compile=recurrent.compilable)
        self._step = tf.function(self._learnt)

    @property
    def weights(self) -> list[NDArray[Any]]:
        """The mean of the generator's."""
        return [keras.ops.convert_to_numpy(each) for each in self._mean.variables]

    @property
    def variables(self) -> Sequence[Any]:
        """The weights of both sides and what these need, and the mean."""
        weights = [*self._recurrent.network.weights, *self.critic.weights]
        sides = [*self._generating.variables, *self._judging.variables]
        return [*weights, *sides, *self._mean.variables]

    def set_rate(self, rate: float) -> None:
        """From here on the generator learns at that rate, and the critic by its own measure."""
        self._generating.set_rate(rate)
        self._judging.set_rate(rate * self._hparams.critic_rate)

    def update(self, batch: Batch) -> Figures:
        """The losses of both sides, what the critic found, and how often who did not learn."""
        return {name: float(each) for name, each in self._step(batch).items()}

    def _learnt(self, batch: Batch) -> dict[str, Any]:
        figures: dict[str, Any]
        (mine, good), (theirs, well), figures = self._compiled(batch)
        ahead = self._ahead(figures["rival"], figures["critic"])
        self._generating.follow(mine, learns=good & ~ahead["generator rests"])
        self._judging.follow(theirs, learns=well & ~ahead["critic rests"])
        self._mean.follow()
        return figures | ahead | {"refused": ~(good & well)}

    def _surprised(self, batch: Batch) -> Any:
        """What it still costs the generator to foretell real songs, as much of it as is wanted.

        Its noise is in the middle then, as when it hears, so it may be as it likes with any other.
        """
        if not self._hparams.foretelling:
            return 0.0
        states = self._recurrent.zero_states(batch.labels.shape[0])
        outcome = self._recurrent.outcome(batch, states, training=False)
        nats = tf.reduce_sum(outcome.cost) / tf.reduce_sum(batch.weights)
        return self._hparams.foretelling * nats

    def _heard(self, batch: Batch, *songs: Any) -> Any:
        """All of them as the critic hears them, so that it cannot go by what is too small."""
        heard = tf.concat([self._recurrent.shown(each, batch) for each in songs], axis=0)
        return heard + tf.random.normal(heard.shape, stddev=self._hparams.instance_noise)

    def _ahead(self, rival: Any, critic: Any) -> dict[str, Any]:
        """Which side rests, by their losses: its own is well below the other's.

        And below what it loses who knows nothing: in the paper the other's alone counts, so a
        critic that takes all songs for imagined, and is half wrong, would rest for good.
        """
        even = self._objective.real(tf.constant(self._objective.even))
        least = self._hparams.freeze
        return {
            "generator rests": rival < least * tf.minimum(critic, even),
            "critic rests": critic < least * tf.minimum(rival, even),
        }

    def _costs(self, batch: Batch) -> tuple[Any, Any, dict[str, Any]]:
        """The gradients of both sides, and what `update` tells."""
        goal = self._objective
        with tf.GradientTape(persistent=True) as tape:
            imagined, own = self._recurrent.imagined(batch)
            heard = self._heard(batch, batch.labels, imagined)
            opinions, features = self.critic(heard, training=True)
            judged = tf.concat([tf.ones_like(own), own], axis=0)  # what was not made up is not
            real, fake = tf.split(goal.decision(opinions, judged), 2)
            rival = tf.reduce_mean(goal.real(fake))
            critic = tf.reduce_mean(goal.real(real) + goal.fake(fake)) / 2  # as much as the rival's
            match = MATCHING.get(self._hparams.matching)
            lowered = match(*tf.split(features, 2)) if match else rival
            mine = self._generating.cost(lowered + self._surprised(batch))
            theirs = self._judging.cost(critic)
        found = tf.concat([real > goal.even, fake < goal.even], 0)
        figures = {
            "critic": critic,
            "generator": lowered,
            "rival": rival,
            "found": tf.reduce_mean(tf.cast(found, tf.float32)),
            "spread": tf.reduce_mean(tf.math.reduce_std(imagined, axis=1)),
        }
        slopes = self._generating.slopes(tape, mine), self._judging.slopes(tape, theirs)
        return *slopes, figures
