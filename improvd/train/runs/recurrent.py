"""A network over windows of steps, with the states it carries: what training and evaluation share.

Knows no family: the network comes from `models/FAMILY/net.py`.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np
import tensorflow as tf

from improvd.errors import ConfigError, DataError
from improvd.listen.key import estimate
from improvd.models.base import ENDLESS, decode, family
from improvd.models.net import Outcome
from improvd.train.data.dataset import Steps, keys_of
from improvd.train.runs.batches import Batch, Tune
from improvd.train.runs.hparams import Hparams
from improvd.train.runs.run import Settings

# Now, while whoever imports this may have silenced it: without a GPU it is told as an error.
tf.config.list_physical_devices()

log = logging.getLogger(__name__)

States = list[Any]  # [streams, units] each


class Recurrent:
    """The network of a run."""

    def __init__(self, settings: Settings) -> None:
        """Build it, untrained."""
        self.configuration = settings.network
        self._family = settings.family
        self.keys = keys_of(settings.family)
        self._net = import_module(f"improvd.models.{settings.family}.net")
        self.told: str = self._net.TOLD  # what the nats are
        self.annealed: bool = self._net.ANNEALED  # has the likelihood to be?
        self._hparams = settings.hparams
        self.network = self._net.sequence_net(self.configuration, settings.hparams.dropout)
        self.compilable = all(layer.supports_jit for layer in self.network.layers)  # by XLA

    def begin(self, hparams: Hparams, melodies: Sequence[Steps]) -> None:
        """Set the weights that training begins with, where the family has a way of its own."""
        dice = np.random.default_rng(hparams.seed)
        self._net.begin(self.network, hparams.initial, melodies, dice)

    def critic(self, sizes: Sequence[int], dropout: float) -> Any:
        """What tells the network's songs from real ones, untrained. Raises ConfigError."""
        if not hasattr(self._net, "critic"):
            raise ConfigError(f"--hparams: adversarial: {self._family} learns by no critic")
        return self._net.critic(self.configuration, sizes, dropout)

    def imagined(self, batch: Batch) -> tuple[Any, Any]:
        """Songs as many and as long as these, as the network makes them up in training.

        And which steps of them are its own, [songs, time].
        """
        songs, own = self._net.imagined(self.network, batch, self._hparams.primed)
        return songs, own

    def shown(self, songs: Any, batch: Batch) -> Any:
        """What a critic is to hear of songs, in place of those of the batch."""
        return self._net.shown(songs, batch.inputs)

    def zero_states(self, streams: int) -> States:
        """What a melody begins with."""
        return [tf.zeros((streams, *each.shape[1:])) for each in self.network.inputs[1:]]

    def outcome(self, batch: Batch, states: States, *, training: bool) -> Outcome:
        """What the network makes of a window, as the family learns."""
        kept = tf.cast(~batch.fresh, tf.float32)
        starts = [tf.einsum("b,b...->b...", kept, state) for state in states]
        found = self._net.losses(self.network, batch, starts, self._hparams, training=training)
        assert isinstance(found, Outcome)  # noqa: S101 - else it is a bug of ours
        return found


def tunes(settings: Settings, melodies: Sequence[Steps]) -> list[Tune]:
    """The melodies that fit the configuration, in every key that fits or in the run's one key.

    Raises DataError where there is none.
    """
    keys, network = keys_of(settings.family), settings.network
    every = [Tune(steps, keys.keys(network, steps)) for steps in melodies]
    if settings.transpose_to_key is not None:
        every = [_in_key(settings, tune) for tune in every]
    fitting = [tune for tune in every if tune.moves]
    if not fitting:
        message = f"no melody fits the range of {settings.configuration}; is the dataset empty?"
        raise DataError(message)
    log.info("%d of %d melodies fit the range", len(fitting), len(melodies))
    return fitting


def _in_key(settings: Settings, tune: Tune) -> Tune:
    keys = keys_of(settings.family)
    widest = keys.widest(settings.network)
    decoder = family(settings.family).decoder(widest, 0, ENDLESS)
    notes = decode(decoder, keys.played(widest, tune.steps))
    key = estimate((note.pitch, note.duration) for note in notes)
    return tune._replace(
        moves=[move for move in tune.moves if (key.tonic + move) % 12 == settings.transpose_to_key]
    )
