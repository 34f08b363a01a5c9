"""The course of the learning rate, and the mean of weights that go to and fro."""

import keras
import numpy as np
import pytest

from improvd.train.learn.optimizer import Mean, rate
from improvd.train.runs.hparams import Hparams


def test_it_falls_along_half_a_cosine_to_its_last_share():
    hparams = Hparams(learning_rate=0.01, last_rate=0.1)
    course = [rate(hparams, update, 100) for update in (0, 50, 100)]
    assert course == pytest.approx([0.01, 0.0055, 0.001])


def test_it_stays_where_nobody_knows_how_many_updates_there_will_be():
    assert rate(Hparams(learning_rate=0.01), 5000) == 0.01


def test_it_decays_with_each_update_as_in_keras_old_optimizers():
    hparams = Hparams(learning_rate=0.01, last_rate=1.0, decay=0.01)
    course = [rate(hparams, update, 200) for update in (0, 100, 200)]
    assert course == pytest.approx([0.01, 0.005, 0.01 / 3])


@pytest.mark.parametrize(("kept", "course"), [(0.0, [8.0, 0.0, 8.0]), (0.75, [2.0, 1.5, 3.125])])
def test_a_mean_follows_what_goes_to_and_fro(kept, course):
    weight = keras.Variable(np.zeros(2))
    mean, seen = Mean([weight], kept), []
    for value in (8.0, 0.0, 8.0):
        weight.assign(np.full(2, value))
        mean.follow()
        seen.append(float(mean.variables[0][1]))
    assert seen == course
