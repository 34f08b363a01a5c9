"""A trained network -> one step of it as an ONNX file, with its card inside.

The graph is written node by node from the weights. Before the file is put in place it is played
against Keras, step by step. It takes `step` [batch, inputs] and `state_0` ... (h and c of each
LSTM, [batch, units]); it returns `logits` [batch, classes] and `state_0_out` ...
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from improvd.engine.session import Session
from improvd.errors import ModelError
from improvd.models.base import family
from improvd.models.card import CARD_KEY, Card

Array = NDArray[np.float32]

OPSET = 17
IR = 8  # both are what onnxruntime 1.22 surely reads
STEPS = 500  # that file and Keras are compared over
TOLERANCE = 1e-4  # of a logit; 1e-6 is usual
_KERAS_TO_ONNX = (0, 3, 1, 2)  # gates i, f, c, o -> i, o, f, c


class Layer(NamedTuple):
    """One LSTM as ONNX wants it."""

    kernel: Array  # [1, 4 units, inputs]
    recurrent: Array  # [1, 4 units, units]
    bias: Array  # [1, 8 units], the second half of it the recurrent bias: 0


def lstm_layer(kernel: Array, recurrent: Array, bias: Array) -> Layer:
    """From Keras' weights [inputs, 4 units], [units, 4 units], [4 units]."""

    def gates(weights: Array) -> Array:
        parts = np.split(weights, 4, axis=-1)
        return np.concatenate([parts[gate] for gate in _KERAS_TO_ONNX], axis=-1)

    both = np.concatenate([gates(bias), np.zeros_like(bias)])
    return Layer(gates(kernel).T[None], gates(recurrent).T[None], both[None])


def step_model(weights: Sequence[Array], card: Card) -> Any:
    """The ONNX model of a stack of LSTMs below a linear layer; weights as Keras orders them."""
    *stack, kernel, bias = weights
    layers = [lstm_layer(*stack[at : at + 3]) for at in range(0, len(stack), 3)]
    graph = _Graph()
    signal = graph.node("Unsqueeze", "step", graph.constant("first", np.array([0], np.int64)))
    for number, layer in enumerate(layers):
        signal = graph.lstm(number, layer, signal)
    flat = graph.node("Squeeze", signal, "first")
    weight, offset = graph.constant("kernel", kernel), graph.constant("bias", bias)
    graph.node("Gemm", flat, weight, offset, to=["logits"])
    graph.ends("step", layers[0].kernel.shape[2], graph.inputs)
    graph.ends("logits", len(bias), graph.outputs)
    model = helper.make_model(
        helper.make_graph(graph.nodes, card.name, graph.inputs, graph.outputs, graph.constants),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR,
        producer_name="improvd",
    )
    helper.set_model_props(model, {CARD_KEY: card.to_json()})
    onnx.checker.check_model(model, full_check=True)
    return model


class _Graph:
    """The parts of a graph as they are written down."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.inputs: list[Any] = []
        self.outputs: list[Any] = []

    def constant(self, name: str, value: NDArray[Any]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, kind: str, *inputs: str, to: Sequence[str] = (), **attributes: Any) -> str:
        to = to or [f"{kind.lower()}_{len(self.nodes)}"]
        self.nodes.append(helper.make_node(kind, inputs, to, **attributes))
        return to[0]

    def ends(self, name: str, size: int, side: list[Any]) -> None:
        side.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", size]))

    def lstm(self, number: int, layer: Layer, signal: str) -> str:
        """One step of an LSTM with its two states; its output [1, batch, units]."""
        units = layer.recurrent.shape[2]
        weights = [self.constant(f"lstm_{number}_{i}", part) for i, part in enumerate(layer)]
        names = [f"state_{2 * number}", f"state_{2 * number + 1}"]
        before = [self.node("Unsqueeze", name, "first") for name in names]
        after = [f"lstm_{number}_h", f"lstm_{number}_c"]
        self.node("LSTM", signal, *weights, "", *before, to=["", *after], hidden_size=units)
        for name, state in zip(names, after, strict=True):
            self.node("Squeeze", state, "first", to=[f"{name}_out"])
            self.ends(name, units, self.inputs)
            self.ends(f"{name}_out", units, self.outputs)
        return after[0]


def export(network: Any, card: Card, path: Path) -> float:
    """Write the network to `path`; the largest difference of a logit from Keras' own.

    Raises ModelError, and writes nothing, where the file does not do what Keras does.
    """
    part = path.with_name(f".{path.name}.part")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        onnx.save(step_model(network.get_weights(), card), part)
        difference = compare(network, part)
        if not difference <= TOLERANCE:
            raise ModelError(
                f"{path} not written: its logits differ from Keras' by {difference:.1e}"
            )
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return difference


def compare(network: Any, path: Path) -> float:
    """The largest difference between the file's logits and Keras' over random steps."""
    session = Session.load(path)
    card = session.card
    configuration = family(card.family).configuration(card.configuration)
    net = import_module(f"improvd.models.{card.family}.net")
    steps = np.random.default_rng(0).integers(session.inputs, size=(1, STEPS))
    features = np.array(net.features(configuration, steps))
    states = [np.zeros((1, units), np.float32) for units in configuration.sizes for _ in "hc"]
    expected = np.array(network([features, *states], training=False)[0])[0]
    played = [session.step(vector)["logits"][0].copy() for vector in features[0]]
    return float(np.max(np.abs(expected - np.array(played))))
