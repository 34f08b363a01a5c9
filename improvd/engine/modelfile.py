"""Reading a model file that anybody may have written: its bytes, if they are all that it needs.

ONNX may leave weights in other files, or at an address in memory, wherever the model says. What
does so is refused before onnxruntime sees it. The card inside is found without it as well. The
protobuf wire format is read as far as that takes (protobuf.dev, "Encoding"; field numbers as in
onnx.proto3).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from improvd.errors import ModelError
from improvd.models.card import CARD_KEY, Card

LARGEST: Final = 1 << 30  # bytes; protobuf itself ends at twice that
_DEEPEST: Final = 32  # messages in each other: a graph in a node of a graph takes three
_ELSEWHERE: Final = "elsewhere"  # a field that is there where the data of a tensor is not
_METADATA: Final = 14  # the field of a model that holds pairs of texts: 1 the key, 2 the value
_LENGTH: Final = 2  # the wire type of texts and messages
_FIXED: Final = {1: 8, 5: 4}  # those of numbers of so many bytes

# Message -> field number -> the message that it holds, as far as tensors are to be found there.
_HOLDS: Final[Mapping[str, Mapping[int, str]]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node", 11: "attribute"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {13: _ELSEWHERE, 14: _ELSEWHERE},
}


def read_model(path: Path) -> bytes:
    """The whole model. Raises ModelError: absent, too large, cut short, not all in this file."""
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size  # else room is made for the largest at once
            content = file.read(min(size, LARGEST) + 1)
    except FileNotFoundError:
        raise ModelError(f"there is no model file {path}") from None
    except OSError as fault:
        raise ModelError(f"{path}: cannot be read: {fault.strerror}") from None
    if len(content) > LARGEST:
        raise ModelError(f"{path} has more than {LARGEST >> 20} MiB; use a smaller model")
    try:
        elsewhere = _refers(memoryview(content), "model", _DEEPEST)
    except (IndexError, ValueError):
        message = f"{path} is no ONNX model that can be read (broken or cut short)"
        raise ModelError(message) from None
    if elsewhere:
        raise ModelError(f"{path} keeps weights outside of the file; save it as one file")
    return content


def card_in(content: bytes, path: Path) -> Card:
    """The card of a whole model, which is that of a file. Raises ModelError."""
    text = ""
    try:
        for number, pair in _fields(memoryview(content)):
            if number == _METADATA and isinstance(pair, memoryview):
                texts = {part: _text(value) for part, value in _fields(pair)}
                text = texts.get(2, "") if texts.get(1) == CARD_KEY else text
    except (IndexError, ValueError):
        raise ModelError(f"{path} has a card that cannot be read") from None
    if not text:
        raise ModelError(f"{path} is not a model of improvd: it has no card inside")
    return Card.from_json(text, str(path))


def _text(value: int | memoryview) -> str:
    return "" if isinstance(value, int) else str(value, "utf-8")


def _refers(message: memoryview, kind: str, most: int) -> bool:
    """Is anything of this message elsewhere? Raises IndexError, ValueError where it is broken."""
    if not most:
        raise ValueError(kind)
    holds = _HOLDS[kind]
    for number, value in _fields(message):
        inner = holds.get(number)
        if inner == _ELSEWHERE:
            if value:
                return True
        elif inner and isinstance(value, memoryview) and _refers(value, inner, most - 1):
            return True
    return False


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Number and value of each field; a text or message is left as it is."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, kind = tag >> 3, tag & 7
        if kind == 0:
            value, at = _varint(message, at)
            yield number, value
            continue
        length, at = _varint(message, at) if kind == _LENGTH else (_FIXED.get(kind, -1), at)
        end = at + length
        if length < 0 or end > len(message):
            raise ValueError(kind)
        yield number, message[at:end]
        at = end


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """A number, seven bits a byte, the lowest first; and where it ends."""
    value = 0
    for shift in range(0, 70, 7):
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise ValueError(at)
