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


def random_weights(
    sizes=(24, 24), *, seed=0, usual=USUAL, lively=LIVELY, heard=NUMBERS, said=NUMBERS
):
    """Weights of a net that says tones about the `usual` one, as far from it as it is `lively`.

    It hears and says so many numbers of each tone.
    """
    random = np.random.default_rng(seed)
    weights, below = [], NOISE + heard
    for rows, columns in [(below, sizes[0]), *_gates(sizes), (sizes[-1], said)]:
        weights.append(random.normal(0, 2 / np.sqrt(rows), (rows, columns)))
    kernels = [each.astype(np.float32) for each in weights]
    first, *stack, last = kernels
    last[:, :NUMBERS] *= np.float32(lively)
    found = [first, np.zeros(sizes[0], np.float32)]
    for at in range(0, len(stack), 2):
        found += [*stack[at : at + 2], np.zeros(stack[at].shape[1], np.float32)]
    return [*found, last, np.array([*usual, *[0.0] * (said - NUMBERS)], np.float32)]


def gan_model(path, configuration="live", styles=(), **drawn):
    """Write a step graph of such weights; a `styled` one knows these styles."""
    told = {"configuration": configuration, "tokens": styles}
    card = a_card(family="crnngan", name=path.stem, **told)
    known = configuration_of(card)
    weights = random_weights(heard=width(known), said=known.said, **drawn)
    onnx.save(step_model(weights, card), path)
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
        """What is said of the next tone."""
        kernel, bias, *stack, out, offset = self._weights
        signal = np.maximum(np.concatenate([noise[:NOISE], tone]) @ kernel + bias, 0)
        for at, (h, before) in enumerate(self._states):
            own, recurrent, gates = stack[3 * at : 3 * at + 3]
            i, f, g, o = np.split(signal @ own + h @ recurrent + gates, 4)
            c = _sigmoid(f) * before + _sigmoid(i) * np.tanh(g)
            signal = _sigmoid(o) * np.tanh(c)
            self._states[at] = signal, c
        return signal @ out + offset


def struck(said, noise):
    """The numbers of the tone that is meant, of pitch classes that are drawn, on a piano."""
    keys = np.linspace(-1, 1, 88)
    drawn = said[NUMBERS:] - np.log(-np.log(noise[NOISE:]))
    away = (said[1] - keys) * 43.5 / 3
    key = np.argmax(drawn[(21 + np.arange(88)) % 12] - away**2 / 2)
    return [said[0], keys[key], *said[2:NUMBERS]]


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))
