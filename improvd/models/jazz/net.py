"""The jazz family in Keras, for training. Nothing that runs live may import this."""

from typing import Any

import numpy as np

from improvd.models.jazz.configuration import Configuration
from improvd.models.jazz.encoding import Past, hear
from improvd.models.net import EXACT, TOLD, begin, losses, lstm_stack, said

__all__ = ["EXACT", "TOLD", "begin", "losses", "said", "sequence_net"]


def sequence_net(configuration: Configuration, dropout: float = 0.0) -> Any:
    """The network over whole sequences: see `models.net.lstm_stack`."""
    told, _ = hear(configuration, Past(), np.zeros(1, np.int32))
    return lstm_stack(told.shape[1], configuration.sizes, configuration.classes, dropout)
