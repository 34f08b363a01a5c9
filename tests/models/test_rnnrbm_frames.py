"""A frame of a piano roll is an int, and comes back from the vector that the network hears."""

import numpy as np
import pytest

from improvd.models.rnnrbm.configuration import CONFIGURATIONS, FAITHFUL, KEYS, LIVE
from improvd.models.rnnrbm.frames import frames, step, steps, vector


@pytest.fixture(params=CONFIGURATIONS.values(), ids=lambda each: each.name)
def configuration(request):
    return request.param


def test_each_key_has_its_unit_and_its_strike_another():
    middle_c = 60 - LIVE.lowest
    assert np.flatnonzero(vector(FAITHFUL, 1 << middle_c)).tolist() == [39]
    assert np.flatnonzero(vector(LIVE, 1 << middle_c)).tolist() == [39]
    struck = vector(LIVE, 1 << middle_c | 1 << KEYS + middle_c)
    assert np.flatnonzero(struck).tolist() == [KEYS + 39]
    assert struck.dtype == np.float32


def test_what_is_struck_sounds():
    both = np.zeros(LIVE.visible)
    both[[39, KEYS + 39, KEYS + 40]] = 1
    assert step(both) == 0b11 << 39 | 0b11 << KEYS + 39


def test_silence_is_zero(configuration):
    assert not vector(configuration, 0).any()
    assert step(np.zeros(configuration.visible)) == 0


def test_any_roll_comes_back(configuration):
    roll = np.random.default_rng(1).random((50, configuration.visible)) < 0.3
    roll[:, :KEYS] &= ~roll[:, KEYS:] if configuration.strikes else True
    told = steps(roll)
    np.testing.assert_array_equal(frames(configuration, told), roll)
    assert [step(row) for row in roll] == told
    assert all(0 <= each < configuration.events for each in told)
    np.testing.assert_array_equal(vector(configuration, told[7]), roll[7])


def test_no_steps_are_an_empty_roll(configuration):
    assert frames(configuration, []).shape == (0, configuration.visible)
    assert steps(np.zeros((0, configuration.visible))) == []


def test_a_step_of_more_bits_is_refused():
    with pytest.raises(OverflowError):
        vector(FAITHFUL, 1 << KEYS)
