"""Keras parts that families share. Only training may import this: playing needs no TensorFlow."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from keras import ops
from numpy.typing import NDArray

Floats = NDArray[np.float32]

TOLD = "loss"  # what the nats of such a network are
ANNEALED = False  # is it the likelihood, or has that to be estimated by annealing?
_VECTORS = keras.initializers.RandomNormal(stddev=1.0)  # Keras' own, 0.05, are hardly heard


class Outcome(NamedTuple):
    """What a network made of a window; all weighted, 0 where there is nothing to say."""

    cost: Any  # [streams, time], what training lowers
    nats: Any  # [streams, time], what is told of it
    foretold: Any  # how much was foretold ...
    possible: Any  # ... of how much
    states: Any  # after the window


def losses(network: Any, batch: Any, states: Any, hparams: Any, *, training: bool) -> Outcome:
    """What a network with a softmax over the next step's labels says of a window."""
    del hparams
    logits, *states = network([batch.inputs, *states], training=training)
    nats = tf.nn.sparse_softmax_cross_entropy_with_logits(batch.labels, logits) * batch.weights
    likeliest = tf.argmax(logits, axis=-1, output_type=tf.int32)
    right = tf.cast(likeliest == batch.labels, tf.float32)
    foretold = tf.reduce_sum(right * batch.weights)
    return Outcome(nats, nats, foretold, tf.reduce_sum(batch.weights), states)


def begin(network: Any, initial: str, melodies: Any, dice: Any) -> None:
    """Keras has set the weights that training begins with."""
    del network, initial, melodies, dice


def said(network: Any, inputs: Floats, dice: np.random.Generator) -> tuple[Floats, Floats]:
    """The logits [time, classes] after each of the inputs [time, inputs], from states of zeros.

    And the noise [time, numbers] that a step graph needs to say the same: none.
    """
    del dice
    states = [np.zeros((1, *state.shape[1:]), np.float32) for state in network.inputs[1:]]
    logits = network.predict_on_batch([inputs[None], *states])[0][0]
    return logits, np.zeros((len(inputs), 0), np.float32)


def lstm_stack(
    inputs: int,
    sizes: Sequence[int],
    classes: int,
    dropout: float,
    attention: int = 0,
    *,
    embedded: bool = False,
    residual: bool = False,
) -> Any:
    """A stack of LSTMs below one linear layer, as a Keras model.

    Takes [features [batch, time, inputs], *states] and returns [logits [batch, time, classes],
    *states] after the last step. The states are h and c of each layer, [batch, units]; where the
    first layer attends to its last `attention` outputs it has those of `AttentionCell`. Where it is
    `embedded` the one feature is the number of a class, for which a vector as wide as the first
    layer stands. Where it is `residual` a layer as wide as what it hears is added to that: four
    layers learn sooner so (He et al., "Deep Residual Learning for Image Recognition", 2015). The
    weights are, in order: those vectors, those of the cell that attends, kernel, recurrent kernel
    and bias of each LSTM (gates i, f, c, o), kernel and bias of the linear layer.
    """
    signal = features = keras.Input((None, inputs))
    if embedded:
        signal = keras.layers.Embedding(classes, sizes[0], _VECTORS)(features[:, :, 0])
        signal = keras.layers.Dropout(dropout)(signal)
    starts, ends = [], []
    for number, units in enumerate(sizes):
        layer = _layer(inputs, units, attention, first=not number)
        before = [keras.Input((size,)) for size in layer.cell.state_size]
        heard = signal
        signal, *after = layer(heard, initial_state=before)
        signal = keras.layers.Dropout(dropout)(signal)
        if residual and heard.shape[-1] == units:
            signal = keras.layers.Add()([heard, signal])
        starts += before
        ends += after
    logits = keras.layers.Dense(classes)(signal)
    return keras.Model([features, *starts], [logits, *ends])


def _layer(inputs: int, units: int, attention: int, *, first: bool) -> Any:
    if not attention:
        return keras.layers.LSTM(units, return_sequences=True, return_state=True)
    attends = first and AttentionCell(inputs, units, attention)
    return Scan(attends or keras.layers.LSTMCell(units))


class Scan(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """A cell over a window, as `keras.layers.RNN`, but XLA can compile it and its gradient.

    Compiled, an update of a network that attends takes less than half the time, as its steps are
    many small operations over much memory; that of LSTMs alone is no faster.
    """

    def __init__(self, cell: Any) -> None:
        """A cell with `state_size` and `output_size`."""
        super().__init__()
        self.cell = cell

    def call(self, window: Any, initial_state: Sequence[Any]) -> Any:
        """The outputs [batch, time, output_size] of [batch, time, inputs]; the states after it."""
        batch, known, _ = window.shape
        length = tf.shape(window)[1] if known is None else known  # XLA needs to know it
        inputs = tf.transpose(window, (1, 0, 2))
        outputs = tf.TensorArray(tf.float32, length, element_shape=(batch, self.cell.output_size))

        def step(now: Any, outputs: Any, *states: Any) -> Any:
            output, states = self.cell(inputs[now], states)
            return now + 1, outputs.write(now, output), *states

        _, outputs, *states = tf.while_loop(
            lambda now, *_: now < length,
            step,
            (tf.constant(0), outputs, *initial_state),
            maximum_iterations=length,
        )
        return tf.transpose(outputs.stack(), (1, 0, 2)), *states


class AttentionCell(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """An LSTM that attends to what it put out in the last `length` steps.

    What it puts out is a projection of h and the context. States: h, c and context [batch, units];
    the last outputs, the oldest first, and the same times the key kernel, [batch, length * units],
    zeros where there was no step yet. Source: `AttentionCellWrapper` of tf.contrib.rnn, which
    Magenta's `make_rnn_cell` puts around the first layer; Bahdanau et al., "Neural Machine
    Translation by Jointly Learning to Align and Translate", 2014.

    Unlike there it begins as its LSTM alone and learns what the context is good for: with random
    kernels the one training tried diverged, supposedly since nothing bounds what comes back.
    """

    def __init__(self, inputs: int, units: int, length: int) -> None:
        """Weights, in order: the fields' as they stand here; a pair is a kernel and a bias."""
        super().__init__()
        self.state_size = [units, units, units, length * units, length * units]
        self.output_size = units
        self._ring = (length, units)
        self._joined = self._pair(inputs + units, inputs, "identity")
        self._query = self._pair(2 * units, units)
        self._key = self.add_weight(shape=(units, units))
        self._score = self.add_weight(shape=(units, 1))
        self._output = self._pair(2 * units, units, "identity")
        self._lstm = keras.layers.LSTMCell(units)
        self._lstm.build((None, inputs))
        self.built = True

    def build(self, shape: Any) -> None:
        """Nothing is left to be built."""

    def call(self, inputs: Any, states: Any) -> Any:
        """One step: what it puts out [batch, units], and the states after it."""
        h, c, context, *rings = states
        memory, keys = (ops.reshape(ring, (-1, *self._ring)) for ring in rings)
        _, (h, c) = self._lstm(_linear(self._joined, inputs, context), [h, c])
        query = _linear(self._query, c, h)
        scores = ops.sum(ops.tanh(keys + query[:, None]) * self._score[:, 0], axis=2)
        context = ops.sum(ops.softmax(scores)[:, :, None] * memory, axis=1)
        output = _linear(self._output, h, context)
        pushed = _pushed(memory, output), _pushed(keys, ops.matmul(output, self._key))
        flat = [ops.reshape(ring, (-1, math.prod(self._ring))) for ring in pushed]
        return output, [h, c, context, *flat]

    def _pair(self, inputs: int, units: int, initializer: str = "glorot_uniform") -> Any:
        kernel = self.add_weight(shape=(inputs, units), initializer=initializer)
        return kernel, self.add_weight(shape=(units,), initializer="zeros")


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


def _linear(weights: Any, *parts: Any) -> Any:
    kernel, bias = weights
    return ops.matmul(ops.concatenate(parts, axis=1), kernel) + bias


def _pushed(ring: Any, newest: Any) -> Any:
    """Without the oldest, with the newest."""
    return ops.concatenate([ring[:, 1:], newest[:, None]], axis=1)
