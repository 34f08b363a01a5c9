"""A model file, or a run -> the weights that it has, to train on from there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from improvd.engine.library import find_model
from improvd.engine.session import Session
from improvd.errors import DataError, ModelError
from improvd.models.base import configuration_of, family
from improvd.models.card import Card
from improvd.train.data.dataset import keys_of
from improvd.train.onnx.export import step_model
from improvd.train.runs.run import Checkpoint, Run, Settings

Arrays = list[NDArray[np.float32]]

_DIGIT = 2**16


def started(settings: Settings, start: Path | str) -> Settings:
    """The same settings, to begin with that; what it learnt from is learnt from too.

    `start` is a model's name or file, or the folder of a run. Raises ModelError where it is another
    configuration, but for one that this one extends, or has layers of other sizes; DataError where
    the run has no checkpoint.
    """
    path = Path(start) if Path(start).is_dir() else find_model(str(start))
    card = _learnt(path)
    can = settings.configuration, settings.network.extends
    if card.family != settings.family or card.configuration not in can:
        wanted, found = (f"{each.family} {each.configuration}" for each in (settings, card))
        raise ModelError(f"{path} is a {found}: {wanted} cannot start from it")
    if card.tokens != settings.tokens:
        raise ModelError(f"{path} learnt from other tokens; give the dataset that it learnt from")
    sizes = _sizes(path, card)
    if sizes != settings.network.sizes:
        text = ",".join(map(str, sizes))
        raise ModelError(f"{path} has other layers; give --hparams rnn_layer_sizes=[{text}]")
    sources = tuple(dict.fromkeys(card.sources + settings.sources))
    return replace(settings, sources=sources, start=str(path.resolve()))


def read_weights(path: Path, fresh: Sequence[NDArray[np.float32]]) -> Arrays:
    """The weights of a run or inside a model file, in the order of a network's `fresh` ones.

    Classes that its configuration does not have stay fresh. Where each number went is seen in a
    file written of numbers that tell where they come from.
    """
    if path.is_dir():
        return list(checkpoint_of(path).weights)
    card = Session.load(path).card
    weights = [each.copy() for each in fresh]
    known = _known(weights, family(card.family).said(configuration_of(card)))
    ends = np.cumsum([1, *(each.size for each in known)])  # 0 is no place: some are always zero
    places = [
        np.arange(start, end).reshape(each.shape)
        for each, (start, end) in zip(known, pairwise(ends), strict=True)
    ]
    flat = np.zeros(ends[-1], np.float32)
    for place, value in zip(_written(places, card), _constants(onnx.load(path)), strict=True):
        flat[place] = value
    for each, place in zip(known, places, strict=True):
        each[...] = flat[place]
    return weights


def checkpoint_of(folder: Path) -> Checkpoint:
    """The best of a run, else its newest. Raises DataError where there is none."""
    run = Run(folder, Settings.load(folder))
    checkpoint = run.best() or run.latest()
    if checkpoint is None:
        raise DataError(f"{folder} has no checkpoint yet")
    return checkpoint


def model_weights(path: Path) -> tuple[Any, Arrays]:
    """The configuration of a model file, with its sizes, and its weights. Raises ModelError."""
    card = Session.load(path).card
    configuration = replace(configuration_of(card), sizes=_sizes(path, card))
    net = import_module(f"improvd.models.{card.family}.net")
    return configuration, read_weights(path, net.sequence_net(configuration).get_weights())


def _known(weights: Arrays, said: int) -> Arrays:
    """Views of the weights that a network has that says so many; the last is one for each."""
    own = len(weights[-1])
    return [
        each[tuple(slice(said if size == own else size) for size in each.shape)] for each in weights
    ]


def _written(places: Sequence[NDArray[np.int64]], card: Card) -> list[NDArray[np.int64]]:
    """The tensors of a file in which each weight is its place.

    In two digits, as a float is exact up to 16 million and there may be more weights. What the
    graph has of its own, which it has without any weights as well, is in no place: 0.
    """
    nothing = [np.zeros_like(each) for each in places]
    digits = zip(*(np.divmod(each, _DIGIT) for each in places), strict=True)
    own, high, low = (
        _constants(step_model([each.astype(np.float32) for each in numbers], card))
        for numbers in (nothing, *digits)
    )
    return [
        (one - its).astype(np.int64) * _DIGIT + (other - its).astype(np.int64)
        for its, one, other in zip(own, high, low, strict=True)
    ]


def _learnt(path: Path) -> Card | Settings:
    """What is known of a model file, or of a run, which has a checkpoint then."""
    if not path.is_dir():
        return Session.load(path).card
    checkpoint_of(path)
    return Settings.load(path)


def _sizes(path: Path, card: Card | Settings) -> tuple[int, ...]:
    """Units of each layer: of its LSTMs, or what the family makes of how wide its inputs are."""
    if isinstance(card, Settings):
        return tuple(card.network.sizes)
    model = onnx.load(path)
    shapes = {each.name: each.type.tensor_type.shape.dim for each in model.graph.input}
    widths = {name: int(shape[-1].dim_value) for name, shape in shapes.items() if shape}
    return tuple(_layers(model)) or tuple(keys_of(card.family).sizes(widths))


def _layers(model: onnx.ModelProto) -> Iterator[int]:
    """Units of each LSTM."""
    for node in model.graph.node:
        if node.op_type == "LSTM":
            yield next(each.i for each in node.attribute if each.name == "hidden_size")


def _constants(model: onnx.ModelProto) -> list[NDArray[np.float32]]:
    """Its tensors of floats."""
    tensors = map(numpy_helper.to_array, model.graph.initializer)
    return [each for each in tensors if each.dtype == np.float32]
