"""A MIDI file with a solo over chords -> the solo's musical values, as deepjazz tells them.

One track has the solo, one the chords, and of a stretch of the piece each note becomes a value.
deepjazz' constants are those of its one piece, "And Then I Knew"; a file NAME.toml beside NAME.mid
says others:

    melody = "Guitar"       # the track with the solo
    chords = "Piano"        # the one with the chords
    beats = [476, 548]      # from where to where

Source: Kim, "deepjazz", 2016 (preprocess.py, grammar.py). What is different here: a chord and a
note are compared by pitch class, not by how a pitch is spelt, and distances are semitones.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any, Final, NamedTuple

import symusic

from improvd.config.read import read_tables
from improvd.core.units import OCTAVE, Pitch
from improvd.models.jazz.configuration import TICKS
from improvd.models.jazz.faithful.values import Value, kind_of
from improvd.models.jazz.rules import SIXTEENTH, nearest

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
