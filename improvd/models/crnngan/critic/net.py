"""The critic of a C-RNN-GAN in Keras, for training. Nothing that runs live may import this.

A bidirectional stack of LSTMs has an opinion of each tone of a song; what it says of the song is
their mean. Source: as that of the generator.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from improvd.models.crnngan.lstm.net import Lstm, linear, through


class Critic(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """Tells real songs from imagined ones."""

    def __init__(self, inputs: int, sizes: Sequence[int], dropout: float) -> None:
        """`sizes` are the units of each direction; `dropout` is of what each layer puts out."""
        super().__init__()
        self.dropout = dropout
        widths = zip([inputs, *(2 * size for size in sizes)], sizes, strict=False)
        self._lstms = [Lstm(self, inputs, units, directions=2) for inputs, units in widths]
        self._decision = linear(self, 2 * sizes[-1], 1)
        self.built = True

    def call(self, songs: Any, *, training: bool = False) -> tuple[Any, Any]:
        """Of songs [batch, time, inputs] an opinion of each tone [batch, time]; above 0: real.

        And the features that these are made of [batch, time, units].
        """
        signal = tf.transpose(songs, (1, 0, 2))
        for lstm in self._lstms:
            signal = lstm.both_ways(signal)
            signal = tf.nn.dropout(signal, self.dropout if training else 0.0)
        features = tf.transpose(signal, (1, 0, 2))
        return through(self._decision, features)[..., 0], features
