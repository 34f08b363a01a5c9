"""A run -> its best checkpoint, measured on the held-out melodies, as a model file.

That is the newest, or the one that was the best on the way.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from improvd.errors import DataError
from improvd.models.card import Card
from improvd.train.data.dataset import Dataset
from improvd.train.learn.fit import Trainer
from improvd.train.onnx.export import card_of, export
from improvd.train.runs.run import Run, Settings


def finish(folder: Path, path: Path) -> tuple[Card, float]:
    """Write `path`; its card, and the largest difference of a logit from Keras' own."""
    settings = Settings.load(folder)
    trainer = Trainer(Run(folder, settings), Dataset.load_for(Path(settings.data), settings))
    if not trainer.update:
        raise DataError(f"{folder} has no checkpoint yet")
    loss = trainer.take_better()
    package = import_module(f"improvd.models.{settings.family}")
    description = (package.__doc__ or "").splitlines()[0]
    nats = loss.per_step, loss.per_note
    card = card_of(settings, path.stem, description, trainer.update, nats)
    return card, export(trainer.network, card, path)
