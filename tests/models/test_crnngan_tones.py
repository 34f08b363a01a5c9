"""Tones as four numbers: there and back, and back from anything at all."""

import math

import numpy as np
import pytest

from improvd.core.units import Bpm
from improvd.models.crnngan.configuration import (
    CONFIGURATIONS,
    FARTHEST,
    HIGHEST,
    LIVE,
    LONGEST,
    LOWEST,
    TICKS,
    Tone,
    paced,
    rest,
    rests,
    silence,
    step,
)
from improvd.models.crnngan.tones import tones, vectors


def numbers(*told):
    return vectors(LIVE, np.array(told, np.int32))


@pytest.mark.parametrize(
    "ends",
    [
        (range(FARTHEST + 1), [60], [80], [16]),
        ([0], range(LOWEST, HIGHEST + 1), [80], [16]),
        ([0], [60], range(1, 128), [16]),
        ([0], [60], [80], range(1, LONGEST + 1)),
    ],
    ids=["since", "pitch", "velocity", "length"],
)
def test_every_tone_comes_back(ends):
    known = np.array([Tone(*each) for each in np.array(np.meshgrid(*ends)).reshape(4, -1).T])
    np.testing.assert_array_equal(tones(LIVE, vectors(LIVE, known)), known)


def test_the_least_and_the_most_of_all_are_minus_one_and_one():
    shortest, longest = Tone(0, LOWEST, 0, 1), Tone(FARTHEST, HIGHEST, 127, LONGEST)
    np.testing.assert_allclose(numbers(shortest, longest), [[-1] * 4, [1] * 4], atol=1e-6)


def test_they_stand_in_the_order_of_the_paper():
    plain = numbers(Tone(32, 60, 80, 16))[0]
    longer, higher, louder, later = numbers(
        Tone(32, 60, 80, 17), Tone(32, 61, 80, 16), Tone(32, 60, 81, 16), Tone(33, 60, 80, 16)
    )
    for at, each in enumerate((longer, higher, louder, later)):
        changed = each - plain
        assert changed[at] > 0
        assert np.count_nonzero(changed) == 1


def test_an_octave_and_twice_as_long_are_the_same_way_wherever_they_begin():
    low, high = (
        numbers(Tone(0, 24, 80, 8), Tone(0, 36, 80, 16)),
        numbers(Tone(0, 84, 80, 100), Tone(0, 96, 80, 200)),
    )
    np.testing.assert_allclose(np.diff(low, axis=0), np.diff(high, axis=0), atol=1e-6)


def test_what_begins_almost_at_once_begins_together():
    together, apart = numbers(Tone(0, 60, 80, 16), Tone(1, 60, 80, 16))
    assert apart[3] - together[3] > 0.4, "chords have some room"
    nearer = together.copy()
    nearer[3] += 0.3
    assert tones(LIVE, nearer[None])[0, 0] == 0


ODD = (math.nan, math.inf, -math.inf, 1e30, -1e30, 1.0001, -1.0001, 0.0)


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("at", range(4))
def test_whatever_a_network_says_is_a_tone_that_can_be_played(odd, at):
    said = np.zeros((1, 4), np.float32)
    said[0, at] = odd
    tone = Tone(*tones(LIVE, said)[0].tolist())
    assert 0 <= tone.since <= FARTHEST
    assert LOWEST <= tone.pitch <= HIGHEST
    assert 1 <= tone.velocity <= 127
    assert 1 <= tone.length <= LONGEST


def test_random_numbers_are_tones_too():
    said = np.random.default_rng(1).normal(0, 3, (5000, 4))
    found = tones(LIVE, said)
    assert found.min(axis=0).tolist() == [0, LOWEST, 1, 1, 0]
    assert found.max(axis=0).tolist() == [FARTHEST, HIGHEST, 127, LONGEST, 0]


def test_a_rest_is_the_quietest_of_all_and_never_said():
    assert numbers(rest(8))[0, 2] == -1
    assert tones(LIVE, numbers(rest(8)))[0, 2] == 1


def test_long_rests_are_several():
    assert [each.since for each in rests(2 * FARTHEST + 3)] == [FARTHEST, FARTHEST, 3]
    assert list(rests(0)) == []
    assert silence(LIVE).since == TICKS / 2


def test_every_number_is_a_step_and_no_two_are_the_same():
    assert step(LIVE, 0) == Tone(0, LOWEST, 0, 1)
    assert step(LIVE, LIVE.events - 1) == Tone(FARTHEST, HIGHEST, 127, LONGEST)
    some = np.random.default_rng(1).integers(0, LIVE.events, 1000).tolist()
    assert len({step(LIVE, number) for number in some}) == len(set(some))


@pytest.mark.parametrize("bpm", [20, 60, 93.7, 120, 180, 400])
def test_a_tick_is_a_64th_of_a_second_at_every_tempo(bpm):
    grid = paced(LIVE, Bpm(bpm)).grid
    assert grid * 60 / bpm == pytest.approx(1 / TICKS, rel=1e-9)
    assert all(a * grid + b * grid == (a + b) * grid for a, b in [(1, 2), (999, 77), (40_000, 3)])


def test_the_faithful_one_is_as_large_as_the_papers():
    assert CONFIGURATIONS["faithful"].sizes == (350, 350)
    assert next(iter(CONFIGURATIONS)) == "live"
