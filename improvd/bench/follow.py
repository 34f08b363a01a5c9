"""Whether the tempo is heard from playing, on POP909, whose beat files say what it is.

The judge reads beats from text and knows nothing of how a tempo is estimated. Only 200 songs are
judged, chosen by their names: what is set by trying it out is tried on the others.
"""

from __future__ import annotations

import math
import statistics
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

from improvd.bench.figure import Figure
from improvd.core.units import Bpm, Seconds
from improvd.errors import DataError
from improvd.listen.tempo import STEADY, estimate
from improvd.ports.midifile import read_onsets
from improvd.ports.rawmidi import read_bytes

SONGS: Final = 200
BARS: Final = 8
CLOSE: Final = 0.04  # of the true tempo
PRIOR: Final = Bpm(120.0)  # what config.toml begins with
UNSTEADY: Final = (0.0, 0.015)  # seconds: the standard deviation added to each onset
_BEATS, _OTHER_BEATS = "beat_midi.txt", "beat_audio.txt"


class Heard(NamedTuple):
    """How the tempo of one song was heard. Errors are shares of the true tempo."""

    error: float  # of the two tempi as they are
    folded: float  # of those of their octaves that are nearest to each other
    holds: bool  # at the last onset the grid is on the 16th where it should be
    trusted: bool  # its confidence sufficed
    doubtful: bool  # the song's other beat file says another tempo, folded


def figures(folder: Path) -> Iterator[Figure]:
    """The figures of the chosen songs below `folder`, as played and less steadily.

    Raises DataError where there is no song, or a file of one is missing or cannot be read.
    """
    songs = chosen([path.parent for path in folder.rglob(_BEATS)])
    if not songs:
        raise DataError(f"{folder}: holds no song of POP909, which is a folder with {_BEATS}")
    for unsteady in UNSTEADY:
        yield from _judged([hear(song, unsteady) for song in songs], unsteady)


def chosen(songs: Sequence[Path]) -> list[Path]:
    """The 200 whose names have the least SHA-256."""
    return sorted(songs, key=lambda song: sha256(song.name.encode()).digest())[:SONGS]


def hear(song: Path, unsteady: float) -> Heard:
    """Estimate the tempo of the first 8 bars that the piano plays. Raises DataError."""
    onsets = read_onsets(song / f"{song.name}.mid", "PIANO")
    beats = _first_bars(song / _BEATS, onsets[0])
    other = [row[0] for row in _rows(song / _OTHER_BEATS, 2) if beats[0] <= row[0] <= beats[-1]]
    if min(len(beats), len(other)) < 2:
        raise DataError(f"{song}: its beat files name fewer than two beats where the piano begins")
    dice = Random(song.name)  # noqa: S311 - music, not secrets
    played = [Seconds(dice.gauss(onset, unsteady)) for onset in onsets if onset < beats[-1]]
    found, true = estimate(sorted(played), PRIOR), _bpm(beats)
    folded = _octave(true, found.bpm)
    true_beats = (_beat_at(beats, max(played)) - _beat_at(beats, min(played))) * folded / true
    beats_by_estimate = (max(played) - min(played)) * found.bpm / 60
    return Heard(
        error=abs(found.bpm / true - 1),
        folded=abs(found.bpm / folded - 1),
        holds=abs(beats_by_estimate - true_beats) < 1 / 8,
        trusted=found.confidence >= STEADY,
        doubtful=abs(_octave(_bpm(other), true) / true - 1) > CLOSE,
    )


def _judged(songs: Sequence[Heard], unsteady: float) -> Iterator[Figure]:
    name = f"tempo followed, +-{unsteady * 1000:.0f} ms"
    trusted = [each for each in songs if each.trusted]
    doubted = [each for each in songs if not each.trusted]
    values = {
        "within": _share(each.folded <= CLOSE for each in songs),
        "unfolded": _share(each.error <= CLOSE for each in songs),
        "n": len(songs),
        "other beat file": _share(not each.doubtful for each in songs),
    }
    yield Figure(f"{name}: within 4 %", "", "within", 0.85, values, least=True)
    errors = {
        "median": statistics.median(each.folded for each in songs),
        "unfolded": statistics.median(each.error for each in songs),
    }
    yield Figure(f"{name}: error", "", "median", 0.02, errors)
    confidence = {
        "trusted": len(trusted) / len(songs),
        "within": _share(each.folded <= CLOSE for each in trusted),
        "grid holds": _share(each.holds for each in trusted),
        "else within": _share(each.folded <= CLOSE for each in doubted),
        "else grid holds": _share(each.holds for each in doubted),
    }
    yield Figure(f"{name}: confidence", "", "else grid holds", 0.5, confidence)


def _share(which: Iterable[bool]) -> float:
    """The share that is true; 0 of none."""
    counted = list(which)
    return sum(counted) / max(1, len(counted))


def _first_bars(path: Path, start: Seconds) -> list[Seconds]:
    """The beats of 8 bars, from the last one that is not after `start` on."""
    rows = _rows(path, 3)
    bars = [number for number, (_, _, opens_bar) in enumerate(rows) if opens_bar == 1]
    if len(bars) < 2:
        raise DataError(f"{path}: marks fewer than two bars; the third column of their beats is 1")
    bar = statistics.mode(after - before for before, after in pairwise(bars))
    beats = [Seconds(row[0]) for row in rows]
    first = max(0, bisect_right(beats, start) - 1)
    return beats[first : first + BARS * bar + 1]


def _rows(path: Path, columns: int) -> list[list[float]]:
    """The numbers of each line, the first of which is the second of a beat."""
    try:
        rows = [[float(word) for word in line.split()] for line in read_bytes(path).splitlines()]
    except ValueError as fault:
        raise DataError(f"{path}: holds what is no number: {fault}") from None
    if any(len(row) != columns for row in rows):
        raise DataError(f"{path}: has lines of other than {columns} numbers")
    return rows


def _bpm(beats: Sequence[float]) -> Bpm:
    return Bpm(60 / statistics.median(after - before for before, after in pairwise(beats)))


def _octave(bpm: Bpm, near: Bpm) -> Bpm:
    """This tempo, doubled or halved until it is nearest to the other."""
    return Bpm(bpm * 2.0 ** round(math.log2(near / bpm)))


def _beat_at(beats: Sequence[Seconds], second: Seconds) -> float:
    """Where `second` lies, counted in these beats; the outer intervals go on beyond them."""
    before = min(max(bisect_right(beats, second) - 1, 0), len(beats) - 2)
    return before + (second - beats[before]) / (beats[before + 1] - beats[before])
