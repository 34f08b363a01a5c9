"""A jazz model that has one idea: it plays the root of the chord, twice a beat."""

import numpy as np
import onnx
from tiny import a_card

from improvd.models.jazz import FAMILY
from improvd.models.jazz.configuration import (
    BELOW,
    EVENTS,
    HOLD,
    NOTES,
    PLAYER,
    TICKS,
    WAITS,
    silence,
)
from improvd.models.sampling import Sampler
from improvd.train.onnx.export import step_model

_UNITS = 4
_SURE = 30.0  # nats


def roots_model(path):
    """Write its step graph: whatever it hears, it likes the same."""
    inputs = FAMILY.voice(PLAYER, Sampler()).hear(silence(PLAYER)).size
    taste = np.zeros(EVENTS, np.float32)
    roots = [event for event in range(NOTES) if (event + BELOW) % 12 == 0]
    taste[roots], taste[HOLD + WAITS.index(TICKS // 2)] = 2 * _SURE, _SURE
    shapes = [(inputs, 4 * _UNITS), (_UNITS, 4 * _UNITS), 4 * _UNITS, (_UNITS, EVENTS)]
    weights = [*(np.zeros(shape, np.float32) for shape in shapes), taste]
    onnx.save(
        step_model(weights, a_card(family="jazz", configuration="player", name="roots")), path
    )
    return path
