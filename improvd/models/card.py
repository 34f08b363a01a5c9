"""The card inside a model file: what the model is, what it learnt from, and how well.

Kept as JSON under the key `improvd` of the ONNX file's metadata. Knows neither ONNX nor numpy.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from improvd.errors import ModelError

CARD_KEY: Final = "improvd"
FORMAT: Final = 1  # raised when older programs could no longer play the file


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Source(_Frozen):
    """A set of music that was learnt from."""

    name: str
    licence: str
    credit: str  # where it comes from, and whom to thank


class Card(_Frozen):
    """What a model file says of itself. Losses are held-out nats."""

    format: int = FORMAT
    family: str
    configuration: str
    name: str
    description: str
    sources: tuple[Source, ...]
    updates: int  # of the weights in training
    loss_per_step: float
    loss_per_note: float  # all nats over the number of notes that begin
    tokens: tuple[str, ...] = ()  # the vocabulary, where the music made it
    start: str = ""  # the model whose weights it began with
    version: str  # of the improvd that exported it
    created: date

    @classmethod
    def from_json(cls, text: str, where: str = "the model") -> Self:
        """Read a card; `where` is the file it comes from. Raises ModelError."""
        try:
            fields = json.loads(text)
            version = fields["format"]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise ModelError(
                f"{where} is not a model of improvd: its card cannot be read"
            ) from None
        if version != FORMAT:
            message = f"{where} has format {version!r:.20}, this improvd reads format {FORMAT}"
            raise ModelError(f"{message}; export it again, or use the improvd that made it")
        try:
            return cls(**fields)
        except ValidationError as error:
            fault = error.errors()[0]
            place = ".".join(map(str, fault["loc"]))
            raise ModelError(f"{where} has a broken card: {place}: {fault['msg']}") from None

    def to_json(self) -> str:
        """What `from_json` reads."""
        return self.model_dump_json()
