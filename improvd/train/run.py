"""The folder of one training run: settings, checkpoints, the course of the losses.

run.json           what is trained, on which data, how
step-NNNNNNNN.npz  checkpoints: weights, optimizer, update
losses.jsonl       one line a measurement
curve.png          its drawing
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from improvd.errors import DataError
from improvd.models.base import family
from improvd.models.card import Source

Arrays = Sequence[NDArray[Any]]

_SETTINGS = "run.json"
_LOSSES = "losses.jsonl"
_CURVE = "curve.png"
KEPT = 3  # checkpoints


@dataclass(frozen=True)
class Settings:
    """What a run trains and how; it never changes while the run lives.

    Raises ModelError where there is no such family or configuration.
    """

    family: str
    configuration: str
    data: str  # the dataset folder
    sources: tuple[Source, ...]
    streams: int = 128
    time: int = 64
    learning_rate: float = 3e-3
    dropout: float = 0.1
    seed: int = 1

    def __post_init__(self) -> None:
        family(self.family).configuration(self.configuration)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read a run's settings. Raises DataError."""
        try:
            fields = json.loads((folder / _SETTINGS).read_text("utf-8"))
            return cls(**fields | {"sources": tuple(Source(**each) for each in fields["sources"])})
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(f"{folder} is no training run: {error}") from error


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where a run stands after `update` updates."""

    update: int
    weights: Arrays
    optimizer: Arrays


class Run:
    """A run's folder. Everything in it is replaced whole, so a full disk leaves what was good."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        """Make the folder or enter it. Raises DataError where it holds another run."""
        self.folder = folder
        self.settings = settings
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / _SETTINGS).exists():
            fields = asdict(settings) | {
                "sources": [each.model_dump() for each in settings.sources]
            }
            text = json.dumps(fields, indent=1, ensure_ascii=False)
            self._write(_SETTINGS, text.encode())
        elif Settings.load(folder) != settings:
            raise DataError(f"{folder} holds a run with other settings; choose another --run")

    def checkpoints(self) -> list[Path]:
        """All that are there, the oldest first."""
        return sorted(self.folder.glob("step-*.npz"))

    def save(self, checkpoint: Checkpoint) -> None:
        """Add a checkpoint and remove the oldest beyond KEPT.

        Raises DataError where it cannot be written, say on a full disk; those before it stay.
        """
        arrays: dict[str, Any] = {"update": np.array(checkpoint.update)}
        arrays |= {f"weight_{i:03}": array for i, array in enumerate(checkpoint.weights)}
        arrays |= {f"optimizer_{i:03}": array for i, array in enumerate(checkpoint.optimizer)}
        name = f"step-{checkpoint.update:08}.npz"
        part = self.folder / f"{name}.part"
        try:
            with part.open("wb") as file:
                np.savez(file, **arrays)
        except OSError as error:
            part.unlink(missing_ok=True)
            message = f"checkpoint {name} cannot be written, the ones before it stay: {error}"
            raise DataError(message) from error
        part.replace(self.folder / name)
        for old in self.checkpoints()[:-KEPT]:
            old.unlink()

    def latest(self) -> Checkpoint | None:
        """The newest checkpoint. Raises DataError where it is broken."""
        paths = self.checkpoints()
        return read_checkpoint(paths[-1]) if paths else None

    def note(self, **figures: float) -> None:
        """Add one line to the course of the losses."""
        with (self.folder / _LOSSES).open("a", encoding="utf-8") as file:
            file.write(json.dumps(figures) + "\n")

    def course(self) -> list[dict[str, float]]:
        """Every line noted so far."""
        path = self.folder / _LOSSES
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def draw(self) -> None:
        """Draw the learning curve: nats a step over updates."""
        mpl.use("agg")
        figure = Figure(figsize=(8, 4.5), layout="constrained")
        axes = figure.subplots()
        for name in ("training", "held_out"):
            points = [(line["update"], line[name]) for line in self.course() if name in line]
            if points:
                axes.plot(*zip(*points, strict=True), label=name.replace("_", " "))
        axes.set(xlabel="updates", ylabel="loss, nats a step", title=self.settings.configuration)
        if axes.lines:
            axes.legend()
        part = self.folder / f"{_CURVE}.part"
        figure.savefig(part, format="png", dpi=120)
        part.replace(self.folder / _CURVE)

    def _write(self, name: str, content: bytes) -> None:
        part = self.folder / f"{name}.part"
        part.write_bytes(content)
        part.replace(self.folder / name)


def read_checkpoint(path: Path) -> Checkpoint:
    """Read one checkpoint. Raises DataError where it is cut short or something else."""
    try:
        with np.load(path) as arrays:
            names = sorted(arrays.files)
            weights = [arrays[name] for name in names if name.startswith("weight_")]
            optimizer = [arrays[name] for name in names if name.startswith("optimizer_")]
            return Checkpoint(int(arrays["update"]), weights, optimizer)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        message = f"checkpoint {path} is broken; remove it to go on from the one before: {error}"
        raise DataError(message) from error
