"""The events family in Keras, for training. Nothing that runs live may import this."""

from typing import Any

from improvd.models.events.configuration import Configuration
from improvd.models.net import ANNEALED, TOLD, begin, losses, lstm_stack, said

__all__ = ["ANNEALED", "TOLD", "begin", "losses", "said", "sequence_net"]


def sequence_net(configuration: Configuration, dropout: float = 0.0) -> Any:
    """The network over whole sequences: see `models.net.lstm_stack`."""
    return lstm_stack(
        1,
        configuration.sizes,
        configuration.classes,
        dropout,
        embedded=True,
        residual=configuration.residual,
    )
