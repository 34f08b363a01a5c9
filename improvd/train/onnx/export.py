"""A trained network -> one step of it as an ONNX file, with its card inside.

The graph is written node by node from the weights. Before the file is put in place it is played
against Keras, step by step. What it takes and returns is said where families write it down.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper

from improvd import __version__
from improvd.engine.session import Session
from improvd.errors import ModelError
from improvd.models.base import configuration_of, family
from improvd.models.card import CARD_KEY, Card
from improvd.models.sampling import Sampler
from improvd.train.onnx.graph import Graph
from improvd.train.runs.run import Settings

OPSET = 17
IR = 8  # both are what onnxruntime 1.22 surely reads
STEPS = 500  # that file and Keras are compared over
_WIDE = 32  # bytes that tell any step
TOLERANCE = 1e-4  # of a logit; 1e-6 is usual


def card_of(
    settings: Settings,
    name: str,
    description: str,
    updates: int,
    nats: tuple[float, float] = (0.0, 0.0),
) -> Card:
    """The card of what a run made; `nats` are the held-out loss a step and a note, 0: not asked."""
    return Card(
        family=settings.family,
        configuration=settings.configuration,
        name=name,
        description=description,
        sources=settings.sources,
        updates=updates,
        loss_per_step=round(nats[0], 5),
        loss_per_note=round(nats[1], 5),
        tokens=settings.tokens,
        start=Path(settings.start).stem,
        version=__version__,
        created=datetime.now(UTC).date(),
    )


def step_model(weights: Sequence[NDArray[np.float32]], card: Card) -> Any:
    """The ONNX model of one step of a network, its weights as Keras orders them."""
    graph = Graph()
    family(card.family).graph(graph, configuration_of(card), weights)
    model = helper.make_model(
        helper.make_graph(graph.nodes, card.name, graph.inputs, graph.outputs, graph.constants),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR,
        producer_name="improvd",
    )
    helper.set_model_props(model, {CARD_KEY: card.to_json()})
    onnx.checker.check_model(model, full_check=True)
    return model


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
    configuration = configuration_of(card)
    kind = family(card.family)
    voice = kind.voice(configuration, Sampler())
    dice = np.random.default_rng(0)
    chosen = (int.from_bytes(dice.bytes(_WIDE)) % configuration.events for _ in range(STEPS))
    features = np.stack([voice.hear(kind.step(configuration, number)) for number in chosen])
    net = import_module(f"improvd.models.{card.family}.net")
    expected, noise = net.said(network, features, dice)
    differences = []  # of each step alone: all logits of a large vocabulary are much memory
    for logits, vector, numbers in zip(expected, features, noise, strict=True):
        given: Any = _Given(numbers)
        session.cast(given)
        differences.append(np.max(np.abs(logits - session.step(vector)["logits"][0])))
    return float(np.max(differences))


class _Given:
    """Dice that fall as they are told to."""

    def __init__(self, numbers: NDArray[np.float32]) -> None:
        self._numbers = numbers

    def random(self, *, dtype: type, out: NDArray[np.float32]) -> None:
        """What `np.random.Generator.random` does."""
        out[:] = self._numbers.astype(dtype)
