"""The generator of a C-RNN-GAN in Keras, for training. Nothing that runs live may import this.

It says a tone after each tone that it hears, from that and from noise:

    x_t = relu(W (noise_t, tone_{t-1}) + b)    h_t = LSTM(LSTM(x_t))    tone_t = V h_t + d

Beside the tone stand its pitch class and the style of its piece, where the configuration has them.
Then pitch classes are said too, and a key near the frequency is struck: see `keyboard`.

Source: Mogren, "C-RNN-GAN: Continuous recurrent neural networks with adversarial training", 2016.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from improvd.core.units import VELOCITIES
from improvd.models.crnngan.configuration import NOISE, NUMBERS, VELOCITY, Configuration, silence
from improvd.models.crnngan.critic.net import Critic
from improvd.models.crnngan.keyboard.net import Keyboard
from improvd.models.crnngan.lstm.net import Lstm, linear, through
from improvd.models.crnngan.tones import FREQUENCY, told, vectors, width
from improvd.models.net import Floats, Outcome, begin

__all__ = [
    "ANNEALED",
    "TOLD",
    "begin",
    "critic",
    "imagined",
    "losses",
    "said",
    "sequence_net",
    "shown",
]

TOLD = "half the squared error"  # a Gaussian's nats, of width 1, short of a constant
ANNEALED = False
_MIDDLE = 0.5  # of the noise


def sequence_net(configuration: Configuration, dropout: float = 0.0) -> Any:
    """The generator over whole sequences, as a Keras model.

    Takes [tones [batch, time, width], *states], as `tones.inputs` tells them, and returns
    [the next tones [batch, time, 4], *states], as it says them where all noise is in its middle.
    The states are h and c of each LSTM, [batch, units]. The weights are, in order: kernel and bias
    of the input layer; kernel, recurrent kernel and bias of each LSTM (gates i, f, c, o); kernel
    and bias of the output layer.
    """
    generator = Generator(configuration, dropout)
    tones = keras.Input((None, width(configuration)))
    states = [keras.Input((size,)) for size in generator.state_size]
    return keras.Model([tones, *states], generator([tones, *states]))


class Generator(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """All of it: the weights, and what is computed with them."""

    def __init__(self, configuration: Configuration, dropout: float) -> None:
        super().__init__()
        self.noise = configuration.noise
        self.dropout = dropout  # of what each LSTM puts out, in training
        self.semitone = 2 / (configuration.highest - configuration.lowest)
        self.keyboard = Keyboard(configuration) if configuration.tonal else None
        self._start = told(configuration, np.array([silence(configuration)]))
        self._edges, self._steps = _ladders(configuration)
        first, *_ = sizes = configuration.sizes
        self._heard = linear(self, NOISE + width(configuration), first)
        self._lstms = [
            Lstm(self, inputs, units) for inputs, units in zip([first, *sizes], sizes, strict=False)
        ]
        self._said = linear(self, sizes[-1], configuration.said)
        self.state_size = [units for units in sizes for _ in "hc"]
        self.built = True

    def compute_output_spec(self, inputs: Any) -> Any:
        """The shapes that `call` returns, without tracing it for a window of unknown length."""
        return [keras.KerasTensor(each.shape) for each in inputs]

    def call(self, inputs: Any) -> Any:
        """The tone after each of the tones, the noise in its middle, and the states after all."""
        tones, *states = inputs
        noise = tf.fill((*tones.shape[:2], self.noise), _MIDDLE)
        said, *after = self.foretold(tones, noise, states)
        return [self.told(said, noise)[..., :NUMBERS], *after]

    def told(self, said: Any, noise: Any) -> Any:
        """What is told of a tone by what the network says of it, and by noise [..., noise]."""
        return self.keyboard.struck(said, noise[..., NOISE:]) if self.keyboard else said

    def foretold(
        self, tones: Any, noise: Any, states: Sequence[Any], dropout: float = 0.0
    ) -> list[Any]:
        """What is said after each of these [batch, time, width], and the states after the last."""
        signal = self._input(tf.transpose(noise, _T), tf.transpose(tones, _T))
        after: list[Any] = []
        for lstm, before in zip(self._lstms, _in_pairs(states), strict=True):
            signal, *ends = lstm.over(signal, *before)
            signal = tf.nn.dropout(signal, dropout)
            after += ends
        return [tf.transpose(through(self._said, signal), _T), *after]

    def imagined(
        self, noise: Any, inputs: Any, labels: Any, primed: Any, dropout: float = 0.0
    ) -> Any:
        """Songs [batch, time, told], each tone made of the one before and of the noise.

        Each begins with as many `primed` [batch] tones of a real one, `labels`, or from nothing.

        Tones are as they can be played, rounded and bounded; their gradient is as if they were not
        (Bengio, Léonard and Courville, "Estimating or Propagating Gradients Through Stochastic
        Neurons for Conditional Computation", 2013). What of it goes back from one tone to the one
        before is bounded: where each step adds to it, it is no number any more after 100 of them.
        """
        batch, time, _ = noise.shape
        noise, inputs, labels = (tf.transpose(each, _T) for each in (noise, inputs, labels))
        masks = [tf.nn.dropout(tf.ones((time, batch, each.units)), dropout) for each in self._lstms]
        songs = tf.TensorArray(tf.float32, time, element_shape=(batch, labels.shape[-1]))

        def step(now: Any, songs: Any, tone: Any, *states: Any) -> Any:
            heard = shown(_bounded(tone, 1 / time), inputs[now])
            signal = self._input(noise[now], heard)
            after: list[Any] = []
            for lstm, mask, before in zip(self._lstms, masks, _in_pairs(states), strict=True):
                ends = lstm.step(signal, *before)
                signal = ends[0] * mask[now]
                after += ends
            tone = self._playable(self.told(through(self._said, signal), noise[now]))
            tone = tf.where(now < primed, labels[now], tone)
            return now + 1, songs.write(now, tone), tone, *after

        zeros = [tf.zeros((batch, size)) for size in self.state_size]
        primed = primed[:, None]
        start = tf.where(primed > 0, inputs[0, :, : labels.shape[-1]], self._start)
        _, songs, *_ = tf.while_loop(
            lambda now, *_: now < time,
            step,
            (tf.constant(0), songs, start, *zeros),
            maximum_iterations=time,
        )
        return tf.transpose(songs.stack(), _T)

    def _input(self, noise: Any, tones: Any) -> Any:
        return tf.nn.relu(through(self._heard, tf.concat([noise[..., :NOISE], tones], axis=-1)))

    def _playable(self, told: Any) -> Any:
        """The nearest tones [batch, told] that can be played; the gradient is that of `told`."""
        numbers, beside = _returning(told[:, :NUMBERS]), told[:, NUMBERS:]
        places = tf.searchsorted(self._edges, tf.transpose(numbers))
        nearest = tf.transpose(tf.gather(self._steps, places, batch_dims=1))
        return tf.concat([numbers + tf.stop_gradient(nearest - numbers), beside], axis=-1)


_T = (1, 0, 2)  # [batch, time, ...] <-> [time, batch, ...]


def _bounded(tones: Any, most: float) -> Any:
    """The same tones [batch, told]; the gradient of each has a norm of `most` at most."""

    @tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow has no types
    def same(tones: Any) -> Any:
        return tf.identity(tones), lambda slopes: tf.clip_by_norm(slopes, most, axes=-1)

    return same(tones)


@tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow has no types
def _returning(numbers: Any) -> Any:
    """The same; what is beyond -1 or 1 learns to come back, and not to go still farther.

    There all is played alike, so a critic would lead it away for ever, where no noise reaches.
    """
    return tf.identity(numbers), lambda slopes: tf.where(
        (tf.abs(numbers) <= 1) | (slopes * numbers > 0), slopes, tf.zeros_like(slopes)
    )


def _in_pairs(states: Sequence[Any]) -> list[tuple[Any, Any]]:
    """H and c of each LSTM."""
    return list(zip(states[::2], states[1::2], strict=True))


def critic(configuration: Configuration, sizes: Sequence[int], dropout: float) -> Any:
    """What tells real songs from imagined ones: see `critic.net.Critic`."""
    return Critic(width(configuration), sizes, dropout)


def imagined(network: Any, batch: Any, primed: float) -> tuple[Any, Any]:
    """As many songs [songs, time, told] of the network as there are real ones, from fresh noise.

    A share of them, `primed`, goes on from the first tones of the real ones, at most half of them.
    And which tones are the network's own [songs, time].
    """
    layer = network.layers[-1]
    songs, time, _ = batch.labels.shape
    tones = tf.random.uniform((songs,), 1, time // 2 + 1, tf.int32)
    tones = tf.where(tf.random.uniform((songs,)) < primed, tones, 0)
    noise = tf.random.uniform((songs, time, layer.noise))
    made = layer.imagined(noise, batch.inputs, batch.labels, tones, layer.dropout)
    return made, tf.cast(tf.range(time) >= tones[:, None], tf.float32)


def shown(songs: Any, inputs: Any) -> Any:
    """What there is to hear of songs [..., told], which have the style of these inputs."""
    return tf.concat([songs, inputs[..., songs.shape[-1] :]], axis=-1)


def losses(network: Any, batch: Any, states: Any, hparams: Any, *, training: bool) -> Outcome:
    """Half the squared error of the next tone's four numbers, given the true ones before it.

    Where pitch classes are said, also the nats of that of the next tone.

    In training the noise is fresh, and without `hparams.feedback` noise is all that it hears; else
    the noise is in its middle. Foretold are pitches, to the nearest semitone.
    """
    layer = network.layers[-1]
    shape = (*batch.labels.shape[:2], layer.noise)
    noise = tf.random.uniform(shape) if training else tf.fill(shape, _MIDDLE)
    heard = batch.inputs * float(hparams.feedback or not training)
    said, *states = layer.foretold(heard, noise, states, layer.dropout if training else 0.0)
    errors = said[..., :NUMBERS] - batch.labels[..., :NUMBERS]
    nats = tf.reduce_sum(errors**2, axis=-1) / 2
    if layer.keyboard:
        nats += layer.keyboard.surprise(said, batch.labels)
    nats *= batch.weights
    away = tf.abs(layer.told(said, noise) - batch.labels)[..., FREQUENCY]
    right = tf.cast(away < layer.semitone / 2, tf.float32)
    foretold = tf.reduce_sum(right * batch.weights)
    return Outcome(nats, nats, foretold, tf.reduce_sum(batch.weights), states)


def said(network: Any, inputs: Floats, dice: np.random.Generator) -> tuple[Floats, Floats]:
    """The tone [time, 4] after each of the inputs [time, width], from states of zeros.

    And the noise [time, numbers] that it was made of.
    """
    layer = network.layers[-1]
    noise = dice.random((len(inputs), layer.noise), np.float32)
    states = [tf.zeros((1, *state.shape[1:])) for state in network.inputs[1:]]
    found, *_ = layer.foretold(tf.constant(inputs[None]), noise[None], states)
    return layer.told(found, noise)[0, :, :NUMBERS].numpy(), noise


def _ladders(configuration: Configuration) -> tuple[Floats, Floats]:
    """Of each of the four numbers where one value gives way to the next, and the values.

    [4, values - 1] and [4, values] of those that can be played, the last one said again where a
    number has fewer than others.
    """
    most = max(map(len, configuration.ranges))
    values = [np.minimum(np.arange(most) + each[0], each[-1]) for each in configuration.ranges]
    values[VELOCITY] = np.maximum(values[VELOCITY], VELOCITIES[0])  # a rest is none of them
    tones = np.stack(values, axis=-1)
    halves = np.minimum(tones[:-1] + 0.5, tones[-1])
    return vectors(configuration, halves).T.copy(), vectors(configuration, tones).T.copy()
