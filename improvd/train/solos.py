"""MIDI files with a solo over chords -> the musical values of the solo, in snippets.

As deepjazz does it: one track has the solo, one the chords, and of a stretch of the piece each note
becomes a value. Its constants are those of its one piece, "And Then I Knew"; a file NAME.toml
beside NAME.mid says others:

    melody = "Guitar"       # the track with the solo
    chords = "Piano"        # the one with the chords
    beats = [476, 548]      # from where to where

Source: Kim, "deepjazz", 2016 (preprocess.py, grammar.py), and the notebook of the deep-learning
course that builds on it. What is different here: a chord and a note are compared by pitch class,
not by how a pitch is spelt, and distances are semitones.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain, groupby
from operator import attrgetter
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import symusic
from numpy.typing import NDArray

from improvd.config.read import read_tables
from improvd.core.units import OCTAVE, Pitch
from improvd.errors import DataError
from improvd.models.jazz.configuration import TICKS
from improvd.models.jazz.faithful.configuration import FAITHFUL
from improvd.models.jazz.faithful.values import Value, kind_of
from improvd.models.jazz.rules import SIXTEENTH, nearest
from improvd.train.corpus import read_files
from improvd.train.raw import Raw

SNIPPETS: Final = 60  # that are drawn from a solo ...
LENGTH: Final = 30  # ... of so many values each
_SEED: Final = 0
_BAR: Final = 4 * TICKS
_FEWEST: Final = 2  # notes at once that are a chord
_MAJOR: Final = frozenset({0, 2, 4, 5, 7, 9, 11})
_DORIAN: Final = frozenset({0, 2, 3, 5, 7, 9, 10})
_TRIAD: Final = (0, 4, 7)


@dataclass(frozen=True, slots=True)
class Where:
    """In which tracks the solo and its chords are, and from which beat to which."""

    melody: str = "Guitar"
    chords: str = "Piano"
    beats: tuple[float, float] = (476, 548)


class Struck(NamedTuple):
    """A note, on the ticks that are nearest."""

    tick: int
    pitch: Pitch
    ticks: int


class Voicing(NamedTuple):
    """What was played of a chord: `models.jazz.faithful.values.Sounding`."""

    tick: int
    tones: frozenset[int]
    scale: frozenset[int]


def read_solos(folder: Path, division: int) -> Raw:
    """Snippets of the solo of each MIDI file below `folder`; the solos themselves are held out.

    The first input of a snippet is a wait, as in the notebook it is a vector of zeros. Raises
    DataError where no file has a solo that is long enough.
    """
    if division != TICKS:
        raise DataError(f"musical values are told by {TICKS} ticks a beat, not {division}")
    files, failed = read_files(folder, {".mid": _read, ".midi": _read})
    if not files:
        raise DataError(f"{folder} holds no solo over chords: {failed[0]}")
    names, solos = zip(*((name, solo) for name, found in files for solo in found), strict=True)
    values = sorted(set(chain.from_iterable(solos)), key=_order)
    numbers = {value: number for number, value in enumerate(values)}
    told = [np.array([numbers[value] for value in solo], np.int32) for solo in solos]
    wait = replace(FAITHFUL, values=tuple(values)).wait(TICKS)
    snippets = [each for solo in told for each in _snippets(solo)]
    counts = {
        "files that could not be read": len(failed),
        "values": sum(map(len, told)),
        "distinct values": len(values),
        "solos, which stand where music is held out": len(solos),
    }
    return Raw(
        [f"{name}#{number}" for name in names for number in range(1, SNIPPETS + 1)] + list(names),
        [np.insert(each, 0, wait) for each in [*snippets, *told]],
        tuple(map(str, values)),
        counts,
        [False] * len(snippets) + [True] * len(solos),
    )


def _snippets(solo: NDArray[np.int32]) -> list[NDArray[np.int32]]:
    """Drawn once; the first value of each is left for the zeros that it begins with."""
    starts = np.random.default_rng(_SEED).integers(len(solo) - LENGTH, size=SNIPPETS)
    return [solo[start + 1 : start + LENGTH] for start in starts]


def _order(value: Value) -> tuple[Any, ...]:
    """How values are numbered: the first of a bar before those that have a distance."""
    return value.kind, value.ticks, value.interval is not None, value.interval or 0


def _read(path: Path) -> list[Sequence[Value]]:
    """The values of a file. Raises ValueError where there are too few."""
    values = read_solo(path, read_where(path.with_suffix(".toml")))
    if len(values) <= LENGTH:
        raise ValueError(f"a solo of {len(values)} notes; it needs more than {LENGTH}")
    return [values]


def read_where(path: Path) -> Where:
    """What the file beside a MIDI file says; without one, deepjazz' own.

    Raises ConfigError where it is no TOML, and ValueError.
    """
    if not path.exists():
        return Where()
    said = read_tables(path)
    if unknown := said.keys() - set(Where.__slots__):
        known = ", ".join(Where.__slots__)
        raise ValueError(f"{path.name}: there is no {min(unknown)!r:.40}; there are: {known}")
    beats = said.setdefault("beats", list(Where().beats))
    numbers = isinstance(beats, list) and all(isinstance(beat, int | float) for beat in beats)
    if not numbers or len(beats) != len(Where().beats) or not beats[0] < beats[1]:
        raise ValueError(f"{path.name}: beats = [from, to], such as [476, 548]")
    return Where(**{**said, "beats": tuple(beats)})


def read_solo(path: Path, where: Where) -> list[Value]:
    """The value of each note of the solo, in order. Raises ValueError: no such track, no chords."""
    score = symusic.Score(str(path))
    tracks = {track.name: track for track in reversed(score.tracks)}
    for name in (where.melody, where.chords):
        if name not in tracks:
            known = ", ".join(tracks)
            raise ValueError(f"there is no track {name!r:.40}; there are: {known:.200}")
    melody, piano = (
        _struck(tracks[name], score.ticks_per_quarter, where.beats)
        for name in (where.melody, where.chords)
    )
    voicings = voicings_of(piano)
    if not voicings:
        raise ValueError(f"there is no chord in the track {where.chords!r}")
    return values_of(melody, voicings)


def _struck(track: Any, quarter: int, beats: tuple[float, float]) -> list[Struck]:
    """The notes that begin in that stretch, in order."""
    notes = [
        Struck(
            nearest(note.time / quarter),
            Pitch(note.pitch),
            nearest(note.duration / quarter) or SIXTEENTH,
        )
        for note in track.notes
    ]
    return sorted(note for note in notes if beats[0] <= note.tick / TICKS < beats[1])


def voicings_of(notes: Iterable[Struck]) -> list[Voicing]:
    """What is struck at once, where that is a chord."""
    together = [list(group) for _, group in groupby(notes, key=attrgetter("tick"))]
    chords = [each for each in together if len(each) >= _FEWEST]
    return [Voicing(each[0].tick, *_heard([note.pitch for note in each])) for each in chords]


def _heard(pitches: Sequence[int]) -> tuple[frozenset[int], frozenset[int]]:
    """The tones of a chord and its scale: of all major ones, or Dorian ones, the one with most.

    Major is a chord with a major triad in it; of scales that fit as well, that on the bass.
    """
    tones = frozenset(pitch % OCTAVE for pitch in pitches)
    major = any({(root + step) % OCTAVE for step in _TRIAD} <= tones for root in tones)
    bass = min(pitches) % OCTAVE
    scales = [
        frozenset((tonic + bass + step) % OCTAVE for step in (_MAJOR if major else _DORIAN))
        for tonic in range(OCTAVE)
    ]
    return tones, max(scales, key=lambda scale: len(scale & tones))


def values_of(melody: Sequence[Struck], voicings: Sequence[Voicing]) -> list[Value]:
    """The value of each note over the chord that sounds when it begins.

    That is the last one in its bar, before the first one of a bar that one. A bar without a chord
    goes on with the chord before it.
    """
    values: list[Value] = []
    before: Struck | None = None
    for note in melody:
        chord = _sounding(voicings, note.tick)
        follows = before is not None and before.tick // _BAR == note.tick // _BAR
        interval = note.pitch - before.pitch if before and follows else None
        kind = kind_of(note.pitch, chord)
        assert kind is not None  # noqa: S101 - a voicing is a chord that is known
        values.append(Value(kind, note.ticks, interval))
        before = note
    return values


def _sounding(voicings: Sequence[Voicing], tick: int) -> Voicing:
    bar = tick // _BAR
    there = [each for each in voicings if each.tick // _BAR == bar]
    before = [each for each in (there or voicings) if each.tick <= tick]
    return before[-1] if before else (there or voicings)[0]
