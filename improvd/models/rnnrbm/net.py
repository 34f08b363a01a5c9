"""The RNN-RBM in Keras, for training. Nothing that runs live may import this.

The biases of each step's RBM come from an RNN that has heard the frames before it:

    bv_t = bv + u_{t-1} Wuv    bh_t = bh + u_{t-1} Wuh    u_t = tanh(bu + u_{t-1} Wuu + v_t Wvu)

Source: Boulanger-Lewandowski, Bengio and Vincent, "Modeling Temporal Dependencies in
High-Dimensional Sequences", 2012; Hinton, "Training Products of Experts by
Minimizing Contrastive Divergence", 2002.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from improvd.models.net import Floats, Outcome
from improvd.models.rnnrbm.configuration import Configuration
from improvd.models.rnnrbm.graph import GIBBS

Biases = tuple[Any, Any]  # of the visible and of the hidden units, [frames, units]

TOLD = "loss by pseudo-likelihood"  # what its nats are in training: a likelihood that is quick
ANNEALED = True  # its likelihood has to be
_RBM, _RNN = 0.01, 0.0001  # standard deviations that the matrices begin with
_ROLLS = 2**16  # different rolls of the dice
_LOWEST, _HIGHEST = -(2**31), 2**31 - 1
_SHIFTS = (
    (tf.bitwise.left_shift, np.uint32(13)),
    (tf.bitwise.right_shift, np.uint32(17)),
    (tf.bitwise.left_shift, np.uint32(5)),
)
_RARE = 1e-4  # how usual a unit is at least taken for
_MEMORY = 0.9  # how much the RNN keeps at first
_HEARD = 0.07  # the standard deviation of what leads to it and from it
_CLEAR = 1e-4  # of a probability
_LEAST = 1e-6  # a probability whose logarithm is still told


def sequence_net(configuration: Configuration, dropout: float = 0.0) -> Any:
    """The network over whole sequences, as a Keras model.

    Takes [frames [batch, time, visible], u [batch, recurrent]] and returns [the biases of the RBM
    of each next frame [batch, time, visible + hidden], u after the last frame]. The weights are, in
    order: W [visible, hidden], bv, bh, Wuv [recurrent, visible], Wuh [recurrent, hidden], bu, Wuu
    [recurrent, recurrent], Wvu [visible, recurrent].
    """
    frames = keras.Input((None, configuration.visible))
    before = keras.Input((configuration.recurrent,))
    return keras.Model([frames, before], RnnRbm(configuration, dropout)([frames, before]))


def begin(network: Any, initial: str, rolls: Sequence[Any], dice: np.random.Generator) -> None:
    """Set the weights that training begins with, from the rolls [time, visible] to learn.

    "small": as the tutorial does, all matrices next to nothing. "orthogonal": the visible biases
    tell how usual each unit is (Hinton, "A Practical Guide to Training Restricted Boltzmann
    Machines", 2010), and the RNN remembers from the start (Saxe, McClelland and Ganguli, "Exact
    Solutions to the Nonlinear Dynamics of Learning in Deep Linear Neural Networks", 2013).
    """
    if initial == "small":
        return
    layer = network.layers[-1]
    usual = np.clip(np.concatenate(rolls).mean(axis=0), _RARE, 1 - _RARE)
    layer.bv.assign(np.log(usual / (1 - usual)))
    turned, _ = np.linalg.qr(dice.normal(size=layer.wuu.shape))
    layer.wuu.assign(_MEMORY * turned)
    for each in (layer.wuv, layer.wuh, layer.wvu):
        each.assign(dice.normal(0, _HEARD, each.shape))


class RnnRbm(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """All of it: the weights, and what is computed with them."""

    def __init__(self, configuration: Configuration, dropout: float) -> None:
        super().__init__()
        self.dropout = dropout  # of what the RNN hears and tells, in training
        visible, hidden = configuration.visible, configuration.hidden
        recurrent = configuration.recurrent
        self.w = self._matrix(visible, hidden, _RBM)
        self.bv, self.bh = self._bias(visible), self._bias(hidden)
        self.wuv, self.wuh = (self._matrix(recurrent, each, _RNN) for each in (visible, hidden))
        self.bu = self._bias(recurrent)
        self.wuu, self.wvu = (self._matrix(each, recurrent, _RNN) for each in (recurrent, visible))
        self.built = True
        self.supports_jit = False  # compiled by XLA its Gibbs steps take several times as long

    def _matrix(self, rows: int, columns: int, deviation: float) -> Any:
        return self.add_weight(
            shape=(rows, columns), initializer=keras.initializers.RandomNormal(stddev=deviation)
        )

    def _bias(self, units: int) -> Any:
        return self.add_weight(shape=(units,), initializer="zeros")

    def compute_output_spec(self, inputs: Any) -> Any:
        """The shapes that `call` returns, without tracing it for a window of unknown length."""
        frames, before = inputs
        biases = keras.KerasTensor((*frames.shape[:2], sum(self.w.shape)))
        return [biases, keras.KerasTensor(before.shape)]

    def call(self, inputs: Any) -> Any:
        """The biases of each next frame side by side, and the last u."""
        states = self.states(*inputs)
        biases = tf.concat(self.biases(_in_rows(states[:, 1:])), axis=-1)
        return [tf.reshape(biases, (*states[:, 1:].shape[:2], -1)), states[:, -1]]

    def states(self, frames: Any, before: Any) -> Any:
        """The u before the window and after each of its frames: [batch, time + 1, recurrent]."""
        heard = tf.reshape(_in_rows(frames) @ self.wvu + self.bu, (*frames.shape[:2], -1))
        return _unrolled(heard, before, tf.convert_to_tensor(self.wuu))

    def biases(self, states: Any) -> tuple[Any, Any]:
        """Of the visible and of the hidden units of the frame after each u [frames, recurrent]."""
        return self.bv + states @ self.wuv, self.bh + states @ self.wuh

    def free_energy(self, frames: Any, biases: Biases) -> Any:
        """What the logarithm of a frame's probability is short of a constant: [frames]."""
        visible, hidden = biases
        heard = tf.nn.softplus(frames @ self.w + hidden)
        return -tf.reduce_sum(frames * visible, -1) - tf.reduce_sum(heard, -1)

    def gibbs(self, frames: Any, biases: Biases, count: int) -> tuple[Any, Any]:
        """What `count` Gibbs steps make of frames, and how likely each unit is in one step more."""
        upwards, downwards = tf.convert_to_tensor(self.w), tf.transpose(self.w)
        visible, hidden = biases
        up, down = _Dice(hidden.shape), _Dice(visible.shape)

        def reconstructed(frames: Any) -> Any:
            drawn = up.drawn(tf.sigmoid(frames @ upwards + hidden))
            return tf.sigmoid(drawn @ downwards + visible)

        for _ in range(count):
            frames = down.drawn(reconstructed(frames))
        return frames, reconstructed(frames)


def losses(network: Any, batch: Any, states: Any, hparams: Any, *, training: bool) -> Outcome:
    """What contrastive divergence with `hparams.gibbs` Gibbs steps makes of a window.

    The cost is what the free energy of a frame has over that of its sample; its gradient, the
    sample held constant, is that of CD-k. Told is the frame's likelihood where one more step from
    the sample had led to it.
    """
    layer = network.layers[-1]
    dropout = layer.dropout if training else 0.0
    after = layer.states(tf.nn.dropout(batch.inputs, dropout), *states)
    biases = layer.biases(tf.nn.dropout(_in_rows(after[:, :-1]), dropout))
    frames, weights = _in_rows(batch.labels), tf.reshape(batch.weights, (-1,))
    sample, means = map(tf.stop_gradient, layer.gibbs(frames, biases, hparams.gibbs))
    cost = layer.free_energy(frames, biases) - layer.free_energy(sample, biases)
    right = tf.maximum(tf.where(frames > 0, means, 1 - means), _LEAST)
    nats = -tf.reduce_sum(tf.math.log(right), -1)
    cost, nats = (tf.reshape(each * weights, batch.weights.shape) for each in (cost, nats))
    foretold, possible = _agreement(frames, means, weights)
    return Outcome(cost, nats, foretold, possible, [after[:, -1]])


def said(network: Any, inputs: Floats, dice: np.random.Generator) -> tuple[Floats, Floats]:
    """The logits [time, visible] after each of the inputs [time, visible], from a state of zeros.

    And the noise [time, numbers] that the chains of `graph` draw with. It is kept away from where
    rounding would decide whether a unit is on, as one unit alone changes all that comes after.
    """
    layer = network.layers[-1]
    biases = layer.biases(layer.states(inputs[None], tf.zeros((1, *layer.bu.shape)))[0, 1:])
    told, noise = biases[1], []
    for number in range(2 * GIBBS - 1):
        likely = tf.sigmoid(told).numpy()
        noise.append(dice.random(likely.shape, np.float32))
        near = np.abs(noise[-1] - likely) < _CLEAR
        noise[-1][near] = likely[near] + np.where(likely[near] < 0.5, 2, -2) * _CLEAR
        units = tf.cast(noise[-1] < likely, tf.float32)
        turn = number % 2
        told = biases[turn] + tf.matmul(units, layer.w, transpose_b=not turn)
    return told.numpy(), np.concatenate(noise, axis=1)


def _agreement(frames: Any, means: Any, weights: Any) -> tuple[Any, Any]:
    """How many units are on in the frame and foretold; and how many are in either of both."""
    foretold = tf.cast(means > 0.5, tf.float32)
    both = tf.reduce_sum(frames * foretold, -1)
    either = tf.reduce_sum(tf.maximum(frames, foretold), -1)
    return tf.reduce_sum(both * weights), tf.reduce_sum(either * weights)


def _in_rows(window: Any) -> Any:
    """[batch, time, units] as [frames, units]."""
    return tf.reshape(window, (-1, window.shape[-1]))


class _Dice:
    """Dice for each unit of some layers: TensorFlow's once, then xorshift, which is much quicker.

    Each half of its 32 bits is a roll: what chances of less than 1 / 65,536 do hardly matters here.
    Source: Marsaglia, "Xorshift RNGs", 2003.
    """

    def __init__(self, shape: tuple[int, int]) -> None:
        rows, self._units = shape
        bits = tf.random.uniform((rows, -(-self._units // 2)), _LOWEST, _HIGHEST, tf.int32)
        self._bits = tf.bitcast(bits, tf.uint32)

    def drawn(self, means: Any) -> Any:
        """Units that are on (1) as likely as that, else off (0)."""
        rolls = tf.reshape(tf.bitcast(self._bits, tf.uint16), (len(means), -1))[:, : self._units]
        for shift, by in _SHIFTS:
            self._bits = tf.bitwise.bitwise_xor(self._bits, shift(self._bits, by))
        return tf.cast(tf.cast(rolls, tf.float32) + 0.5 < means * _ROLLS, tf.float32)


def _unrolled(inputs: Any, before: Any, kernel: Any) -> Any:
    """tanh(inputs_t + u_{t-1} kernel) for each t, behind the u before: [batch, time + 1, units].

    With a gradient of its own: one matrix product for the kernel instead of one a step.
    """

    @tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow has no types
    def states(inputs: Any, before: Any, kernel: Any) -> Any:
        every = [before]
        for heard in tf.unstack(inputs, axis=1):
            every.append(tf.tanh(heard + every[-1] @ kernel))
        after = tf.stack(every, axis=1)

        def gradient(upstream: Any) -> Any:
            first, *slopes = tf.unstack(upstream, axis=1)
            damping = tf.unstack(1 - after[:, 1:] ** 2, axis=1)
            turned, back, carried = tf.transpose(kernel), [], tf.zeros_like(before)
            for slope, damp in zip(reversed(slopes), reversed(damping), strict=True):
                back.append((slope + carried) * damp)
                carried = back[-1] @ turned
            inner = tf.stack(back[::-1], axis=1)
            return inner, first + carried, tf.einsum("btu,btv->uv", after[:, :-1], inner)

        return after, gradient

    return states(inputs, before, kernel)
