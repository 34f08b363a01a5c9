"""What of a line belongs to its chords, on strong beats."""

from improvd.bench.chordtones import Shares, shares
from improvd.core.chord import Chord
from improvd.core.harmony import Harmony
from improvd.core.note import Note
from improvd.core.units import Beats, Pitch, Velocity

TWO_FIVE = Harmony(((0.0, Chord(2, "m7")), (4.0, Chord(7, "7"))), Beats(8.0))


def line(*played):
    return [Note(Beats(at), Beats(0.4), Pitch(pitch), Velocity(80)) for at, pitch in played]


def test_chord_tones_and_those_of_the_scale_are_told_apart():
    played = line((0.0, 65), (2.0, 64), (4.0, 71), (6.0, 68))  # F and E over Dm7, B and G# over G7
    assert shares(played, TWO_FIVE) == Shares(0.5, 0.75, 4)


def test_only_onsets_near_the_first_and_third_beat_count():
    played = line((0.03, 65), (0.5, 61), (1.0, 61), (3.0, 61), (3.98, 71))
    assert shares(played, TWO_FIVE) == Shares(1.0, 1.0, 2)


def test_a_chord_goes_round_with_its_harmony():
    assert shares(line((8.0, 62), (12.0, 65)), TWO_FIVE) == Shares(1.0, 1.0, 2)


def test_where_no_chord_is_known_nothing_counts():
    assert shares(line((0.0, 60)), Harmony(((0.0, None),))) == Shares(0.0, 0.0, 0)
    assert shares([], TWO_FIVE).onsets == 0
