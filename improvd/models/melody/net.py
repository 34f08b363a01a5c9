"""Melody RNN in Keras, for training. Nothing that runs live may import this."""

from typing import Any

import numpy as np

from improvd.models.melody.configuration import Configuration
from improvd.models.melody.encoding import fresh, hear
from improvd.models.net import ANNEALED, TOLD, begin, losses, lstm_stack, said

__all__ = ["ANNEALED", "TOLD", "begin", "losses", "said", "sequence_net"]


def sequence_net(configuration: Configuration, dropout: float = 0.0) -> Any:
    """The network over whole sequences: see `models.net.lstm_stack`."""
    told, _ = hear(configuration, fresh(configuration), np.zeros(1, np.int32))
    return lstm_stack(
        told.shape[1],
        configuration.sizes,
        configuration.classes,
        dropout,
        configuration.attention,
    )
