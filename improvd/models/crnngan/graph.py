"""The step graph of a generator, for whoever writes it down. Knows neither ONNX nor TensorFlow.

A step takes noise and the tone before it, in numbers, and says the four of the next tone:

    heard = relu(noise and tone side by side, through a linear layer as wide as the first LSTM)
    tone = a linear layer above all the LSTMs above that

Inputs are `step` [batch, width], as `tones.inputs` tells a tone, `noise` [batch, 4], uniform in
[0, 1), and the states; `logits` [batch, 4] are no logits here but the numbers of the tone, in the
order of `tones`, and may lie beyond -1..1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from improvd.models.crnngan.configuration import NOISE, NUMBERS, Configuration
from improvd.models.crnngan.tones import width

_LSTM = 3  # arrays of weights


def write(graph: Any, configuration: Configuration, weights: Sequence[NDArray[np.float32]]) -> None:
    """Write it with a `train.onnx.graph.Graph`.

    Weights are, each kernel before its bias: those of the first layer, whose rows are noise and
    tone; kernel, recurrent kernel and bias of each LSTM; those of the last layer.
    """
    first, stack, last = weights[:2], weights[2:-2], weights[-2:]
    step = graph.input("step", "batch", width(configuration))
    noise = graph.input("noise", "batch", NOISE)
    signal = graph.in_line(graph.node("Relu", graph.linear(first, noise, step)))
    for at in range(0, len(stack), _LSTM):
        signal, _ = graph.lstm(stack[at : at + _LSTM], signal)
    numbers = graph.output("logits", "batch", NUMBERS)
    graph.linear(last, graph.out_of_line(signal), into=[numbers])
