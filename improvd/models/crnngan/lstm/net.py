"""An LSTM in TensorFlow that goes both ways and a step at a time. Nothing live may import this.

Keras' own does as much; here the gates of all steps hear their inputs at once, both directions are
one product of matrices a step, and XLA compiles it within a loop that feeds on its own output.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf


class Lstm:
    """An LSTM over whole windows and step by step, of one direction or of both. Time comes first.

    Its gradient through time is written out: of all steps the kernels' is one product of matrices.
    """

    def __init__(self, layer: Any, inputs: int, units: int, directions: int = 1) -> None:
        """Add kernel, recurrent kernel and bias (gates i, f, c, o) of each direction to a layer."""
        self.units = units
        self._ways = [_gates(layer, inputs, units) for _ in range(directions)]

    def step(self, signal: Any, h: Any, c: Any) -> tuple[Any, Any]:
        """H and c [batch, units] after one step more: [batch, inputs]."""
        kernel, recurrent, bias = self._ways[0]
        return _stepped(signal @ kernel + h @ recurrent + bias, c)[:2]

    def over(self, signal: Any, h: Any, c: Any) -> tuple[Any, Any, Any]:
        """What it puts out of [time, batch, inputs]; h and c after that, from h and c before."""
        outputs, cells = self._said([signal], h[None], c[None])
        return outputs[:, 0], outputs[-1, 0], cells[-1, 0]

    def both_ways(self, signal: Any) -> Any:
        """What both directions put out, side by side, of [time, batch, inputs], from nothing."""
        zeros = tf.zeros((2, signal.shape[1], self.units))
        outputs, _ = self._said([signal, signal[::-1]], zeros, zeros)
        return tf.concat([outputs[:, 0], outputs[::-1, 1]], axis=-1)

    def _said(self, signals: Sequence[Any], h: Any, c: Any) -> Any:
        """H and c of each direction after each step, [time, directions, batch, units]."""
        heard = [
            tf.tensordot(signal, kernel, 1) + bias
            for signal, (kernel, _, bias) in zip(signals, self._ways, strict=True)
        ]
        recurrent = tf.stack([tf.convert_to_tensor(kernel) for _, kernel, _ in self._ways])
        return _unrolled(tf.stack(heard, axis=1), recurrent, h, c)


def _gates(layer: Any, inputs: int, units: int) -> tuple[Any, Any, Any]:
    """The weights of an LSTM as Keras begins with them, added to the layer."""

    def bias(shape: Any, **_: Any) -> Any:
        return np.repeat([0.0, 1.0, 0.0, 0.0], shape[0] // 4)  # it remembers at first

    return (
        layer.add_weight(shape=(inputs, 4 * units), initializer="glorot_uniform"),
        layer.add_weight(shape=(units, 4 * units), initializer="orthogonal"),
        layer.add_weight(shape=(4 * units,), initializer=bias),
    )


def _stepped(heard: Any, c: Any) -> tuple[Any, Any, Any]:
    """H and c after a step, and the four gates, from what these hear [..., 4 * units]."""
    i, f, g, o = tf.split(heard, 4, axis=-1)
    i, f, g, o = tf.sigmoid(i), tf.sigmoid(f), tf.tanh(g), tf.sigmoid(o)
    c = f * c + i * g
    return o * tf.tanh(c), c, tf.concat([i, f, g, o], axis=-1)


@tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow has no types
def _unrolled(heard: Any, recurrent: Any, h: Any, c: Any) -> Any:
    """H and c after each step [time, directions, batch, units], from those before the first.

    `heard` is what all gates hear of the inputs [time, directions, batch, 4 * units].
    """
    time, *wide = heard.shape
    shapes = (h.shape, h.shape, wide)
    arrays = [tf.TensorArray(tf.float32, time, element_shape=each) for each in shapes]

    def step(now: Any, h: Any, c: Any, *arrays: Any) -> Any:
        after = _stepped(heard[now] + h @ recurrent, c)
        written = [array.write(now, each) for array, each in zip(arrays, after, strict=True)]
        return now + 1, *after[:2], *written

    *_, hs, cs, gates = _repeated(time, step, h, c, *arrays)
    hs, cs, gates = hs.stack(), cs.stack(), gates.stack()

    def gradient(of_hs: Any, of_cs: Any) -> Any:
        before_h, before_c = (tf.concat([a[None], z[:-1]], 0) for a, z in ((h, hs), (c, cs)))
        inner, of_h, of_c = _backwards(recurrent, (before_c, cs, gates), (of_hs, of_cs))
        return inner, tf.einsum("tdbu,tdbv->duv", before_h, inner), of_h, of_c

    return (hs, cs), gradient


def _backwards(
    recurrent: Any, course: tuple[Any, Any, Any], slopes_of: tuple[Any, Any]
) -> tuple[Any, Any, Any]:
    """The gradients of what the gates heard and of the first h and c, from those of all h and c.

    `course` are c before each step, c after it, and the gates.
    """
    (before, cs, gates), (of_hs, of_cs) = course, slopes_of
    i, f, g, o = tf.split(gates, 4, axis=-1)
    told = tf.tanh(cs)
    through = o * (1 - told**2)  # from h to c
    slopes = tf.concat([g * i * (1 - i), before * f * (1 - f), i * (1 - g**2)], axis=-1)
    of_o, turned = told * o * (1 - o), tf.transpose(recurrent, (0, 2, 1))
    time = cs.shape[0]
    inner = tf.TensorArray(tf.float32, time, element_shape=gates.shape[1:])

    def step(passed: Any, of_h: Any, of_c: Any, inner: Any) -> Any:
        now = time - 1 - passed
        of_h += of_hs[now]
        of_c += of_cs[now] + of_h * through[now]
        here = tf.concat([tf.tile(of_c, (1, 1, 3)) * slopes[now], of_h * of_o[now]], axis=-1)
        return passed + 1, here @ turned, of_c * f[now], inner.write(now, here)

    _, of_h, of_c, inner = _repeated(time, step, *(tf.zeros_like(cs[0]) for _ in "hc"), inner)
    return inner.stack(), of_h, of_c


def _repeated(times: int, step: Any, *begun: Any) -> Any:
    """(count, ...) after so many steps; XLA needs to know how many."""
    return tf.while_loop(
        lambda now, *_: now < times, step, (tf.constant(0), *begun), maximum_iterations=times
    )


def linear(layer: Any, inputs: int, units: int) -> tuple[Any, Any]:
    """Kernel and bias, added to the layer."""
    kernel = layer.add_weight(shape=(inputs, units), initializer="glorot_uniform")
    return kernel, layer.add_weight(shape=(units,), initializer="zeros")


def through(weights: tuple[Any, Any], signal: Any) -> Any:
    """[..., inputs] through a linear layer: [..., units]."""
    kernel, bias = weights
    return tf.tensordot(signal, kernel, 1) + bias
