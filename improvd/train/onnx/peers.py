"""What the step of a model is measured against: the same step, done in other ways.

All take a network's weights as Keras orders them: kernel, recurrent kernel and bias of each LSTM
(gates i, f, c, o), kernel and bias of the linear layer. Only `improvd bench step` asks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from improvd.engine.session import quantize
from improvd.models.card import CARD_KEY, Card
from improvd.ports.quiet import libraries_silenced
from improvd.train.onnx.export import IR, OPSET, step_model

Array = NDArray[np.float32]
Step = Callable[[Array], object]  # [inputs] -> the logits, wherever they are


def random_weights(inputs: int, sizes: Sequence[int], classes: int) -> list[Array]:
    """Weights of no use, of the size that those of a trained network have."""
    dice = np.random.default_rng(0)

    def scaled(*shape: int) -> Array:
        return dice.standard_normal(shape, np.float32) / np.float32(np.sqrt(shape[0]))

    weights = []
    for below, units in zip([inputs, *sizes], sizes, strict=False):
        weights += [scaled(below, 4 * units), scaled(units, 4 * units), np.zeros(4 * units, "f")]
    return [*weights, scaled(sizes[-1], classes), np.zeros(classes, "f")]


def write_forms(weights: Sequence[Array], card: Card, folder: Path) -> dict[str, Path]:
    """The network as model files, by form: LSTM nodes, cells written out, weights of eight bits."""
    forms = {name: folder / f"{name}.onnx" for name in ("LSTM", "cells", "int8")}
    onnx.save(step_model(weights, card), forms["LSTM"])
    onnx.save(cell_model(weights, card), forms["cells"])
    quantize(forms["LSTM"], forms["int8"])
    return forms


_CELL = """
    joined_{n} = Concat <axis = 1> ({below}, state_{h})
    gates_{n} = Gemm (joined_{n}, kernel_{n}, bias_{n})
    i_{n}, f_{n}, g_{n}, o_{n} = Split <axis = 1> (gates_{n})
    write_{n} = Sigmoid (i_{n})
    keep_{n} = Sigmoid (f_{n})
    news_{n} = Tanh (g_{n})
    show_{n} = Sigmoid (o_{n})
    kept_{n} = Mul (keep_{n}, state_{c})
    written_{n} = Mul (write_{n}, news_{n})
    state_{c}_out = Add (kept_{n}, written_{n})
    bounded_{n} = Tanh (state_{c}_out)
    state_{h}_out = Mul (show_{n}, bounded_{n})
"""


def cell_model(weights: Sequence[Array], card: Card) -> Any:
    """The step graph of `export.step_model` without LSTM nodes: each cell is written out.

    Every node of it is one that a CUDA graph can capture.
    """
    *stack, kernel, bias = weights
    constants: dict[str, Array] = {"kernel": kernel, "bias": bias}
    ends, body, below = [], "", "step"
    for n, (own, recurrent, offset) in enumerate(_threes(stack)):
        h, c = f"{2 * n}", f"{2 * n + 1}"
        constants |= {f"kernel_{n}": np.concatenate([own, recurrent]), f"bias_{n}": offset}
        ends += [(f"state_{each}", len(recurrent)) for each in (h, c)]
        body += _CELL.format(n=n, h=h, c=c, below=below)
        below = f"state_{h}_out"
    takes = _declared([("step", len(stack[0])), *ends])
    gives = _declared([("logits", len(bias)), *((f"{name}_out", size) for name, size in ends)])
    body += f"logits = Gemm ({below}, kernel, bias)"
    graph = onnx.parser.parse_graph(f"cells ({takes}) => ({gives}) {{ {body} }}")
    graph.initializer.extend(numpy_helper.from_array(*entry[::-1]) for entry in constants.items())
    opset = [helper.make_opsetid("", OPSET)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=IR, producer_name="improvd")
    helper.set_model_props(model, {CARD_KEY: card.to_json()})
    onnx.checker.check_model(model, full_check=True)
    return model


def numpy_step(weights: Sequence[Array]) -> Step:
    """The step in numpy."""
    *stack, kernel, bias = weights
    layers = [(np.concatenate([own, back]), offset) for own, back, offset in _threes(stack)]
    states = [
        (np.zeros(len(offset) // 4, "f"), np.zeros(len(offset) // 4, "f")) for _, offset in layers
    ]

    def step(vector: Array) -> NDArray[np.float32]:
        signal = vector
        for n, (joined, offset) in enumerate(layers):
            h, c = states[n]
            i, f, g, o = np.split(np.concatenate([signal, h]) @ joined + offset, 4)
            c = _sigmoid(f) * c + _sigmoid(i) * np.tanh(g)
            signal = _sigmoid(o) * np.tanh(c)
            states[n] = signal, c
        return np.asarray(signal @ kernel + bias)

    return step


def tensorflow_step(weights: Sequence[Array]) -> Step:
    """The step as a `tf.function` over Keras' cells."""
    with libraries_silenced():  # TensorFlow's greetings are no news
        import keras  # noqa: PLC0415 - takes seconds
        import tensorflow as tf  # noqa: PLC0415 - the same

        tf.zeros(1)  # lets it look for its devices

    *stack, kernel, bias = weights
    units = [len(offset) // 4 for _, _, offset in _threes(stack)]
    cells = [keras.layers.LSTMCell(size) for size in units]
    for cell, below, own in zip(cells, [len(stack[0]), *units], _threes(stack), strict=False):
        cell.build((1, below))
        cell.set_weights(own)
    states = [[tf.zeros((1, size)), tf.zeros((1, size))] for size in units]

    def run(signal: Any, states: Any) -> Any:
        after = []
        for cell, state in zip(cells, states, strict=True):
            signal, state = cell(signal, state)  # noqa: PLW2901 - as each layer replaces its input
            after.append(state)
        return signal @ kernel + bias, after

    traced = tf.function(run)

    def step(vector: Array) -> Any:
        nonlocal states
        logits, states = traced(tf.constant(vector[None]), states)
        return logits.numpy()[0]

    return step


def _threes(stack: Sequence[Array]) -> list[Sequence[Array]]:
    return [stack[at : at + 3] for at in range(0, len(stack), 3)]


def _declared(ends: Sequence[tuple[str, int]]) -> str:
    return ", ".join(f"float[batch, {size}] {name}" for name, size in ends)


def _sigmoid(x: Array) -> Any:
    return 1.0 / (1.0 + np.exp(-x))
