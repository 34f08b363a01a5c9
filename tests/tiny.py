"""A tiny real model: a step graph that any test can load, and a card for it."""

from datetime import date
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from improvd.models.card import CARD_KEY, Card, Source
from improvd.models.events.configuration import LIVE, PEDAL


def a_card(**fields) -> Card:
    """A card as a trained model has it; `fields` are set otherwise."""
    filled = {
        "family": "melody",
        "configuration": "basic",
        "name": "tiny",
        "description": "Says again what it hears.",
        "sources": (Source(name="a tune", licence="public domain", credit="traditional"),),
        "updates": 7,
        "loss_per_step": 0.5,
        "loss_per_note": 1.25,
        "version": "0.1.0",
        "created": date(2026, 1, 2),
    }
    return Card(**{**filled, **fields})


def tiny_model(
    path: Path, units: int = 3, card: Card | None = None, likes: dict[int, float] | None = None
) -> Path:
    """Write a real step graph: its logits are the step, its state counts up by the step.

    `likes` are added to the logits, by class.
    """
    taste = np.zeros(units, np.float32)
    for each, much in (likes or {}).items():
        taste[each] = much
    shape = ["batch", units]
    names = ("step", "state_0", "logits", "state_0_out")
    tensors = [helper.make_tensor_value_info(each, TensorProto.FLOAT, shape) for each in names]
    nodes = [
        helper.make_node("Add", ["step", "taste"], ["logits"]),
        helper.make_node("Add", ["state_0", "step"], ["state_0_out"]),
    ]
    constants = [numpy_helper.from_array(taste, "taste")]
    graph = helper.make_graph(nodes, "tiny", tensors[:2], tensors[2:], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    if card:
        helper.set_model_props(model, {CARD_KEY: card.to_json()})
    onnx.save(model, path)
    return path


def tiny_pedal_model(path: Path, units: int = 8, fond: float = 3.0) -> Path:
    """Write a real step graph of `events pedal`, not trained but fond of moving the pedal.

    What it says next hangs on the last token alone.
    """
    dice = np.random.default_rng(1)
    taste = np.zeros(PEDAL.classes, np.float32)
    taste[LIVE.classes :] = fond
    constants = [
        numpy_helper.from_array(dice.normal(0, 1, (PEDAL.classes, units)).astype("f4"), "vectors"),
        numpy_helper.from_array(dice.normal(0, 1, (units, PEDAL.classes)).astype("f4"), "matrix"),
        numpy_helper.from_array(taste, "taste"),
        numpy_helper.from_array(np.array([1], np.int64), "axis"),
    ]
    widths = {"step": 1, "state_0": units, "logits": PEDAL.classes, "state_0_out": units}
    tensors = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", width])
        for name, width in widths.items()
    ]
    nodes = [
        helper.make_node("Squeeze", ["step", "axis"], ["flat"]),
        helper.make_node("Cast", ["flat"], ["token"], to=TensorProto.INT64),
        helper.make_node("Gather", ["vectors", "token"], ["heard"]),
        helper.make_node("MatMul", ["heard", "matrix"], ["said"]),
        helper.make_node("Add", ["said", "taste"], ["logits"]),
        helper.make_node("Add", ["state_0", "heard"], ["state_0_out"]),
    ]
    graph = helper.make_graph(nodes, "tiny", tensors[:2], tensors[2:], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    card = a_card(family="events", configuration="pedal")
    helper.set_model_props(model, {CARD_KEY: card.to_json()})
    onnx.save(model, path)
    return path
