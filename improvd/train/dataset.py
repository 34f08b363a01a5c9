"""A dataset: melodies as steps over the whole MIDI range, some held out, and where they come from.

Kept as a folder: `melodies.npz` (all steps in one row, where each melody ends, which are held out)
and `dataset.json` (names, sources and counts).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from improvd.errors import DataError
from improvd.models.base import Family
from improvd.models.card import Source
from improvd.train.corpus import read_corpus, sources
from improvd.train.melodies import encode, polyphonic, select
from improvd.train.split import groups, held_out

Steps = NDArray[np.int32]  # one melody, [time]

_ARRAYS = "melodies.npz"
_FACTS = "dataset.json"


@dataclass(frozen=True)
class Dataset:
    """Melodies as steps of a family's widest range, and what is known of them."""

    family: str
    melodies: Sequence[Steps]
    names: Sequence[str]
    held_out: NDArray[np.bool_]
    sources: Sequence[Source]
    counts: dict[str, int]  # what was read, kept and left out

    @property
    def training(self) -> list[Steps]:
        """The melodies to learn from."""
        return [steps for steps, out in zip(self.melodies, self.held_out, strict=True) if not out]

    @property
    def evaluation(self) -> list[Steps]:
        """The melodies that are held out."""
        return [steps for steps, out in zip(self.melodies, self.held_out, strict=True) if out]

    def save(self, folder: Path) -> None:
        """Write the folder; nothing half-written is left under the final names."""
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f"{_ARRAYS}.part"
        with part.open("wb") as file:
            np.savez_compressed(
                file,
                steps=_small(np.concatenate(self.melodies)),
                ends=np.cumsum([len(steps) for steps in self.melodies]),
                held_out=self.held_out,
            )
        part.replace(folder / _ARRAYS)
        facts = {
            "family": self.family,
            "counts": self.counts,
            "sources": [source.model_dump() for source in self.sources],
            "names": list(self.names),
        }
        part.write_text(json.dumps(facts, indent=1, ensure_ascii=False), "utf-8")
        part.replace(folder / _FACTS)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote. Raises DataError."""
        try:
            facts: dict[str, Any] = json.loads((folder / _FACTS).read_text("utf-8"))
            with np.load(folder / _ARRAYS) as arrays:
                steps, ends = arrays["steps"].astype(np.int32), arrays["ends"]
                out = arrays["held_out"]
            known = [Source(**source) for source in facts["sources"]]
            return cls(
                facts["family"],
                np.split(steps, ends[:-1]),
                facts["names"],
                out,
                known,
                facts["counts"],
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            message = f"{folder} is no dataset; make one with `improvd dataset`: {error}"
            raise DataError(message) from error


def keys_of(family: str) -> Any:
    """The family's `keys` module: how its steps are kept for training and moved to other keys."""
    return import_module(f"improvd.models.{family}.keys")


def _small(steps: Steps) -> NDArray[Any]:
    """In as few bytes as its numbers need."""
    return steps.astype(np.min_scalar_type(int(steps.max())))


def build(family: Family, folder: Path, ratio: float) -> Dataset:
    """Read every music file below `folder`. Raises DataError where no usable melody is found."""
    keys = keys_of(family.name)
    tracks, failed = read_corpus(folder, together=keys.TOGETHER)
    melodies, left_out = select((track.name, track.notes) for track in tracks)
    if not melodies:
        reasons = ", ".join(f"{count} {reason}" for reason, count in left_out.items())
        raise DataError(f"{folder} holds no usable melody: {reasons or 'no notes at all'}")
    names, notes = zip(*melodies, strict=True)
    widest = keys.widest(next(iter(family.configurations.values())))
    steps = [np.array(encode(family.encoder(widest, 0), each), np.int32) for each in notes]
    pitches = [[note.pitch for note in each] for each in notes]
    group, out = groups(pitches), np.array(held_out(pitches, ratio))
    counts = {
        "tracks": len(tracks),
        "files that could not be read": len(failed),
        **{f"stretches {reason}": count for reason, count in left_out.items()},
        "melodies": len(melodies),
        "melodies in several voices": sum(map(polyphonic, notes)),
        "melodies with a near duplicate": len(notes) - list(Counter(group).values()).count(1),
        "melodies held out": int(out.sum()),
        "steps": sum(map(len, steps)),
        "steps held out": sum(len(each) for each, is_out in zip(steps, out, strict=True) if is_out),
    }
    return Dataset(family.name, steps, names, out, sources(folder), counts)
