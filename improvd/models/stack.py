"""The step graph of a stack of LSTMs, for whoever writes it down: `models.net.lstm_stack`.

Knows neither ONNX nor TensorFlow. It takes `step` [batch, inputs] and the states `state_0` ...,
those of an LSTM as [1, batch, units]; it returns `logits` [batch, classes] and `state_0_out` ...
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_LSTM, _CELL = 3, 11  # how many arrays of weights an LSTM and an attention cell have


def write(graph: Any, configuration: Any, weights: Sequence[NDArray[np.float32]]) -> None:
    """Write it with a `train.onnx.graph.Graph`; weights as `models.net.lstm_stack` has them."""
    attention = configuration.attention
    *stack, kernel, bias = weights
    inputs = 1 if configuration.embedded else _inputs(stack, attention)
    signal = graph.input("step", "batch", inputs)
    if configuration.embedded:
        signal = graph.embedding(stack.pop(0), signal)
    if attention:
        signal = graph.attention(stack[:_CELL], attention, signal)
        stack = stack[_CELL:]
    signal = graph.in_line(signal)
    for at in range(0, len(stack), _LSTM):
        heard, layer = signal, stack[at : at + _LSTM]
        signal, _ = graph.lstm(layer, heard)
        if configuration.residual and len(layer[0]) == len(layer[1]):
            signal = graph.node("Add", heard, signal)
    logits = graph.output("logits", "batch", len(bias))
    graph.linear([kernel, bias], graph.out_of_line(signal), into=[logits])


def _inputs(stack: Sequence[NDArray[np.float32]], attention: int) -> int:
    """How many numbers a step is: an attention cell begins with a layer as wide as that."""
    return int(stack[0].shape[1 if attention else 0])
