"""The four statistics, on music that is small enough to count by hand."""

import numpy as np
import pytest

from improvd.core.note import Note
from improvd.core.units import Beats, Pitch, Velocity
from improvd.train.measure.statistics import (
    STATISTICS,
    measured,
    parts,
    polyphony,
    repetitions,
    scale_consistency,
    tone_span,
    tones,
)

TICK = Beats(0.25)


def music(*played):
    """A piece of (beat, pitch) each."""
    return tones(
        [Note(Beats(at), Beats(1.0), Pitch(pitch), Velocity(80)) for at, pitch in played], TICK
    )


def line(*pitches):
    return music(*((at, pitch) for at, pitch in enumerate(pitches)))


def test_tones_come_by_onset_and_those_of_a_chord_from_the_lowest_up():
    piece = music((1, 67), (0, 72), (1, 60), (1, 64))
    assert piece.tolist() == [[0, 72], [4, 60], [4, 64], [4, 67]]


def test_of_three_moments_one_with_a_chord_is_a_third():
    assert polyphony(music((0, 60), (1, 60), (1, 64), (1, 67), (2, 60))) == pytest.approx(1 / 3)
    assert polyphony(line(60, 62, 64)) == 0.0


def test_what_begins_in_the_same_tick_is_together_and_a_tick_later_is_not():
    assert polyphony(music((0, 60), (0.1, 64))) == 1.0
    assert polyphony(music((0, 60), (0.25, 64))) == 0.0


def test_a_tone_is_no_chord_because_it_still_sounds():
    held = Note(Beats(0), Beats(8), Pitch(48), Velocity(80))
    later = Note(Beats(1), Beats(1), Pitch(60), Velocity(80))
    assert polyphony(tones([held, later], TICK)) == 0.0


def test_the_best_scale_counts_whatever_its_key():
    d_major = (62, 64, 66, 67, 69, 71, 73)
    assert scale_consistency(line(*d_major)) == 1.0
    assert scale_consistency(line(*d_major, 63)) == pytest.approx(7 / 8)
    a_harmonic_minor = (57, 59, 60, 62, 64, 65, 68)
    assert scale_consistency(line(*a_harmonic_minor)) == 1.0
    assert scale_consistency(line(*range(60, 72))) == pytest.approx(7 / 12)


def test_three_tones_that_come_again_are_a_repetition_whatever_their_rhythm():
    assert repetitions(line(60, 62, 64, 65, 60, 62, 64)) == 1
    again = music((0, 60), (1, 62), (2, 64), (2.5, 65), (7, 60), (7.25, 62), (9, 64))
    assert repetitions(again) == 1
    assert repetitions(line(60, 62, 64, 65, 62, 60, 64)) == 0
    assert repetitions(line(60, 62, 64, 65, 67, 69, 71)) == 0


def test_tuples_that_share_a_tone_are_no_repetition_and_each_pair_counts():
    assert repetitions(line(60, 60, 60, 60, 60)) == 0
    assert repetitions(line(60, 60, 60, 60, 60, 60)) == 1
    assert repetitions(line(*(60, 62, 64) * 3)) == 3 + 1 + 1, "60 three times, 62 and 64 twice"


def test_the_span_is_from_the_lowest_to_the_highest():
    assert tone_span(line(60, 48, 73)) == 25


def test_a_piece_without_tones_has_zeros():
    assert measured([music()]).tolist() == [[0.0] * len(STATISTICS)]


def test_a_piece_is_cut_into_parts_of_equal_length():
    assert [each[:, 1].tolist() for each in parts(line(1, 2, 3, 4, 5), 2)] == [[1, 2], [3, 4]]
    assert parts(line(1, 2, 3), 4) == []


def test_pieces_are_measured_one_in_a_row():
    found = measured([line(60, 62, 64), music((0, 60), (0, 67))])
    np.testing.assert_array_equal(found, [[0, 1, 0, 4], [1, 1, 0, 7]])
