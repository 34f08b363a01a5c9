"""Musical values <-> notes over a chord. Pure; knows no model, no clock and no file.

A value is what a note is to its chord, how long it is, and how far it is from the note before:
"C,3,-5" is a chord tone of three ticks (twelfths of a beat), about five semitones lower. The first
note of a bar has no distance, and a rest neither distance nor pitch: "S,6", "R,3".
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from enum import StrEnum
from typing import NamedTuple, Protocol, Self

from improvd.core.units import OCTAVE, Pitch
from improvd.models.jazz.configuration import HIGHEST, LOWEST

LONGEST = 1200  # ticks that a value may last
_MIDDLE = Pitch(67)  # near which a line begins
_AGAIN = 4  # semitones: a pitch that is said again is as good as one so much farther


class Kind(StrEnum):
    """What a note is to the chord that it begins over."""

    CHORD = "C"
    SCALE = "S"
    APPROACH = "A"  # a semitone beside a tone of the chord
    OTHER = "X"
    REST = "R"  # no note


class Sounding(Protocol):
    """A chord, as far as kinds can tell: `core.chord.Chord`, or what was heard of one."""

    @property
    def tones(self) -> AbstractSet[int]:
        """Its pitch classes."""
        ...

    @property
    def scale(self) -> AbstractSet[int]:
        """Those of the scale that is played over it."""
        ...


class Value(NamedTuple):
    """A note or a rest; the order is that of the numbers of a vocabulary."""

    kind: Kind
    ticks: int  # twelfths of a beat
    interval: int | None = None  # semitones from the note before; None: the first of its bar

    @classmethod
    def parse(cls, text: str) -> Self:
        """What `str` wrote. Raises ValueError."""
        kind, ticks, *interval = text.split(",")
        found = cls(Kind(kind), int(ticks), *map(int, interval))
        if str(found) != text or not 0 < found.ticks <= LONGEST:
            raise ValueError(f"{text!r:.40} is no musical value")
        return found

    def __str__(self) -> str:
        return ",".join(str(part) for part in self if part is not None)

    @property
    def begins(self) -> bool:
        """Does a note begin with it?"""
        return self.kind is not Kind.REST


def kind_of(pitch: int, chord: Sounding | None) -> Kind | None:
    """What a pitch is to a chord; None where no chord is known."""
    if chord is None:
        return None
    name = pitch % OCTAVE
    if name in chord.tones:
        return Kind.CHORD
    if name in chord.scale:
        return Kind.SCALE
    beside = {(name + way) % OCTAVE for way in (-1, 1)}
    return Kind.APPROACH if beside & chord.tones else Kind.OTHER


def pitch_of(
    value: Value,
    chord: Sounding | None,
    before: Pitch | None,
    classes: AbstractSet[int] | None = None,
    register: tuple[int, int] = (LOWEST, HIGHEST),
) -> Pitch:
    """The pitch of a value that is a note, over that chord, after the pitch `before`.

    Of the pitches of its kind it is the nearest to where its distance leads, and where it has one,
    not the pitch before while another is near. `classes` are the only ones
    that will do, where there are such; the register is preferred. Where no pitch is of its kind,
    as no approach is over some scales, any that is near will do.
    """
    near = _MIDDLE if before is None else before
    aim = near + (value.interval or 0)
    low, high = register

    def cost(pitch: int) -> tuple[float, ...]:
        return (
            classes is not None and pitch % OCTAVE not in classes,
            kind_of(pitch, chord) not in {value.kind, None},
            max(low - pitch, pitch - high, 0),
            abs(pitch - aim) + (_AGAIN if value.interval and pitch == before else 0),
        )

    return Pitch(min(range(LOWEST, HIGHEST + 1), key=cost))
