"""The marked phrases of the Weimar Jazz Database, out of tables and MIDI files that others made.

The tables are those of the R package jazzodata, exported as docs/benchmarks.md says; the MIDI files
of the same solos tell the velocities. Knows no detector.
"""

from __future__ import annotations

import csv
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from hashlib import sha1
from itertools import groupby, pairwise
from operator import itemgetter
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

from improvd.bench.text import channel_events
from improvd.core.units import Bpm, Pitch, Seconds, Velocity
from improvd.errors import DataError

NOTES: Final = "wjd_transforms.csv"
BEATS: Final = "wjd_annotated_beat_tracks.csv"
_NOTE: Final = ("onset", "articulation_raw", "pitch_raw", "phrase_id_raw")  # columns of NOTES
_NOTE_ON = 0x90
_BEATS = 8  # the clock's tempo is that of the last so many

Row = dict[str, str]


class Blown(NamedTuple):
    """One note of a solo, and the silence until the next begins."""

    onset: Seconds
    release: Seconds
    rest: Seconds
    pitch: Pitch
    velocity: Velocity


class Marked(NamedTuple):
    """A phrase that somebody marked; the rest after its last note is the one before the next."""

    notes: list[Blown]
    clock: Bpm
    tuning: bool  # of a player whose phrases the detectors were tuned on


def phrases(folder: Path) -> Iterator[Marked]:
    """The marked phrases of all solos that have a MIDI file, but the last one of each solo.

    Raises DataError: a table cannot be read or lacks a column, or a MIDI file has other notes.
    """
    files = {path.stem: path for path in sorted(folder.rglob("*.mid"))}
    beats = _rows(folder / BEATS, ("onset",))
    for solo, rows in _rows(folder / NOTES, _NOTE).items():
        if file := files.get(solo.removesuffix(".sv")):
            grid = sorted(float(row["onset"]) for row in beats.get(solo, []))
            yield from _phrases(solo, rows, file, grid)


def _phrases(solo: str, rows: Sequence[Row], file: Path, grid: Sequence[float]) -> Iterator[Marked]:
    struck = _struck(file)
    if [int(row["pitch_raw"]) for row in rows] != [pitch for pitch, _ in struck]:
        raise DataError(f"{file}: has other notes than {NOTES} has for {solo}")
    blown = [
        (row["phrase_id_raw"], _blown(row, float(after["onset"]), Velocity(velocity)))
        for (row, after), (_, velocity) in zip(pairwise(rows), struck, strict=False)
    ]
    tuning = _tuning(solo)
    for number, group in groupby(blown, itemgetter(0)):
        if number != rows[-1]["phrase_id_raw"]:
            phrase = [note for _, note in group]
            yield Marked(phrase, _clock(grid, phrase[0].onset), tuning)


def _struck(file: Path) -> list[tuple[int, int]]:
    """Pitch and velocity of each note-on, in order; the files' ticks are not needed, nor sound."""
    try:
        _, tracks = channel_events(file.read_bytes())
    except (IndexError, KeyError, ValueError) as fault:
        raise DataError(f"{file}: no MIDI file, or a broken one: {fault}") from None
    messages = (message for track in tracks for _, message in track)
    return [(each[1], each[2]) for each in messages if each[0] & 0xF0 == _NOTE_ON and each[2]]


def _blown(row: Row, following: float, velocity: Velocity) -> Blown:
    """A note of the table. Its articulation is the share of the time to the next that it sounds."""
    onset = float(row["onset"])
    release = onset + float(row["articulation_raw"]) * (following - onset)
    rest = Seconds(following - release)
    return Blown(Seconds(onset), Seconds(release), rest, Pitch(int(row["pitch_raw"])), velocity)


def _tuning(solo: str) -> bool:
    """Which half a player belongs to: all solos of one player are on one side."""
    player = solo.split("_", maxsplit=1)[0]
    return int(sha1(player.encode(), usedforsecurity=False).hexdigest(), 16) % 2 == 0


def _clock(grid: Sequence[float], second: Seconds) -> Bpm:
    """What a clock would say at `second`: the last beats, or the first ones where none was yet."""
    end = max(bisect_right(grid, second), _BEATS + 1)
    intervals = [later - earlier for earlier, later in pairwise(grid[max(0, end - _BEATS) : end])]
    if not intervals:
        raise DataError(f"{BEATS}: has no beats for a solo of {NOTES}: export both tables anew")
    return Bpm(60.0 / median(intervals))


def _rows(path: Path, columns: Sequence[str]) -> dict[str, list[Row]]:
    """The rows of an exported table, by the solo they belong to."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            if missing := {"id", *columns} - set(reader.fieldnames or ()):
                raise DataError(f"{path}: has no column {min(missing)!r}: export it anew")
            rows: dict[str, list[Row]] = defaultdict(list)
            for row in reader:
                rows[row["id"]].append({column: row[column] for column in columns})
    except OSError as error:
        raise DataError(
            f"{path}: cannot be read: {error.strerror}; docs/benchmarks.md says how it is exported"
        ) from None
    return rows
