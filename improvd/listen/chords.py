"""Which chord sounds, from the pitches that do. Knows no key, no time and no hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final, NamedTuple

from improvd.core.chord import QUALITIES, Chord
from improvd.core.units import OCTAVE, Pitch

_FEWEST: Final = 3  # pitch classes of a chord
_FIFTH: Final = 7

# What may be added to each quality, in semitones above the root, in the order in which one is taken
# rather than another: the same four pitch classes are C6 and Am7, or Cm6 and Am7b5.
_ADDED: Final = {
    "": {2, 5, 6},
    "m": {2, 5},
    "7": {1, 2, 3, 5, 6, 8, 9},
    "maj7": {2, 6, 9},
    "m7": {2, 5, 9},
    "m7b5": {2, 5},
    "6": {2, 6},
    "m6": {2},
    "dim": set(),
    "dim7": set(),
    "mMaj7": {2, 5, 9},
    "aug": set(),
    "aug7": {2, 3, 6},
    "7sus4": {1, 2, 9},
    "sus4": {2, 9},
    "sus2": {10},
}


class _Reading(NamedTuple):
    """One way to hear a chord; the least is taken. Semitones are counted from the bass."""

    away: int  # tones beyond the quality, and one where its fifth is missing
    inverted: bool
    order: int  # of the quality, among those above
    root: int
    quality: str


def recognise(pitches: Iterable[Pitch]) -> Chord | None:
    """The chord of all pitches that sound, None where they are none that is known.

    The root is among them, and at least three pitch classes are. Where a chord has four tones its
    perfect fifth may be missing. What is added beyond the seventh is left out. Of several chords
    that it may be it is the one with the fewest tones left out; then the one whose root is the
    bass: C E G A is C6, A C E G is Am7, and the bass alone tells the root of C E G# and of
    C Eb Gb A; then a seventh chord rather than a sixth chord, sus4 rather than sus2.
    """
    every = set(pitches)
    bass = min(every, default=0)
    found = _over_bass(frozenset((pitch - bass) % OCTAVE for pitch in every))
    return Chord((bass + found.root) % OCTAVE, found.quality) if found else None


@cache
def _over_bass(tones: frozenset[int]) -> _Reading | None:
    """The same in semitones above the bass: there are 2048 sets of them."""
    return min(_readings(tones), default=None) if len(tones) >= _FEWEST else None


def _readings(tones: frozenset[int]) -> Iterator[_Reading]:
    for root in tones:
        above = {(tone - root) % OCTAVE for tone in tones}
        for order, (name, added) in enumerate(_ADDED.items()):
            own = set(QUALITIES[name].tones)
            missing, more = own - above, above - own
            shell = missing == {_FIFTH} and len(own) > _FEWEST
            if (shell or not missing) and more <= added:
                yield _Reading(len(missing) + len(more), root != 0, order, root, name)
