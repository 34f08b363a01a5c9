"""Every quality on every root in every inversion, and what players make of them."""

from collections import Counter

import pytest

from improvd.core.chord import NAMES, QUALITIES, Chord, parse
from improvd.core.units import Pitch
from improvd.listen.chords import recognise

# The same pitch classes as another chord: what they are called where neither root is the bass.
OTHERS = {"6": (9, "m7"), "m6": (9, "m7b5"), "sus2": (7, "sus4")}
# The same pitch classes on other roots: the bass is the root.
EVEN = ("aug", "dim7")
ON_THEIR_ROOT = {"m7": (3, "6"), "m7b5": (3, "m6"), "sus4": (5, "sus2")}


def voiced(chord: Chord, inversion: int) -> list[Pitch]:
    """Its tones in close position from about C3 on, so many of them an octave higher."""
    tones = [48 + chord.root + step for step in QUALITIES[chord.quality].tones]
    return [Pitch(tone + 12 * (place < inversion)) for place, tone in enumerate(tones)]


def heard(*pitches: int) -> str | None:
    chord = recognise(map(Pitch, pitches))
    return chord.symbol if chord else None


def meant(chord: Chord, inversion: int) -> Chord:
    """What the documented rules call it."""
    bass = QUALITIES[chord.quality].tones[inversion]
    if chord.quality in EVEN:
        return Chord((chord.root + bass) % 12, chord.quality)
    step, other = OTHERS.get(chord.quality, (None, ""))
    if step is not None and inversion:
        return Chord((chord.root + step) % 12, other)
    step, other = ON_THEIR_ROOT.get(chord.quality, (None, ""))
    if bass == step:
        return Chord((chord.root + step) % 12, other)
    return chord


@pytest.mark.parametrize(
    ("quality", "inversion"),
    [
        (name, inversion)
        for name, quality in QUALITIES.items()
        for inversion in range(len(quality.tones))
    ],
)
def test_every_quality_is_recognised_in_every_inversion_and_key(quality: str, inversion: int):
    for root in range(12):
        chord = Chord(root, quality)
        assert recognise(voiced(chord, inversion)) == meant(chord, inversion), chord.symbol


def test_but_for_a_few_inversions_it_is_the_chord_itself():
    other = Counter(
        name
        for name, quality in QUALITIES.items()
        for inversion in range(len(quality.tones))
        if meant(Chord(0, name), inversion) != Chord(0, name)
    )
    sixths, evens = {"6": 3, "m6": 3, "sus2": 2}, {"aug": 2, "dim7": 3}
    assert other == sixths | evens | dict.fromkeys(ON_THEIR_ROOT, 1)


@pytest.mark.parametrize("root", range(12))
@pytest.mark.parametrize("quality", ["7", "maj7", "m7", "mMaj7"])
def test_a_shell_needs_no_fifth(quality: str, root: int):
    third, seventh = (48 + root + QUALITIES[quality].tones[place] for place in (1, 3))
    chord = Chord(root, quality)
    assert recognise([Pitch(48 + root), Pitch(third), Pitch(seventh)]) == chord
    assert recognise([Pitch(48 + root), Pitch(seventh), Pitch(third + 12)]) == chord
    assert recognise([Pitch(third), Pitch(seventh), Pitch(60 + root)]) == chord


@pytest.mark.parametrize(
    ("played", "symbol"),
    [
        ("C3 E3 G3 Bb3 D4", "C9"),
        ("E3 G3 Bb3 D4 C5", "C9"),
        ("C3 Bb3 E4 A4", "C13"),
        ("C3 Bb3 D4 E4 A4", "C13"),
        ("C3 E3 Bb3 Db4 G4", "C7b9"),
        ("C3 E3 G3 Bb3 Eb4", "C7#9"),
        ("C3 E3 G3 Bb3 F#4", "C7#11"),
        ("C3 E3 G3 Bb3 Ab4", "C7b13"),
        ("C3 E3 Bb3 Eb4 Ab4", "C7alt"),
        ("C3 E3 B3 D4", "Cmaj9"),
        ("C3 E3 G3 B3 D4 A4", "Cmaj13"),
        ("C3 E3 A3 D4 G4", "C6/9"),
        ("C3 D3 E3 G3", "Cadd9"),
        ("C3 Eb3 Bb3 D4", "Cm9"),
        ("C3 Eb3 G3 Bb3 D4 F4", "Cm11"),
        ("C3 Eb3 G3 A3 D4", "Cm6/9"),
        ("C3 Bb3 D4 F4 G4", "C9sus4"),
        ("C3 Gb3 Bb3 Eb4 F4", "Cm11b5"),
        ("C3 Eb3 B3 D4 G4", "Cm(maj9)"),
    ],
)
def test_what_is_added_is_left_out_as_it_is_of_a_symbol(played: str, symbol: str):
    steps = {"C": 0, "Db": 1, "D": 2, "Eb": 3, "E": 4, "F": 5, "F#": 6, "Gb": 6, "G": 7} | {
        "Ab": 8, "A": 9, "Bb": 10, "B": 11,
    }  # fmt: skip
    chord = parse(symbol).chord
    for up, name in enumerate(NAMES):
        pitches = [steps[note[:-1]] + 12 * (int(note[-1]) + 1) + up for note in played.split()]
        assert heard(*pitches) == name + chord.quality


def test_octaves_that_are_doubled_change_nothing():
    assert heard(36, 48, 52, 55, 60, 64, 67, 72) == "C"


@pytest.mark.parametrize(
    "pitches", [(), (48,), (48, 55), (48, 60, 72), (48, 49, 50), range(48, 60), (48, 50, 52)]
)
def test_what_is_no_chord_is_none(pitches):
    assert heard(*pitches) is None
