"""The jazz family in Keras, for training. Nothing that runs live may import this."""

from typing import Any

from improvd.models.jazz import FAMILY
from improvd.models.net import ANNEALED, TOLD, begin, losses, lstm_stack, said
from improvd.models.sampling import Sampler

__all__ = ["ANNEALED", "TOLD", "begin", "losses", "said", "sequence_net"]


def sequence_net(configuration: Any, dropout: float = 0.0) -> Any:
    """The network over whole sequences: see `models.net.lstm_stack`."""
    heard = FAMILY.voice(configuration, Sampler()).hear(FAMILY.silence(configuration))
    return lstm_stack(len(heard), configuration.sizes, configuration.classes, dropout)
