"""The takes as training data: what was played, without what was answered.

A model that learns its own answers learns its own mistakes, and with each round more of them; the
player is who is to be learnt.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from improvd.errors import DataError
from improvd.models.base import Family
from improvd.takes import shelf
from improvd.takes.journal import PLAYER
from improvd.train.data.dataset import Dataset, build

RATIO: Final = 0.1  # of the music that is held out, where nothing else is asked for
_TAKES: Final = "takes"  # the word for them on the command line
_SOURCE: Final = "DATASET: takes\nLICENCE: the player's own\nORIGIN: what was played to improvd\n"


def is_takes(data: str) -> bool:
    """Does `data` mean the takes, not a folder? One of that name is ./takes."""
    return data == _TAKES


def dataset_folder(data: str, run: Path, family: Family, configuration: str) -> Path:
    """The folder of the dataset that `data` means, for a training in the folder `run`.

    Of the takes it is made when the training begins, and kept in the run: what is played later is
    for another run. Raises DataError, ModelError.
    """
    if not is_takes(data):
        return Path(data)
    folder = run / "dataset"
    if not folder.exists():
        build_of_takes(family, RATIO, configuration).save(folder)
    return folder


def build_of_takes(family: Family, ratio: float, configuration: str = "") -> Dataset:
    """A dataset of what was played in all takes; `ratio` is held out.

    Raises DataError where there are no takes, or nothing usable in them, and ModelError.
    """
    where = shelf.folder()
    ours = [take for take in shelf.takes(where) if take.about and take.about.played]
    if not ours:
        raise DataError(f"there is no take in {where} in which anything was played")
    with tempfile.TemporaryDirectory() as beside:
        folder = Path(beside)
        for take in ours:
            shelf.export(take, folder, PLAYER)
        (folder / "SOURCE.txt").write_text(_SOURCE)
        return build(family, folder, ratio, configuration)
