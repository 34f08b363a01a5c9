"""Layers of one step of a network as ONNX nodes, written down from Keras' weights one by one.

Knows no file and no card. Tensors are [batch, units]; between LSTMs they stay in line, as ONNX has
them: [1, batch, units], a sequence of one step. A node that only turns one into the other costs as
much as a tenth of a small LSTM.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Array = NDArray[np.float32]

KERAS_TO_ONNX = (0, 3, 1, 2)  # the gates of an LSTM: i, f, c, o -> i, o, f, c


class Graph:
    """The parts of a graph as they are written down."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.inputs: list[Any] = []
        self.outputs: list[Any] = []
        self._states = 0
        self._axis = [self.constant(np.array([axis], np.int64)) for axis in (0, 1)]

    def constant(self, value: NDArray[Any]) -> str:
        """The name of a tensor that never changes."""
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, kind: str, *inputs: str, into: Sequence[str] = (), **attributes: Any) -> str:
        """The name of the node's first output."""
        into = into or [f"{kind.lower()}_{len(self.nodes)}"]
        self.nodes.append(helper.make_node(kind, inputs, into, **attributes))
        return into[0]

    def input(self, name: str, *shape: int | str) -> str:
        """The graph takes `name`."""
        self.inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
        return name

    def output(self, name: str, *shape: int | str) -> str:
        """The graph returns `name`; for the node that makes it."""
        self.outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
        return name

    def state(self, *shape: int | str) -> tuple[str, str]:
        """The next state: its name before the step, and after it for the node that makes it."""
        name = f"state_{self._states}"
        self._states += 1
        return self.input(name, *shape), self.output(f"{name}_out", *shape)

    def row_wise(self, matrix: Array) -> str:
        """A constant for products with one row, which take most of the time of a Gibbs chain.

        onnxruntime packs matrices that it knows never to change, which pays for many rows. One that
        a caller might change it leaves as it is, and for that has a kernel for one row: the
        products take a quarter less.
        """
        name = self.constant(matrix)
        return self.input(name, *matrix.shape)

    def split(self, signal: str, widths: Sequence[int]) -> list[str]:
        """[batch, units] as parts of these widths, side by side."""
        parts = [f"part_{len(self.nodes)}_{number}" for number in range(len(widths))]
        ends = self.constant(np.array(widths, np.int64))
        self.node("Split", signal, ends, axis=1, into=parts)
        return parts

    def drawn(self, logits: str, noise: str) -> str:
        """Units drawn: 1 where the noise is below their probability, else 0."""
        on = self.node("Less", noise, self.node("Sigmoid", logits))
        return self.node("Cast", on, to=TensorProto.FLOAT)

    def in_line(self, signal: str) -> str:
        """[batch, units] as [1, batch, units]."""
        return self.node("Unsqueeze", signal, self._axis[0])

    def out_of_line(self, signal: str) -> str:
        """[1, batch, units] as [batch, units]."""
        return self.node("Squeeze", signal, self._axis[0])

    def linear(self, weights: Sequence[Array], *signals: str, into: Sequence[str] = ()) -> str:
        """All the signals side by side through a linear layer, kernel and bias."""
        joined = self.node("Concat", *signals, axis=1) if signals[1:] else signals[0]
        return self.node("Gemm", joined, *map(self.constant, weights), into=into)

    def embedding(self, vectors: Array, number: str) -> str:
        """The vector that stands for a number [batch, 1]: [batch, units]."""
        number = self.node(
            "Cast", self.node("Squeeze", number, self._axis[1]), to=TensorProto.INT64
        )
        return self.node("Gather", self.constant(vectors), number)

    def lstm(self, weights: Sequence[Array], signal: str) -> tuple[str, str]:
        """One step of an LSTM, kernel, recurrent kernel and bias as in Keras; h and c after it.

        What goes in and comes out is in line.
        """
        kernel, recurrent, bias = weights
        units = len(recurrent)
        both = np.concatenate([_gates(bias), np.zeros_like(bias)])  # input and recurrent
        turned = (_gates(kernel).T[None], _gates(recurrent).T[None], both[None])
        constants = [self.constant(each) for each in turned]
        (h, h_out), (c, c_out) = (self.state(1, "batch", units) for _ in "hc")
        self.node("LSTM", signal, *constants, "", h, c, into=["", h_out, c_out], hidden_size=units)
        return h_out, c_out

    def attention(self, weights: Sequence[Array], length: int, signal: str) -> str:
        """One step of `models.net.AttentionCell`, weights in its order; what it puts out."""
        joined, query, (key, score), output, lstm = _parts(weights, 2, 2, 2, 2, 3)
        units = len(key)
        after = self.lstm(lstm, self.in_line(self.linear(joined, signal, "state_2")))
        h, c = map(self.out_of_line, after)
        _, context_out = self.state("batch", units)
        rings = [self.state("batch", length * units) for _ in range(2)]
        (memory, memory_out), (keys, keys_out) = rings
        asked = self.node("Unsqueeze", self.linear(query, c, h), self._axis[1])
        alike = self.node("Tanh", self.node("Add", self._slots(keys, length, units), asked))
        scores = self.node("MatMul", alike, self.constant(score))  # [batch, length, 1]
        attended = self.node("Softmax", self.node("Transpose", scores, perm=(0, 2, 1)), axis=2)
        context = self.node("MatMul", attended, self._slots(memory, length, units))
        context = self.node("Squeeze", context, self._axis[1], into=[context_out])
        newest = self.linear(output, h, context)
        self._push(memory, newest, units, memory_out)
        self._push(keys, self.node("MatMul", newest, self.constant(key)), units, keys_out)
        return newest

    def _slots(self, ring: str, length: int, units: int) -> str:
        """[batch, length * units] as [batch, length, units]."""
        return self.node("Reshape", ring, self.constant(np.array([-1, length, units], np.int64)))

    def _push(self, ring: str, newest: str, units: int, to: str) -> None:
        """The ring without its oldest slot, with the newest."""
        edges = [np.array([at], np.int64) for at in (units, np.iinfo(np.int64).max)]
        kept = self.node("Slice", ring, *map(self.constant, edges), self._axis[1])
        self.node("Concat", kept, newest, axis=1, into=[to])


def _gates(weights: Array) -> Array:
    parts = np.split(weights, 4, axis=-1)
    return np.concatenate([parts[gate] for gate in KERAS_TO_ONNX], axis=-1)


def _parts(weights: Sequence[Array], *counts: int) -> Iterable[Sequence[Array]]:
    ends = np.cumsum(counts)
    return [weights[end - count : end] for end, count in zip(ends, counts, strict=True)]
