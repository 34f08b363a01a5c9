"""A tiny C-RNN-GAN of random weights, and its equations in numpy, to be seen beside its graph."""

import numpy as np
import onnx
from tiny import a_card

from improvd.models.base import configuration_of
from improvd.models.crnngan.configuration import NOISE, NUMBERS
from improvd.models.crnngan.tones import width
from improvd.train.onnx.export import step_model

USUAL = (0.1, 0.0, 0.3, -0.3)  # length, frequency, velocity, time since: a tone of no kind
LIVELY = (1.0, 1.0, 0.6, 3.0)  # how far from it its tones are, about: some begin at once


def random_weights(sizes=(24, 24), seed=0, usual=USUAL, lively=LIVELY, heard=NUMBERS):
    """Weights of a net that says tones about the `usual` one, as far from it as it is `lively`.

    It hears so many numbers of each tone.
    """
    random = np.random.default_rng(seed)
    weights, below = [], NOISE + heard
    for rows, columns in [(below, sizes[0]), *_gates(sizes), (sizes[-1], NUMBERS)]:
        weights.append(random.normal(0, 2 / np.sqrt(rows), (rows, columns)))
    kernels = [each.astype(np.float32) for each in weights]
    first, *stack, last = kernels
    last *= np.float32(lively)
    found = [first, np.zeros(sizes[0], np.float32)]
    for at in range(0, len(stack), 2):
        found += [*stack[at : at + 2], np.zeros(stack[at].shape[1], np.float32)]
    return [*found, last, np.array(usual, np.float32)]


def gan_model(path, configuration="live", styles=(), **drawn):
    """Write a step graph of such weights; a `styled` one knows these styles."""
    told = {"configuration": configuration, "tokens": styles}
    card = a_card(family="crnngan", name=path.stem, **told)
    heard = width(configuration_of(card))
    onnx.save(step_model(random_weights(heard=heard, **drawn), card), path)
    return path


def _gates(sizes):
    """The shapes of kernel and recurrent kernel of each LSTM."""
    for below, units in zip([sizes[0], *sizes], sizes, strict=False):
        yield below, 4 * units
        yield units, 4 * units


class Equations:
    """One step after another by the equations, in 64 bits."""

    def __init__(self, weights):
        self._weights = [each.astype(np.float64) for each in weights]
        count = (len(weights) - 4) // 3
        self._states = [
            (np.zeros(len(self._weights[3 + 3 * at])), np.zeros(len(self._weights[3 + 3 * at])))
            for at in range(count)
        ]

    def step(self, tone, noise):
        """The numbers of the next tone."""
        kernel, bias, *stack, out, offset = self._weights
        signal = np.maximum(np.concatenate([noise, tone]) @ kernel + bias, 0)
        for at, (h, before) in enumerate(self._states):
            own, recurrent, gates = stack[3 * at : 3 * at + 3]
            i, f, g, o = np.split(signal @ own + h @ recurrent + gates, 4)
            c = _sigmoid(f) * before + _sigmoid(i) * np.tanh(g)
            signal = _sigmoid(o) * np.tanh(c)
            self._states[at] = signal, c
        return signal @ out + offset


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))
