"""The step graph of an RNN-RBM, for whoever writes it down. Knows neither ONNX nor TensorFlow.

A step takes the frame that was heard and u before it, and says what the next frame may be:

    u = tanh(bu + u_before Wuu + frame Wvu)
    biases of the next frame's RBM: of its visible units bv + u Wuv, of its hidden units bh + u Wuh

then `GIBBS` steps of Gibbs sampling from an empty frame on. Of the last frame the graph does not
draw the keys: `logits` [batch, visible] is what they are drawn by, so that who draws can have
wishes.

`noise` [batch, GIBBS * hidden + (GIBBS - 1) * visible] is in the order in which it is used: that of
the hidden units, of the visible ones, and so on, the hidden ones last. A unit is on where its
number is below its probability.
"""

from collections.abc import Sequence
from itertools import cycle
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from improvd.models.rnnrbm.configuration import Configuration

GIBBS: Final = 25  # steps of the chain, as in the tutorial that the family follows


def write(graph: Any, configuration: Configuration, weights: Sequence[NDArray[np.float32]]) -> None:
    """Write it with a `train.onnx.graph.Graph`.

    Weights are W, bv, bh, Wuv, Wuh, bu, Wuu and Wvu.
    """
    coupling, of_visible, of_hidden, to_visible, to_hidden, bias, recurrent, heard = weights
    del configuration  # a run may have been given other sizes
    visible, hidden = coupling.shape
    widths = [hidden, visible] * GIBBS
    widths.pop()
    step = graph.input("step", "batch", visible)
    before, after = graph.state("batch", len(recurrent))
    noise = graph.split(graph.input("noise", "batch", sum(widths)), widths)
    kept = graph.node("MatMul", before, graph.constant(recurrent))
    u = graph.node("Add", graph.linear([heard, bias], step), kept)
    u = graph.node("Tanh", u, into=[after])
    visible_bias = graph.linear([to_visible, of_visible], u)
    hidden_bias = graph.linear([to_hidden, of_hidden], u)
    coupling = graph.row_wise(coupling.T)
    told = hidden_bias  # what the hidden units are drawn by, the frame being empty
    for numbers, (biases, turned) in zip(
        noise, cycle([(visible_bias, 0), (hidden_bias, 1)]), strict=False
    ):
        told = graph.node("Gemm", graph.drawn(told, numbers), coupling, biases, transB=turned)
    graph.node("Identity", told, into=[graph.output("logits", "batch", visible)])
