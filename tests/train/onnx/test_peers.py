"""The peers of a step compute what the step computes, or a benchmark would compare nothing."""

import numpy as np
import pytest
from tiny import a_card

from improvd.engine.session import Session
from improvd.train.onnx.peers import numpy_step, random_weights, tensorflow_step, write_forms

STEPS = np.random.default_rng(1).random((30, 11), np.float32)


@pytest.fixture(scope="module")
def weights():
    dice = np.random.default_rng(2)
    return [
        each + 0.1 * dice.standard_normal(each.shape, np.float32)  # biases too are to matter
        for each in random_weights(11, (8, 6), 5)
    ]


@pytest.fixture(scope="module")
def played(weights, tmp_path_factory):
    """What each form says to the same steps."""
    forms = write_forms(weights, a_card(), tmp_path_factory.mktemp("forms"))
    sessions = {form: Session.load(path) for form, path in forms.items()}
    return {
        form: np.array([session.step(vector)["logits"][0].copy() for vector in STEPS])
        for form, session in sessions.items()
    }


@pytest.mark.parametrize(("form", "near"), [("cells", 1e-5), ("int8", 0.1)])
def test_every_form_of_the_graph_says_the_same(played, form, near):
    assert np.ptp(played["LSTM"]) > 0.1
    assert np.abs(played[form] - played["LSTM"]).max() < near


@pytest.mark.parametrize("make", [numpy_step, tensorflow_step])
def test_so_do_numpy_and_tensorflow(played, weights, make):
    step = make(weights)
    said = np.array([step(vector) for vector in STEPS])
    assert np.abs(said - played["LSTM"]).max() < 1e-5
