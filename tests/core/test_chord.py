"""Chord symbols as they are written in fake books, and what they mean."""

import pytest

from improvd.core.chord import NAMES, QUALITIES, Chord, ChordError, parse

SPELT = {
    "C": "C Cmaj CM Cma Cmajor",
    "Cm": "Cm Cmin Cmi C-",
    "Cdim": "Cdim Co C° Cmb5 Cm(b5)",
    "Caug": "Caug C+ C(#5)",
    "Csus2": "Csus2",
    "Csus4": "Csus Csus4",
    "C6": "C6 Cmaj6 CM6",
    "Cm6": "Cm6 Cmin6 C-6",
    "C7": "C7 Cdom7",
    "Cmaj7": "Cmaj7 CM7 Cma7 CΔ CΔ7 C^ C^7 Cj7 CMaj7",
    "Cm7": "Cm7 Cmin7 Cmi7 C-7",
    "Cm7b5": "Cm7b5 Cm7(b5) C-7b5 Cmin7♭5 Cø Cø7 Ch7",
    "Cdim7": "Cdim7 Co7 C°7",
    "CmMaj7": "CmMaj7 Cm(maj7) CmM7 C-Δ Cminmaj7 C-^7",
    "Caug7": "Caug7 C+7 C7#5 C7(#5) C7+5",
    "C7sus4": "C7sus4 C7sus Csus7 C7(sus4)",
}
REDUCED = {
    "C": "C2 Cadd9 Cadd2 C(add9) C5 C/E C/G Cno3",
    "Cm": "Cmadd9 Cm(add11) Cm/Eb",
    "Csus4": "Csus4(add9) C4add2",
    "C6": "C6/9 C69 C6(9) C6/9/E",
    "Cm6": "Cm6/9 Cm69",
    "C7": "C9 C11 C13 C7b9 C7#9 C7(#11) C7b13 C7(b9,#11) C13#11 C9/E C7b5 C7-9 C7+9",
    "Cmaj7": "Cmaj9 CM9 CΔ9 Cmaj13 Cmaj7#11 Cmaj7(9) Cmaj7/B Cmaj7b5",
    "Cm7": "Cm9 Cm11 C-9 Cm13 Cm7(11) Cm7/Bb Cm7#5",
    "Cm7b5": "Cm9b5 Cø9 Cm11b5 Cm7b5/Gb",
    "Caug7": "C9#5 C+9 C7#5#9 C7alt Calt",
    "C7sus4": "C9sus4 C13sus C7sus4(b9)",
    "CmMaj7": "Cm(maj9) CmM9",
    "Caug": "Cmaj7#5",
    "Cdim": "Cdim(maj7)",
    "Csus2": "C7sus2",
}


@pytest.mark.parametrize(
    ("spelling", "symbol"), [(each, name) for name, all_ in SPELT.items() for each in all_.split()]
)
def test_a_chord_may_be_spelt_in_many_ways(spelling: str, symbol: str):
    chord, reduced = parse(spelling)
    assert (chord.symbol, reduced) == (symbol, False)


@pytest.mark.parametrize(
    ("spelling", "symbol"),
    [(each, name) for name, all_ in REDUCED.items() for each in all_.split()],
)
def test_what_is_beyond_the_qualities_is_reduced_and_said_to_be(spelling: str, symbol: str):
    chord, reduced = parse(spelling)
    assert (chord.symbol, reduced) == (symbol, True)


@pytest.mark.parametrize("quality", QUALITIES)
def test_every_quality_is_read_on_every_root_in_each_of_its_spellings(quality: str):
    for root, name in enumerate(NAMES):
        assert Chord(root, quality).symbol == name + quality
        for spelling in (quality, *QUALITIES[quality].spellings):
            assert parse(name + spelling) == (Chord(root, quality), False), name + spelling


def test_roots_have_sharps_and_flats():
    spelt = {"C#": 1, "Db": 1, "E♭": 3, "F♯": 6, "Cb": 11, "B#": 0, "Bbb": 9, "F##": 7}
    assert {name: parse(f"{name}m7").chord.root for name in spelt} == spelt


def test_its_tones_are_in_its_scale_and_no_two_qualities_have_the_same():
    for quality in QUALITIES.values():
        assert set(quality.tones) <= set(quality.scale) <= set(range(12))
        assert quality.tones[0] == 0
    assert len({quality.tones for quality in QUALITIES.values()}) == len(QUALITIES)


def test_tones_and_scale_are_pitch_classes():
    assert Chord(2, "m7").tones == {2, 5, 9, 0}
    assert Chord(7, "7").scale == {7, 9, 11, 0, 2, 4, 5}
    assert Chord(11, "dim").tones == {11, 2, 5}


@pytest.mark.parametrize(
    ("symbol", "place"),
    [
        ("Hm7", 0),
        ("", 0),
        ("dm7", 0),
        ("Cx", 1),
        ("Cm7x", 3),
        ("C7(b9", 2),
        ("C7(q9)", 3),
        ("C/H", 1),
    ],
)
def test_what_is_no_chord_is_told_with_its_place(symbol: str, place: int):
    with pytest.raises(ChordError) as fault:
        parse(symbol)
    assert fault.value.place == place


@pytest.mark.parametrize(("root", "quality"), [(12, ""), (-1, "m"), (0, "m9")])
def test_a_chord_is_of_the_table(root: int, quality: str):
    with pytest.raises(ValueError, match="no chord has"):
        Chord(root, quality)
