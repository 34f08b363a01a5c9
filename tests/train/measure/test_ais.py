"""Annealed importance sampling finds the sums of RBMs that are small enough to be summed up."""

from itertools import product

import numpy as np
import pytest

from improvd.train.measure.ais import Rbms, anneal, joined

VISIBLE, HIDDEN = 8, 6


def some(count, seed=0, strength=1.0):
    random = np.random.default_rng(seed)
    shapes = (VISIBLE, HIDDEN), (count, VISIBLE), (count, HIDDEN)
    return Rbms(*(random.normal(0, strength, each).astype(np.float32) for each in shapes))


def summed(rbms):
    """log Z of each RBM and how likely its units are, over all its frames."""
    every = np.array(list(product([0, 1], repeat=VISIBLE)), np.float32)
    for visible, hidden in zip(*rbms[1:], strict=True):
        one = Rbms(rbms.weights, *(np.tile(each, (len(every), 1)) for each in (visible, hidden)))
        told = one.unnormalised(every)
        log_sum = np.logaddexp.reduce(told)
        yield log_sum, np.exp(told - log_sum) @ every


def found(rbms, **effort):
    return joined(list(anneal(rbms, seed=1, **effort)))


def test_the_energy_is_that_of_all_hidden_states_together():
    (rbm,) = [some(1)]
    frame = np.float32([[1, 0, 1, 1, 0, 0, 0, 1]])
    over = [
        np.array(h) @ (rbm.hidden[0] + frame[0] @ rbm.weights)
        for h in product([0, 1], repeat=HIDDEN)
    ]
    expected = frame[0] @ rbm.visible[0] + np.logaddexp.reduce(over)
    assert rbm.unnormalised(frame) == pytest.approx([expected], rel=1e-5)


@pytest.mark.parametrize("strength", [0.3, 1.0, 2.0])
def test_the_sums_are_those_of_exact_enumeration(strength):
    rbms = some(25, strength=strength)  # more than run at once
    sums = found(rbms, chains=100, temperatures=1000)
    exact, likely = map(np.array, zip(*summed(rbms), strict=True))
    deviations = (sums.log_sum - exact) / sums.error
    assert np.abs(deviations).max() < 5
    assert 0.5 < np.sqrt(np.mean(deviations**2)) < 1.6  # the error is told as it is
    assert np.abs(np.mean(sums.log_sum - exact)) < 0.02
    assert np.abs(sums.means - likely).mean() < 0.03


def test_more_temperatures_come_closer():
    rbms = some(20, strength=2.0)
    errors = [found(rbms, chains=20, temperatures=count).error.mean() for count in (10, 100, 1000)]
    assert errors[0] > errors[1] > errors[2]


def test_without_weights_the_sum_is_exact_at_once():
    rbms = some(3)._replace(weights=np.zeros((VISIBLE, HIDDEN), np.float32))
    sums = found(rbms, chains=5, temperatures=2)
    exact, _ = zip(*summed(rbms), strict=True)
    np.testing.assert_allclose(sums.log_sum, exact, rtol=1e-6)
    np.testing.assert_allclose(sums.error, 0, atol=1e-6)


def test_threads_change_nothing_and_a_seed_repeats_it():
    rbms = some(25)
    one, other = (found(rbms, chains=5, temperatures=20, threads=count) for count in (1, 2))
    for mine, others in zip(one, other, strict=True):
        np.testing.assert_array_equal(mine, others)


def test_biases_beyond_all_measure_are_borne():
    rbms = some(2)._replace(visible=np.full((2, VISIBLE), -200, np.float32))
    sums = found(rbms, chains=5, temperatures=20)
    assert np.isfinite(sums.log_sum).all()
    assert sums.means.max() < 1e-6
    steep = some(2)._replace(weights=np.full((VISIBLE, HIDDEN), 60, np.float32))
    sums = found(steep, chains=50, temperatures=1000)
    exact, _ = zip(*summed(steep), strict=True)
    np.testing.assert_allclose(sums.log_sum, exact, rtol=0.01)
