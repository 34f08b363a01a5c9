"""Raw MIDI files -> the tokens of their tracks, as `core.event` writes them; the vocabulary.

Unlike in `corpus` nothing is made of the events: they stay as the file has them, pedals and other
instruments too. Only their ticks become those of one division.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from improvd.core.event import LONGEST, Event
from improvd.errors import DataError
from improvd.ports.rawmidi import read_tracks
from improvd.train.data.corpus import read_files

FEWEST_NOTES = 2  # else no note follows another


class Track(NamedTuple):
    """A track: its own tokens, and its events as their places among these, [events]."""

    tokens: list[str]
    places: NDArray[np.int32]


class Raw(NamedTuple):
    """The tracks of many files, in file order."""

    names: list[str]
    steps: list[NDArray[np.int32]]  # the numbers of their tokens, [events] each
    tokens: tuple[str, ...]  # each of them once, the shortest delta first
    counts: dict[str, int]  # what was read and left out
    held_out: list[bool] | None = None  # where the reader says which are; else a lot does


def read_raw(folder: Path, division: int) -> Raw:
    """Every track with notes of the MIDI files below `folder`, `division` ticks a quarter note.

    Raises DataError where there is no MIDI file, or no track with notes.
    """
    read = partial(read_midi, division=division)
    files, failed = read_files(folder, {".mid": read, ".midi": read})
    named = [
        (f"{name}#{number}", track)
        for name, tracks in files
        for number, track in enumerate(tracks, 1)
    ]
    kept = [(name, track) for name, track in named if _notes(track) >= FEWEST_NOTES]
    if not kept:
        raise DataError(f"{folder} holds no track of at least {FEWEST_NOTES} notes")
    every = set(chain.from_iterable(track.tokens for _, track in kept))
    tokens = tuple(sorted(every, key=Event.parse))
    numbers = {token: number for number, token in enumerate(tokens)}
    steps = [
        np.array([numbers[token] for token in track.tokens], np.int32)[track.places]
        for _, track in kept
    ]
    counts = {
        "tracks": len(named),
        "files that could not be read": len(failed),
        f"tracks of fewer than {FEWEST_NOTES} notes": len(named) - len(kept),
        "distinct tokens": len(tokens),
    }
    return Raw([name for name, _ in kept], steps, tokens, counts)


def read_midi(path: Path, division: int) -> list[Track]:
    """The tracks of a file. Raises DataError, ValueError: a pause that no token can tell."""
    music = read_tracks(path)
    return [_track(rescaled(track, music.division, division)) for track in music.tracks]


def rescaled(track: Iterable[Event], before: int, after: int) -> Iterator[Event]:
    """The same at `after` ticks a quarter note instead of `before`, each at its nearest tick.

    Raises ValueError: a pause that no token can tell.
    """
    passed = told = 0
    for event in track:
        passed += event.delta
        tick = (2 * passed * after + before) // (2 * before)
        if tick - told > LONGEST:
            raise ValueError(f"a pause of {tick - told} ticks; at most {LONGEST} can be told")
        yield event._replace(delta=tick - told)
        told = tick


def _track(events: Iterable[Event]) -> Track:
    places: dict[str, int] = {}
    found = [places.setdefault(str(event), len(places)) for event in events]
    return Track(list(places), np.array(found, np.int32))


def _notes(track: Track) -> int:
    """How many notes begin."""
    begins = [Event.parse(token).begins for token in track.tokens]
    return int(np.array(begins, np.bool_)[track.places].sum())
