"""A tiny RNN-RBM of random weights, and its equations in numpy, to be seen beside its graph."""

from dataclasses import replace

import numpy as np
import onnx
from tiny import a_card

from improvd.models.rnnrbm.configuration import CONFIGURATIONS
from improvd.models.rnnrbm.graph import GIBBS
from improvd.train.onnx.export import step_model

_CLEAR = (
    1e-4  # of a probability: noise is at least so far from it, so that rounding decides nothing
)


def random_weights(name="live", sizes=(12, 7), seed=0, sounding=-3.0):
    """W, bv, bh, Wuv, Wuh, bu, Wuu, Wvu of a net whose keys sound by so many nats and dice."""
    configuration = replace(CONFIGURATIONS[name], sizes=sizes)
    visible, hidden, recurrent = configuration.visible, *sizes
    shapes = [(visible, hidden), visible, hidden, (recurrent, visible), (recurrent, hidden)]
    shapes += [recurrent, (recurrent, recurrent), (visible, recurrent)]
    random = np.random.default_rng(seed)
    dice = (random.normal(0.0, 1.0, shape) for shape in shapes)
    weights = [(each / np.sqrt(len(each))).astype(np.float32) for each in dice]
    weights[1] += np.float32(sounding)
    return weights


def rbm_model(path, name="live", **drawn):
    """Write a step graph of such weights."""
    card = a_card(family="rnnrbm", configuration=name, name=path.stem)
    onnx.save(step_model(random_weights(name, **drawn), card), path)
    return path


class Equations:
    """One step after another by the equations, in 64 bits."""

    def __init__(self, weights):
        self._weights = [each.astype(np.float64) for each in weights]
        self.u = np.zeros(len(weights[5]))

    def step(self, frame, noise):
        """The logits of the next frame; `noise` is moved away from where it would be close."""
        coupling, of_visible, of_hidden, to_visible, to_hidden, bias, again, heard = self._weights
        self.u = np.tanh(bias + self.u @ again + frame @ heard)
        of_visible, of_hidden = of_visible + self.u @ to_visible, of_hidden + self.u @ to_hidden
        widths = [len(of_hidden), len(of_visible)] * GIBBS
        numbers = np.split(noise, np.cumsum(widths)[:-2])
        hidden = drawn(of_hidden, numbers[0])
        for of_these, of_those in zip(numbers[1::2], numbers[2::2], strict=True):
            visible = drawn(of_visible + coupling @ hidden, of_these)
            hidden = drawn(of_hidden + visible @ coupling, of_those)
        return of_visible + coupling @ hidden


def drawn(logits, noise):
    """1 where the noise is below the probability."""
    chances = 1.0 / (1.0 + np.exp(-logits))
    near = np.abs(noise - chances) < _CLEAR
    noise[near] = np.clip(chances[near] - 2 * _CLEAR, 0.0, 1.0)
    return (noise < chances).astype(np.float64)
