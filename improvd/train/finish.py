"""A run -> its best checkpoint, measured on the held-out melodies, as a model file.

That is the newest, or the one that was the best on the way.
"""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from improvd import __version__
from improvd.errors import DataError
from improvd.models.card import Card
from improvd.train.dataset import Dataset
from improvd.train.export import export
from improvd.train.fit import Trainer
from improvd.train.run import Run, Settings


def finish(folder: Path, path: Path) -> tuple[Card, float]:
    """Write `path`; its card, and the largest difference of a logit from Keras' own."""
    settings = Settings.load(folder)
    trainer = Trainer(Run(folder, settings), Dataset.load_for(Path(settings.data), settings))
    if not trainer.update:
        raise DataError(f"{folder} has no checkpoint yet")
    loss = trainer.take_better()
    package = import_module(f"improvd.models.{settings.family}")
    card = Card(
        family=settings.family,
        configuration=settings.configuration,
        name=path.stem,
        description=(package.__doc__ or "").splitlines()[0],
        sources=settings.sources,
        updates=trainer.update,
        loss_per_step=round(loss.per_step, 5),
        loss_per_note=round(loss.per_note, 5),
        tokens=settings.tokens,
        start=Path(settings.start).stem,
        version=__version__,
        created=datetime.now(UTC).date(),
    )
    return card, export(trainer.network, card, path)
