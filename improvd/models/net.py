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


def _linear(weights: Any, *parts: Any) -> Any:
    kernel, bias = weights
    return ops.matmul(ops.concatenate(parts, axis=1), kernel) + bias


def _pushed(ring: Any, newest: Any) -> Any:
    """Without the oldest, with the newest."""
    return ops.concatenate([ring[:, 1:], newest[:, None]], axis=1)
