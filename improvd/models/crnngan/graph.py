"""The step graph of a generator, for whoever writes it down. Knows neither ONNX nor TensorFlow.

A step takes noise and the tone before it, in numbers, and says the four of the next tone:

    heard = relu(noise and tone side by side, through a linear layer as wide as the first LSTM)
    tone = a linear layer above all the LSTMs above that

Where that says pitch classes too, the frequency is that of the key that is struck: see `keyboard`.

Inputs are `step` [batch, width], as `tones.inputs` tells a tone, `noise` [batch, noise], uniform in
[0, 1), and the states; `logits` [batch, 4] are no logits here but the numbers of the tone, in the
order of `tones`, and may lie beyond -1..1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from improvd.core.units import OCTAVE
from improvd.models.crnngan.configuration import NOISE, NUMBERS, Configuration
from improvd.models.crnngan.pitches import NEAR, frequencies, keys
from improvd.models.crnngan.tones import FREQUENCY, width

_LSTM = 3  # arrays of weights
_NEARNESS = np.array(1 / (2 * NEAR**2), np.float32)


def write(graph: Any, configuration: Configuration, weights: Sequence[NDArray[np.float32]]) -> None:
    """Write it with a `train.onnx.graph.Graph`.

    Weights are, each kernel before its bias: those of the first layer, whose rows are noise and
    tone; kernel, recurrent kernel and bias of each LSTM; those of the last layer.
    """
    first, stack, last = weights[:2], weights[2:-2], weights[-2:]
    step = graph.input("step", "batch", width(configuration))
    noise = [graph.input("noise", "batch", configuration.noise)]
    if configuration.tonal:
        noise = graph.split(noise[0], [NOISE, OCTAVE])
    signal = graph.in_line(graph.node("Relu", graph.linear(first, noise[0], step)))
    for at in range(0, len(stack), _LSTM):
        signal, _ = graph.lstm(stack[at : at + _LSTM], signal)
    said, tone = graph.out_of_line(signal), [graph.output("logits", "batch", NUMBERS)]
    if configuration.tonal:
        _struck(graph, configuration, graph.linear(last, said), noise[1], tone)
    else:
        graph.linear(last, said, into=tone)


def _struck(
    graph: Any, configuration: Configuration, said: str, noise: str, into: Sequence[str]
) -> None:
    """The numbers of a tone, of the key that is struck."""
    before, frequency, after, classes = graph.split(said, [FREQUENCY, 1, 2, OCTAVE])
    rare = graph.node("Neg", graph.node("Log", noise))
    drawn = graph.node("Sub", classes, graph.node("Log", rare))
    class_of, numbers = map(
        graph.constant, (keys(configuration) % OCTAVE, frequencies(configuration))
    )
    away = graph.node("Sub", numbers, frequency)
    away = graph.node("Mul", graph.node("Mul", away, away), graph.constant(_NEARNESS))
    likely = graph.node("Sub", graph.node("Gather", drawn, class_of, axis=1), away)
    key = graph.node("Gather", numbers, graph.node("ArgMax", likely, axis=1))
    graph.node("Concat", before, key, after, axis=1, into=into)
