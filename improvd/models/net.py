"""Keras parts that families share. Only training may import this: playing needs no TensorFlow."""

from collections.abc import Sequence
from typing import Any

import keras


def lstm_stack(inputs: int, sizes: Sequence[int], classes: int, dropout: float) -> Any:
    """A stack of LSTMs below one linear layer, as a Keras model.

    Takes [features [batch, time, inputs], h_0 [batch, sizes[0]], c_0, h_1 ...] and returns
    [logits [batch, time, classes], h_0, c_0, h_1 ...] after the last step. Its weights are, in
    order: kernel, recurrent kernel and bias of each LSTM (gates i, f, c, o), kernel and bias of the
    linear layer.
    """
    features = keras.Input((None, inputs))
    starts = [keras.Input((units,)) for units in sizes for _ in "hc"]
    signal, ends = features, []
    for layer, units in enumerate(sizes):
        lstm = keras.layers.LSTM(units, return_sequences=True, return_state=True)
        signal, *state = lstm(signal, initial_state=starts[2 * layer : 2 * layer + 2])
        signal = keras.layers.Dropout(dropout)(signal)
        ends += state
    logits = keras.layers.Dense(classes)(signal)
    return keras.Model([features, *starts], [logits, *ends])
