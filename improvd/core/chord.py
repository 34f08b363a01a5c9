"""Chords: the qualities there are, and what their symbols mean. Knows no key, no time, no keyboard.

A symbol is a root, a quality, and what is added: F#m7, Bbmaj9, C7(b9,#11)/G. There are more symbols
than qualities: what is added beyond the seventh, and the bass, is left out; the chord is *reduced*.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final, NamedTuple

from improvd.core.units import OCTAVE


class Quality(NamedTuple):
    """A kind of chord: semitones above the root, and how its symbol may be spelt."""

    tones: tuple[int, ...]
    scale: tuple[int, ...]
    spellings: tuple[str, ...]


_MAJOR: Final = (0, 2, 4, 5, 7, 9, 11)
_MIXOLYDIAN: Final = (0, 2, 4, 5, 7, 9, 10)
_DORIAN: Final = (0, 2, 3, 5, 7, 9, 10)
_LOCRIAN: Final = (0, 1, 3, 5, 6, 8, 10)
_MELODIC: Final = (0, 2, 3, 5, 7, 9, 11)  # melodic minor as it goes up
_DIMINISHED: Final = (0, 2, 3, 5, 6, 8, 9, 11)  # tone, semitone, and so on
_WHOLE_TONE: Final = (0, 2, 4, 6, 8, 10)

_MAJ: Final = ("maj", "Maj", "MAJ", "M", "ma", "Ma", "major")
_MIN: Final = ("m", "min", "Min", "mi", "Mi", "-", "minor")
_MAJ7: Final = (*(f"{word}7" for word in _MAJ), "Δ7", "Δ", "△7", "△", "^7", "^", "j7")
_DIM: Final = ("dim", "o", "°", "º")
_HALF: Final = ("ø7", "ø", "Ø7", "Ø", "h7", "h")
_FLAT5: Final = ("b5", "♭5", "-5")
_SHARP5: Final = ("#5", "♯5", "+5")

# The scale that is usually played over each quality: J. Aebersold, "The Scale Syllabus" (in "How to
# Play Jazz and Improvise", 1992), the first that he names for each, and for what he leaves out that
# of the seventh chord of the same kind.
QUALITIES: Final[Mapping[str, Quality]] = {
    "": Quality((0, 4, 7), _MAJOR, ("", *_MAJ)),
    "m": Quality((0, 3, 7), _DORIAN, _MIN),
    "dim": Quality((0, 3, 6), _DIMINISHED, (*_DIM, *(f"{m}{b}" for m in _MIN for b in _FLAT5))),
    "aug": Quality((0, 4, 8), _WHOLE_TONE, ("aug", "+", "+5")),
    "sus2": Quality((0, 2, 7), _MIXOLYDIAN, ("sus2",)),
    "sus4": Quality((0, 5, 7), _MIXOLYDIAN, ("sus4", "sus", "4")),
    "6": Quality((0, 4, 7, 9), _MAJOR, ("6", *(f"{word}6" for word in _MAJ))),
    "m6": Quality((0, 3, 7, 9), _MELODIC, tuple(f"{word}6" for word in _MIN)),
    "7": Quality((0, 4, 7, 10), _MIXOLYDIAN, ("7", "dom7")),
    "maj7": Quality((0, 4, 7, 11), _MAJOR, _MAJ7),
    "m7": Quality((0, 3, 7, 10), _DORIAN, tuple(f"{word}7" for word in _MIN)),
    "m7b5": Quality((0, 3, 6, 10), _LOCRIAN, (*(f"{m}7{b}" for m in _MIN for b in _FLAT5), *_HALF)),
    "dim7": Quality((0, 3, 6, 9), _DIMINISHED, tuple(f"{word}7" for word in _DIM)),
    "mMaj7": Quality((0, 3, 7, 11), _MELODIC, tuple(f"{m}{j}" for m in _MIN for j in _MAJ7)),
    "aug7": Quality(
        (0, 4, 8, 10), _WHOLE_TONE, ("aug7", "+7", "7aug", *(f"7{s}" for s in _SHARP5))
    ),
    "7sus4": Quality((0, 5, 7, 10), _MIXOLYDIAN, ("7sus4", "sus7")),
}

NAMES: Final = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")  # of pitch classes
_LETTERS: Final = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_ACCIDENTALS: Final = {"#": 1, "♯": 1, "b": -1, "♭": -1}


@dataclass(frozen=True, slots=True)
class Chord:
    """A root, as a pitch class (0 = C ... 11 = B), and a key of QUALITIES.

    Raises ValueError for others.
    """

    root: int
    quality: str

    def __post_init__(self) -> None:
        if self.root not in range(OCTAVE) or self.quality not in QUALITIES:
            raise ValueError(f"no chord has the root {self.root} and the quality {self.quality!r}")

    @property
    def tones(self) -> frozenset[int]:
        """The pitch classes of its tones."""
        return _above(self.root, QUALITIES[self.quality].tones)

    @property
    def scale(self) -> frozenset[int]:
        """The pitch classes of the scale that is played over it; its tones are among them."""
        return _above(self.root, QUALITIES[self.quality].scale)

    @property
    def symbol(self) -> str:
        """As it is written: Dm7."""
        return NAMES[self.root] + self.quality


class Parsed(NamedTuple):
    """The chord that a symbol means; was something of the symbol left out?"""

    chord: Chord
    reduced: bool


class ChordError(ValueError):
    """What is no chord symbol; `place` is the letter, from 0, from which on it is none."""

    def __init__(self, place: int, fault: str) -> None:
        super().__init__(fault)
        self.place = place


# What may follow a quality and changes it: the intervals that give way, and the one that comes.
_CHANGES: Final = {
    r"sus2": ({3, 4}, 2),
    r"sus4?": ({3, 4}, 5),
    r"[b♭-]5": ({7, 8}, 6),
    r"[#♯+]5|aug|\+(?!\d)": ({6, 7}, 8),
    r"(?:[Mm]aj|MAJ|[Mm]a|M|j)7|[Δ△^]7?": ({9, 10}, 11),
}
# What may follow it and is left out.
_LEFT_OUT: Final = r"(?:add)?[b♭#♯+-]?(?:11|13|9|6|4|2)|add[b♭#♯]?5|/(?:9|6)|(?:no|omit)[135]|5|alt"
_FOLLOWING: Final = re.compile(
    "|".join(f"(?P<c{n}>{change})" for n, change in enumerate(_CHANGES)) + f"|{_LEFT_OUT}"
)
_CHANGE: Final = {f"c{n}": change for n, change in enumerate(_CHANGES.values())}
_ROOT: Final = re.compile(r"[A-G](?:[#♯]{1,2}|[b♭]{1,2})?")
_BASS: Final = re.compile(r"/([A-G][#♯b♭]?)$")

# Every spelling, the quality that it means, and whether it says more than that.
_SPELLINGS: Final = {
    "alt": ("aug7", True),
    "7alt": ("aug7", True),
    **{
        spelling.replace("7", tone): (name, tone != "7")
        for name, quality in QUALITIES.items()
        for spelling in quality.spellings
        for tone in ("9", "11", "13", "7")
    },
}
_NAMED: Final = {frozenset(quality.tones): name for name, quality in QUALITIES.items()}


def parse(symbol: str) -> Parsed:
    """The chord of a symbol such as Dm7, C#maj9 or G7(b9)/B. Raises ChordError."""
    root = _ROOT.match(symbol)
    if root is None:
        raise ChordError(0, "a chord begins with A..G")
    if symbol.count("(") != symbol.count(")"):
        place = min(at for at in map(symbol.find, "()") if at >= 0)
        raise ChordError(place, "one bracket lacks the other")
    bass = _BASS.search(symbol, root.end())
    end = bass.start() if bass else len(symbol)
    places = [place for place in range(root.end(), end) if symbol[place] not in "(),"]
    kind, reduced = _quality("".join(symbol[place] for place in places), places)
    pitch_class = _pitch_class(root[0])
    other_bass = bass is not None and _pitch_class(bass[1]) != pitch_class
    return Parsed(Chord(pitch_class, kind), reduced or other_bass)


def _pitch_class(name: str) -> int:
    """That of a letter and its accidentals."""
    return (_LETTERS[name[0]] + sum(_ACCIDENTALS[sign] for sign in name[1:])) % OCTAVE


def _quality(text: str, places: list[int]) -> tuple[str, bool]:
    """The quality that is meant by what follows a root; is it less than the text says?

    The longest spelling that leaves something that can follow is taken. `places` are those of the
    letters in the symbol. Raises ChordError.
    """
    farthest = 0
    for cut in range(len(text), -1, -1):
        if text[:cut] in _SPELLINGS:
            following, end = _follow(text, cut)
            if end == len(text):
                return _changed(*_SPELLINGS[text[:cut]], following)
            farthest = max(farthest, end)
    raise ChordError(places[farthest], f"{text[farthest:]!r} is no part of a chord symbol")


def _follow(text: str, place: int) -> tuple[list[str], int]:
    """What follows a quality from `place` on, by the names of its groups, and where that ends."""
    found = []
    while match := _FOLLOWING.match(text, place):
        found.append(match.lastgroup or "")
        place = match.end()
    return found, place


def _changed(name: str, reduced: bool, following: list[str]) -> tuple[str, bool]:  # noqa: FBT001
    """The quality that becomes of one; where there is none, the largest that is in it."""
    tones = set(QUALITIES[name].tones)
    for gone, new in (_CHANGE[each] for each in following if each):
        tones = tones - gone | {new}
    exact = _NAMED.get(frozenset(tones))
    if exact is not None:
        return exact, reduced or "" in following
    return max((_NAMED[part] for part in _NAMED if part <= tones), key=_size, default=name), True


def _size(name: str) -> int:
    return len(QUALITIES[name].tones)


@cache
def _above(root: int, steps: tuple[int, ...]) -> frozenset[int]:
    return frozenset((root + step) % OCTAVE for step in steps)
