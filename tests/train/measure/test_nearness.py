"""Which of two models is nearer to real music, and what may be chance."""

import numpy as np
import pytest

from improvd.train.measure.nearness import nearness


def pieces(mean, spread=1.0, count=200, seed=0):
    """Statistics of so many pieces, their mean exactly that."""
    drawn = np.random.default_rng(seed).normal(0.0, spread, (count, 1))
    return drawn - drawn.mean() + mean


def test_the_nearer_of_two_models_is_found_and_its_distance():
    (found,) = nearness(["span"], pieces(20, seed=1), [pieces(22, seed=2), pieces(15, 2.0, seed=3)])
    assert found.statistic == "span"
    assert found.real.value == pytest.approx(20)
    assert [each.value for each in found.means] == pytest.approx([22, 15])
    assert [each.value for each in found.distances] == pytest.approx([2, 5])
    assert found.nearer.value == pytest.approx(3)
    assert 2 < found.nearer.low < 3 < found.nearer.high < 4
    assert found.holds


def test_an_interval_is_that_of_a_mean():
    (found,) = nearness(["span"], pieces(20, 3.0), [pieces(22)])
    half = 1.96 * 3.0 / np.sqrt(200)
    assert found.real.low == pytest.approx(20 - half, abs=0.05)
    assert found.real.high == pytest.approx(20 + half, abs=0.05)
    assert (found.nearer, found.holds) == (None, False)


def test_what_is_nearer_by_less_than_chance_does_not_hold():
    (found,) = nearness(["span"], pieces(20, 5, seed=1), [pieces(21, 5), pieces(21.2, 5, seed=2)])
    assert found.nearer.value == pytest.approx(0.2)
    assert found.nearer.low < 0 < found.nearer.high
    assert not found.holds


def test_the_other_side_of_real_music_is_as_far():
    (found,) = nearness(["span"], pieces(20, 0.1), [pieces(23, 0.1), pieces(17, 0.1, seed=2)])
    assert found.nearer.value == pytest.approx(0.0)
    assert not found.holds


def test_equal_seeds_give_equal_intervals():
    asked = ["span"], pieces(20), [pieces(22, seed=2)]
    assert nearness(*asked) == nearness(*asked)
    assert nearness(*asked) != nearness(*asked, seed=2)
