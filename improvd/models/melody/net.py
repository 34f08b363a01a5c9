"""Melody RNN in Keras, for training. Nothing that runs live may import this."""

from typing import Any

import tensorflow as tf

from improvd.models.melody.configuration import Configuration
from improvd.models.net import lstm_stack


def sequence_net(configuration: Configuration, dropout: float = 0.0) -> Any:
    """The network over whole sequences: see `models.net.lstm_stack`."""
    events = configuration.events
    return lstm_stack(events, configuration.sizes, events, dropout)


def features(configuration: Configuration, steps: Any) -> Any:
    """Events [batch, time] as the network's input, one-hot [batch, time, events] float32."""
    return tf.one_hot(steps, configuration.events)
