"""The folder of one training run: settings, checkpoints, the course of the losses.

run.json           what is trained, on which data, how
step-NNNNNNNN.npz  checkpoints: weights, optimizer, update
best.npz           the one that foretold the held-out melodies best, where that was asked
losses.jsonl       one line a measurement
curve.png          its drawing
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from improvd.errors import DataError, ImprovdError, in_short
from improvd.models.base import configuration_of
from improvd.models.card import Source
from improvd.train.data.arrays import read_arrays
from improvd.train.runs.curve import picture
from improvd.train.runs.hparams import Hparams, from_fields

log = logging.getLogger(__name__)

Arrays = Sequence[NDArray[Any]]

_SETTINGS = "run.json"
_LOSSES = "losses.jsonl"
_CURVE = "curve.png"
_BEST = "best.npz"
_NO_SETTINGS = (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError)
_LONG = ("sources", "tokens")  # settings that take more than a line
KEPT = 3  # checkpoints, where nothing else is asked for


@dataclass(frozen=True)
class Settings:
    """What a run trains and how; it never changes while the run lives.

    Raises ModelError where there is no such family or configuration.
    """

    family: str
    configuration: str
    data: str  # the dataset folder, from the root
    sources: tuple[Source, ...]
    hparams: Hparams = field(default_factory=Hparams)
    transpose_to_key: int | None = None  # the tonic that every melody is moved to, 0 = C
    start: str = ""  # the model file whose weights it begins with
    tokens: tuple[str, ...] = ()  # the vocabulary, where the music made it

    def __post_init__(self) -> None:
        configuration_of(self)

    @property
    def network(self) -> Any:
        """The family's configuration, with the layer sizes of the hyper-parameters if they say."""
        configuration = configuration_of(self)
        sizes = self.hparams.rnn_layer_sizes
        return replace(configuration, sizes=sizes) if sizes else configuration

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read a run's settings. Raises DataError."""
        try:
            found = json.loads((folder / _SETTINGS).read_text("utf-8"))
            found["sources"] = tuple(Source(**each) for each in found["sources"])
            found["tokens"] = tuple(found.get("tokens", ()))
            return cls(**found | {"hparams": from_fields(found["hparams"])})
        except (*_NO_SETTINGS, ImprovdError) as error:
            raise DataError(f"{folder} is no training run: {in_short(error)}") from error

    def to_json(self) -> str:
        """What `load` reads."""
        known = asdict(self) | {"sources": [each.model_dump() for each in self.sources]}
        return json.dumps(known, indent=1, ensure_ascii=False)

    def differences(self, other: Settings) -> str:
        """In what the other differs, in words: "configuration 'mono' instead of 'basic'"."""
        mine, others = asdict(self), asdict(other)
        mine |= mine.pop("hparams")
        others |= others.pop("hparams")
        return ", ".join(
            name if name in _LONG else f"{name} {others[name]!r} instead of {value!r}"
            for name, value in mine.items()
            if others[name] != value
        )


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where a run stands after `update` updates."""

    update: int
    weights: Arrays
    optimizer: Arrays


class Run:
    """A run's folder. Everything in it is replaced whole, so a full disk leaves what was good."""

    def __init__(self, folder: Path, settings: Settings, keep: int = KEPT) -> None:
        """Make the folder or enter it, to hold `keep` checkpoints (0: all).

        Raises DataError where it holds another run.
        """
        self.folder = folder
        self.settings = settings
        self._keep = keep
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / _SETTINGS).exists():
            self._write(_SETTINGS, settings.to_json())
            return
        differences = Settings.load(folder).differences(settings)
        if differences:
            message = f"{folder} holds a run with other settings; choose another --run"
            raise DataError(f"{message}: it would be {differences}")

    def checkpoints(self) -> list[Path]:
        """All that are there, the oldest first."""
        return sorted(self.folder.glob("step-*.npz"))

    def save(self, checkpoint: Checkpoint) -> None:
        """Add a checkpoint and remove the oldest beyond those to keep.

        Raises DataError where it cannot be written, say on a full disk; those before it stay.
        """
        self._keep_as(f"step-{checkpoint.update:08}.npz", checkpoint)
        for old in self.checkpoints()[: -self._keep] if self._keep else ():
            old.unlink()

    def save_best(self, checkpoint: Checkpoint) -> None:
        """Keep it in place of the best one before. Raises DataError as `save` does."""
        self._keep_as(_BEST, checkpoint)

    def best(self) -> Checkpoint | None:
        """The best that was ever measured; a broken one is told and passed over."""
        path = self.folder / _BEST
        try:
            return read_checkpoint(path) if path.exists() else None
        except DataError as error:
            log.warning("%s", error)
            return None

    def _keep_as(self, name: str, checkpoint: Checkpoint) -> None:
        arrays: dict[str, Any] = {"update": np.array(checkpoint.update)}
        arrays |= {f"weight_{i:03}": array for i, array in enumerate(checkpoint.weights)}
        arrays |= {f"optimizer_{i:03}": array for i, array in enumerate(checkpoint.optimizer)}
        part = self.folder / f"{name}.part"
        try:
            with part.open("wb") as file:
                np.savez(file, **arrays)
        except OSError as error:
            part.unlink(missing_ok=True)
            message = f"checkpoint {name} cannot be written, the ones before it stay: {error}"
            raise DataError(message) from error
        part.replace(self.folder / name)

    def latest(self) -> Checkpoint | None:
        """The newest checkpoint that can be read; a broken one is told and passed over.

        Raises DataError where all that are there are broken.
        """
        broken: DataError | None = None
        for path in reversed(self.checkpoints()):
            try:
                return read_checkpoint(path)
            except DataError as error:
                log.warning("%s", error)
                broken = error
        if broken:
            raise broken
        return None

    def note(self, **figures: float) -> None:
        """Add one line to the course of the losses; lines of later updates were not kept.

        Raises DataError where it cannot be written.
        """
        course = [line for line in self.course() if line["update"] <= figures["update"]]
        self._write(_LOSSES, "".join(f"{json.dumps(line)}\n" for line in [*course, figures]))

    def course(self) -> list[dict[str, float]]:
        """Every line noted so far."""
        path = self.folder / _LOSSES
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def draw(self) -> None:
        """Draw the learning curve: nats a step over updates."""
        self._write(_CURVE, picture(self.course(), self.settings.configuration))

    def _write(self, name: str, content: str | bytes) -> None:
        part = self.folder / f"{name}.{os.getpid()}.part"
        try:
            part.write_bytes(content.encode() if isinstance(content, str) else content)
        except OSError as error:
            part.unlink(missing_ok=True)
            message = f"{self.folder / name} cannot be written, what was there stays: {error}"
            raise DataError(message) from error
        part.replace(self.folder / name)


def read_checkpoint(path: Path) -> Checkpoint:
    """Read one checkpoint. Raises DataError where it is cut short or something else."""
    try:
        arrays = read_arrays(path)
        weights, optimizer = (
            [arrays[name] for name in sorted(arrays) if name.startswith(start)]
            for start in ("weight_", "optimizer_")
        )
        return Checkpoint(int(arrays["update"]), weights, optimizer)
    except (ValueError, TypeError, KeyError, OverflowError, DataError) as error:
        message = f"checkpoint {path} is broken, the one before it is to be used: {error}"
        raise DataError(message) from error
