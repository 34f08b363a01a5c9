"""Which key is struck, in TensorFlow. Nothing that runs live may import this.

A semitone is so little of a frequency that a network misses a scale by one or two. So beside it the
network says of the twelve pitch classes how likely each is, in nats. One is drawn, as by a softmax,
with noise of Gumbel's distribution, and of the keys near that frequency one of it is struck:

    drawn = class - log(-log(noise))
    key = argmax over all keys k of drawn[k] - ((frequency - frequency[k]) / NEAR) ** 2 / 2

`graph` writes down the same. Source: Jang, Gu and Poole, "Categorical Reparameterization with
Gumbel-Softmax", 2017.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from improvd.core.units import OCTAVE
from improvd.models.crnngan.configuration import NUMBERS, Configuration
from improvd.models.crnngan.pitches import NEAR, frequencies, keys, wheels
from improvd.models.crnngan.tones import FREQUENCY


class Keyboard:
    """The keys of a piano, and what a song tells of each."""

    def __init__(self, configuration: Configuration) -> None:
        pitches = keys(configuration)
        self._frequencies = frequencies(configuration)
        self._told = np.column_stack([self._frequencies, wheels(pitches)])
        self._classes = pitches % OCTAVE

    def struck(self, said: Any, noise: Any) -> Any:
        """What is told [..., 4 + WHEEL] of that which is said [..., 4 + 12], by noise [..., 12].

        The gradient is that of the mean key, each as likely as by a softmax (a straight-through
        estimator, as that of what can be played); of the frequency it is as if no key were struck.
        """
        numbers, classes = said[..., :NUMBERS], said[..., NUMBERS:]
        classes -= tf.math.log(-tf.math.log(noise))
        frequency = numbers[..., FREQUENCY, None]
        away = (tf.stop_gradient(frequency) - self._frequencies) / NEAR
        likely = tf.gather(classes, self._classes, axis=-1) - away**2 / 2
        shares = tf.nn.softmax(likely)
        struck = tf.one_hot(tf.argmax(likely, axis=-1), len(self._classes))
        told = tf.tensordot(shares + tf.stop_gradient(struck - shares), self._told, 1)
        before, after = numbers[..., :FREQUENCY], numbers[..., FREQUENCY + 1 :]
        key = told[..., :1] + frequency - tf.stop_gradient(frequency)
        return tf.concat([before, key, after, told[..., 1:]], axis=-1)

    def surprise(self, said: Any, songs: Any) -> Any:
        """How unlikely the pitch classes of songs [..., 4 + WHEEL] were found, nats."""
        struck = tf.argmin(tf.abs(songs[..., FREQUENCY, None] - self._frequencies), axis=-1)
        return tf.nn.sparse_softmax_cross_entropy_with_logits(
            tf.gather(self._classes, struck), said[..., NUMBERS:]
        )
