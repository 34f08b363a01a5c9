"""A dataset: melodies as steps over the whole MIDI range, some held out, and where they come from.

What is held out is for validation, where checkpoints are chosen, or for a last test, where that is
asked for. Kept as a folder: `melodies.npz` (all steps in one row, where each melody ends, which are
held out)
and `dataset.json` (names, sources, counts, and the vocabulary where the music made it).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from improvd.core.units import Seconds
from improvd.errors import DataError, in_short
from improvd.models.base import USUAL, Family, Learnt
from improvd.models.card import Source
from improvd.train.data.arrays import read_arrays
from improvd.train.data.chorded import read_lines
from improvd.train.data.corpus import Melody, read_corpus, sources
from improvd.train.data.melodies import encode, polyphonic, select
from improvd.train.data.raw import read_raw
from improvd.train.data.solos import read_solos
from improvd.train.data.split import TEST, TRAINING, VALIDATION, dealt, groups

Steps = NDArray[Any]  # one melody: numbers [time], or frames of bits [time, visible]

_ARRAYS = "melodies.npz"
_FACTS = "dataset.json"
_BEYOND = "notes beyond the range, left out"
# What reads the music that makes a vocabulary, by the word that configurations have for it.
_RAW = {"events": read_raw, "solos": read_solos}
_FOLDERS = "folders"  # their names are styles


@dataclass(frozen=True)
class Dataset:
    """Melodies as steps of a family's widest range, and what is known of them."""

    family: str
    melodies: Sequence[Steps]
    names: Sequence[str]
    held_out: NDArray[Any]  # the part of each, as `split` deals; a bool: is it for validation?
    sources: Sequence[Source]
    counts: dict[str, int]  # what was read, kept and left out
    configuration: str = ""  # the one that it is for; "": all of the family
    tokens: tuple[str, ...] = ()  # the vocabulary, where the music made it

    @property
    def training(self) -> list[Steps]:
        """The melodies to learn from."""
        return self._part(TRAINING)

    @property
    def evaluation(self) -> list[Steps]:
        """The melodies that are held out for validation."""
        return self._part(VALIDATION)

    @property
    def test(self) -> list[Steps]:
        """The melodies that are held out for the test; those for validation where none are."""
        return self._part(TEST) or self.evaluation

    def _part(self, which: int) -> list[Steps]:
        dealt_to = zip(self.melodies, self.held_out, strict=True)
        return [steps for steps, part in dealt_to if part == which]

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
            "configuration": self.configuration,
            "counts": self.counts,
            "sources": [source.model_dump() for source in self.sources],
            "names": list(self.names),
            "tokens": list(self.tokens),
        }
        part.write_text(json.dumps(facts, indent=1, ensure_ascii=False), "utf-8")
        part.replace(folder / _FACTS)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote. Raises DataError."""
        try:
            facts: dict[str, Any] = json.loads((folder / _FACTS).read_text("utf-8"))
            arrays = read_arrays(folder / _ARRAYS)
            steps, ends = arrays["steps"], arrays["ends"]
            if steps.ndim == 1:  # numbers are reckoned with, bits are not
                steps = steps.astype(np.int32)
            out = arrays["held_out"]
            known = [Source(**source) for source in facts["sources"]]
            return cls(
                facts["family"],
                np.split(steps, ends[:-1]),
                facts["names"],
                out,
                known,
                facts["counts"],
                facts.get("configuration", ""),
                tuple(facts.get("tokens", ())),
            )
        except (OSError, ValueError, LookupError, TypeError, RecursionError, DataError) as error:
            message = f"{folder} is no dataset; make one with `improvd dataset`: {in_short(error)}"
            raise DataError(message) from error

    @classmethod
    def load_for(cls, folder: Path, learnt: Learnt) -> Self:
        """The same, for that model or run. Raises DataError where it is not for it."""
        dataset = cls.load(folder)
        dataset.check(folder, learnt.family, learnt.configuration)
        if dataset.tokens != learnt.tokens:
            raise DataError(f"{folder} has other tokens than those that were learnt")
        return dataset

    def check(self, folder: Path, family: str, configuration: str) -> None:
        """Raise DataError where another configuration is to learn from it."""
        wanted = family, self.configuration and configuration
        if wanted != (self.family, self.configuration):
            made = f"{self.family} {self.configuration}".strip()
            message = f"{folder} is a dataset of {made}: {family} {configuration} cannot use it"
            raise DataError(f"{message}; make one with `improvd dataset`")


def keys_of(family: str) -> Any:
    """The family's `keys` module: how its steps are kept for training and moved to other keys."""
    return import_module(f"improvd.models.{family}.keys")


def pitches_of(family: str, configuration: Any, steps: Steps) -> list[int]:
    """Of the notes that begin, in order."""
    keys = keys_of(family)
    _, pitches = keys.parts(configuration, steps[keys.begins(configuration, steps)])
    return list(pitches.tolist())


def _small(steps: Steps) -> NDArray[Any]:
    """In as few bytes as its numbers need."""
    return steps.astype(np.min_scalar_type(int(steps.max())))


class _Music(NamedTuple):
    """What a dataset is made of."""

    names: Sequence[str]
    steps: Sequence[Steps]
    pitches: Sequence[Sequence[int]]  # of the notes of each, as they begin
    tokens: tuple[str, ...]
    counts: dict[str, int]
    held_out: list[bool] | None = None  # None: a lot decides


def build(
    family: Family,
    folder: Path,
    ratio: float,
    configuration: str = "",
    dt: float = 0.0,
    *,
    test: float = 0.0,
) -> Dataset:
    """Read every music file below `folder`, for a `configuration`, "": the family's first.

    About `ratio` of the melodies are for validation, and `test` of them for the test. Where `dt` is
    given a step is so many seconds, whatever the tempo. Raises ModelError, and DataError where no
    usable melody is found.
    """
    kind = family.named(configuration)
    keys = keys_of(family.name)
    widest = keys.widest(kind)
    raw = widest.tokens_of in _RAW
    if dt and keys.SECONDS:
        raise DataError(f"{family.name} tells seconds as they are, no steps of {dt:g} s")
    if dt and keys.CHORDED:
        raise DataError(f"{family.name} learns in bars and beats, no steps of {dt:g} s")
    if dt and raw:
        raise DataError(f"{family.name} {kind.name} learns MIDI as it is, no steps of {dt:g} s")
    music = _raw(family, widest, folder) if raw else _melodies(family, widest, folder, dt)
    out, alike = _split(music, ratio, test)
    lengths = np.array([len(each) for each in music.steps])
    counts = {
        **music.counts,
        **alike,
        "melodies held out": int((out == VALIDATION).sum()),
        **({"melodies for the test": int((out == TEST).sum())} if test else {}),
        "steps": int(lengths.sum()),
        "steps held out": int(lengths[out == VALIDATION].sum()),
    }
    alone = kind.name if widest is kind else ""
    known = sources(folder)
    return Dataset(family.name, music.steps, music.names, out, known, counts, alone, music.tokens)


def _split(music: _Music, ratio: float, test: float) -> tuple[NDArray[np.int8], dict[str, int]]:
    """Which part each is for, and how many have a near duplicate, where that is asked."""
    if music.held_out is not None:
        return np.array(music.held_out, np.int8), {}
    group = groups(music.pitches)
    alike = len(group) - list(Counter(group).values()).count(1)
    out = np.array(dealt(music.pitches, ratio, test), np.int8)
    return out, {"melodies with a near duplicate": alike}


def _melodies(family: Family, widest: Any, folder: Path, dt: float) -> _Music:
    """The melodies of all files, as the family's encoder hears them."""
    keys = keys_of(family.name)
    beat = Seconds(60 / USUAL if keys.SECONDS else dt / widest.grid)
    if keys.CHORDED:
        tracks, failed = read_lines(folder)
    else:
        tracks, failed = read_corpus(folder, together=keys.TOGETHER, pedal=widest.pedal, beat=beat)
    kept = [_within(family, widest, each) for each in tracks] if keys.DROPS else tracks
    beyond = sum(len(each.notes) for each in tracks) - sum(len(each.notes) for each in kept)
    melodies, left_out = select(kept)
    if not melodies:
        left_out |= {_BEYOND: beyond} if beyond else {}
        reasons = ", ".join(f"{count} {reason}" for reason, count in left_out.items())
        raise DataError(f"{folder} holds no usable melody: {reasons or 'no notes at all'}")
    styles, tokens = _styles(family, widest, [each.name for each in melodies])
    known = widest.knowing(tokens) if tokens else widest
    steps = []
    for each, style in zip(melodies, styles, strict=True):
        encoder = family.encoder(family.styled(known, style), 0)
        steps.append(keys.kept(widest, encode(encoder, each.notes, each.held, each.harmony)))
    counts = {
        "tracks": len(tracks),
        "files that could not be read": len(failed),
        **{f"stretches {reason}": count for reason, count in left_out.items()},
        "melodies": len(melodies),
        "melodies in several voices": sum(polyphonic(each.notes) for each in melodies),
        **({_BEYOND: beyond} if beyond else {}),
        **{f"melodies of style {style}": styles.count(style) for style in tokens},
    }
    pitches = [[note.pitch for note in each.notes] for each in melodies]
    return _Music([each.name for each in melodies], steps, pitches, tokens, counts)


def _styles(family: Family, widest: Any, names: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """The style of each melody, "": none, and all that there are.

    Where a configuration has styles these are the folders that the music is in: one of a genre or
    a composer each. Raises DataError where there is no folder.
    """
    if widest.tokens_of != _FOLDERS:
        return [""] * len(names), ()
    folders = [
        folder if rest else "" for folder, _, rest in (name.partition("/") for name in names)
    ]
    if not any(folders):
        known = f"{family.name} {widest.name} learns a style from each folder of music"
        raise DataError(f"{known}, and there is none: make one of each genre or composer")
    return folders, tuple(sorted(set(folders) - {""}))


def _within(family: Family, widest: Any, track: Melody) -> Melody:
    """Without the notes beyond the range."""
    return replace(track, notes=[each for each in track.notes if family.fits(widest, each.pitch)])


def _raw(family: Family, widest: Any, folder: Path) -> _Music:
    """What makes a vocabulary: the tracks of MIDI files as they are, or solos over chords."""
    read = _RAW[widest.tokens_of]
    names, steps, tokens, counts, out = read(folder, round(1 / widest.grid))
    known = family.configuration(widest.name, tokens)
    pitches = [pitches_of(family.name, known, each) for each in steps]
    return _Music(names, steps, pitches, tokens, {**counts, "melodies": len(steps)}, out)
