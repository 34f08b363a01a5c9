"""The tempo of a phrase, whoever plays it and whenever it begins."""

from itertools import accumulate, product
from random import Random

import pytest

from improvd.bench.tunes import TUNES, on_the_true_grid, played
from improvd.listen.tempo import HIGHEST, LOWEST, STEADY, estimate, same_grid

BPMS = [60, 83, 127, 180]


@pytest.mark.parametrize("bpm", BPMS)
@pytest.mark.parametrize("tune", TUNES)
def test_a_steady_phrase_of_any_length_is_counted_on_its_own_grid(tune, bpm):
    for notes in (16, 50, 100, 400):
        assert on_the_true_grid(played(tune, notes, bpm), bpm, 120.0) > 0.99, notes


@pytest.mark.parametrize(
    ("bpm", "unsteady"), [*product(BPMS, [0.005, 0.010]), (60, 0.015), (83, 0.015), (127, 0.015)]
)
def test_a_human_phrase_is_counted_on_its_own_grid(bpm, unsteady):
    shares = [
        on_the_true_grid(played(tune, notes, bpm, unsteady, seed), bpm, 120.0)
        for tune in TUNES
        for notes in (8, 16, 40, 100, 250)
        for seed in range(3)
    ]
    assert sum(shares) / len(shares) > 0.93


def test_a_long_phrase_ends_on_the_grid_it_began_on():
    onsets = played("Ode to Joy", 256, 83.0, unsteady=0.010)  # 64 bars
    drift = (onsets[-1] - onsets[0]) * abs(estimate(onsets, 120.0).bpm - 83.0) / 15
    assert drift < 0.25


def test_sixteenths_of_a_fast_tempo_do_not_hide_it():
    found = estimate(played("a strathspey", 60, 180.0, unsteady=0.005), 120.0)
    assert found.bpm == pytest.approx(90.0, rel=0.002)


def test_under_five_onsets_the_prior_stands_however_it_is():
    assert estimate([0.0, 0.5, 1.0, 1.5], 200.0) == (200.0, 0.0)
    assert estimate([], 66.0) == (66.0, 0.0)
    chord_by_chord = [beat * 0.5 + finger * 0.01 for beat in range(4) for finger in range(3)]
    assert estimate(chord_by_chord, 66.0).bpm == 66.0


def test_chords_are_one_onset_each():
    chords = [beat * 60 / 83 + finger * 0.008 for beat in range(16) for finger in range(3)]
    assert estimate(chords, 120.0).bpm == pytest.approx(83.0, rel=0.001)


def test_between_two_octaves_the_prior_decides():
    pulses = [beat * 60 / 144 for beat in range(24)]
    assert estimate(pulses, 72.0).bpm == pytest.approx(72.0, rel=0.001)
    assert estimate(pulses, 144.0).bpm == pytest.approx(144.0, rel=0.001)


def test_confidence_is_high_in_time_and_low_out_of_time():
    rng = Random(1)
    aimless = list(accumulate(rng.expovariate(3.0) + 0.05 for _ in range(60)))
    assert estimate(aimless, 120.0).confidence < 0.5
    assert estimate(played("Ode to Joy", 60, 90.0, unsteady=0.010), 120.0).confidence > 0.8


def test_a_steady_hand_is_trusted_and_an_aimless_one_is_not():
    phrases = product(TUNES, (12, 24, 60), (60, 83, 127), range(3))
    steady = [estimate(played(*who, 0.010, seed), 120.0) for *who, seed in phrases]
    assert sum(each.confidence >= STEADY for each in steady) > 0.97 * len(steady)
    walks = (Random(seed) for seed in range(50))
    aimless = [
        estimate(list(accumulate(rng.uniform(0.1, 1.0) for _ in range(24))), 120.0) for rng in walks
    ]
    assert sum(each.confidence < STEADY for each in aimless) > 0.9 * len(aimless)


def test_who_speeds_up_is_not_on_the_grid_by_the_end():
    faster = list(accumulate(60 / (80 + beat) for beat in range(40)))
    assert estimate(faster, 120.0).confidence < STEADY


def test_a_grid_that_fits_is_not_trusted_where_another_is_as_likely():
    limping = list(
        accumulate([0.5, 0.625, 0.625] * 5, initial=0.0)
    )  # all of them on eighths of a second
    assert estimate(limping, 120.0).bpm == pytest.approx(120.0)
    assert estimate(limping, 120.0).confidence < STEADY


def test_whatever_is_played_the_estimate_lies_in_its_octave():
    for seed in range(50):
        rng = Random(seed)
        onsets = list(accumulate(rng.choice([0.001, 0.04, 0.3, 7.0, 60.0]) for _ in range(30)))
        assert LOWEST <= estimate(onsets, 120.0).bpm <= HIGHEST


def test_tempos_are_one_grid_while_they_stay_together():
    assert same_grid(120.0, 120.1, span=10.0)
    assert not same_grid(120.0, 120.1, span=60.0)
