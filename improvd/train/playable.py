"""Any checkpoint of a run -> a model file to listen to. Nothing is measured, so it is quick.

`finish` makes the file to keep. This one must not need TensorFlow.
"""

from __future__ import annotations

from pathlib import Path

import onnx

from improvd.errors import DataError
from improvd.train.export import card_of, step_model
from improvd.train.run import Run, Settings, read_checkpoint


def playable(folder: Path, update: str, path: Path) -> None:
    """Write the checkpoint after `update` updates, the newest for "", to `path`.

    Its card tells no losses. Raises DataError where there is no such checkpoint.
    """
    settings = Settings.load(folder)
    checkpoint = read_checkpoint(_chosen(Run(folder, settings), update))
    description = f"A checkpoint of {folder}."
    card = card_of(settings, path.stem, description, checkpoint.update)
    onnx.save(step_model(checkpoint.weights, card), path)


def _chosen(run: Run, update: str) -> Path:
    """The file of a checkpoint, by its updates: "14000"; a checkpoint's own name does as well."""
    paths = {path.stem.removeprefix("step-").lstrip("0"): path for path in run.checkpoints()}
    if not paths:
        raise DataError(f"{run.folder} has no checkpoint yet")
    wanted = update.removesuffix(".npz").removeprefix("step-").lstrip("0")
    if update and wanted not in paths:
        raise DataError(f"{run.folder} has no checkpoint {update!r}; it has: {', '.join(paths)}")
    return paths[wanted] if update else list(paths.values())[-1]
