"""Any checkpoint of a run -> a model file to listen to. Nothing is measured, so it is quick.

`finish` makes the file to keep. This one must not need TensorFlow.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray

from improvd.errors import DataError
from improvd.train.onnx.export import card_of, step_model
from improvd.train.runs.run import Run, Settings, read_checkpoint


def playable(folder: Path, update: str, path: Path) -> None:
    """Write the checkpoint after `update` updates, the newest for "", to `path`.

    Its card tells no losses. Raises DataError where there is no such checkpoint.
    """
    settings = Settings.load(folder)
    checkpoint = read_checkpoint(_chosen(Run(folder, settings), update))
    write(settings, checkpoint.weights, checkpoint.update, f"A checkpoint of {folder}.", path)


def write(
    settings: Settings,
    weights: Sequence[NDArray[np.float32]],
    updates: int,
    description: str,
    path: Path,
) -> None:
    """Write weights of a run, after so many updates, to `path`."""
    onnx.save(step_model(weights, card_of(settings, path.stem, description, updates)), path)


def _chosen(run: Run, update: str) -> Path:
    """The file of a checkpoint, by its updates: "14000"; a checkpoint's own name does as well."""
    paths = {path.stem.removeprefix("step-").lstrip("0"): path for path in run.checkpoints()}
    if not paths:
        raise DataError(f"{run.folder} has no checkpoint yet")
    wanted = update.removesuffix(".npz").removeprefix("step-").lstrip("0")
    if update and wanted not in paths:
        raise DataError(f"{run.folder} has no checkpoint {update!r}; it has: {', '.join(paths)}")
    return paths[wanted] if update else list(paths.values())[-1]
