"""The step graph of an RNN-RBM beside its equations, with the same noise."""

import numpy as np
import pytest
from rbm import Equations, random_weights, rbm_model

from improvd.engine.session import Session
from improvd.models.rnnrbm.graph import GIBBS


class Given:
    """Dice that fall as they are told to."""

    def __init__(self, noise):
        self._noise = noise

    def random(self, dtype, out):
        out[:] = self._noise.astype(dtype)


@pytest.mark.parametrize("name", ["live", "faithful"])
@pytest.mark.parametrize("sizes", [(12, 7), (150, 100)], ids=str)
def test_each_step_says_what_the_equations_say(tmp_path, name, sizes):
    equations = Equations(random_weights(name, sizes))
    session = Session.load(rbm_model(tmp_path / "a.onnx", name, sizes=sizes))
    random = np.random.default_rng(1)
    visible, hidden = session.inputs, sizes[0]
    for _ in range(10):
        frame = (random.random(visible) < 0.1).astype(np.float32)
        noise = random.random(GIBBS * hidden + (GIBBS - 1) * visible)
        expected = equations.step(frame, noise)
        session.cast(Given(noise))
        said = session.step(frame)["logits"][0]
        np.testing.assert_allclose(said, expected, atol=1e-5, rtol=1e-5)
        np.testing.assert_allclose(session.snapshot()[0][0], equations.u, atol=1e-5)


def test_streams_side_by_side_draw_each_for_themselves(tmp_path):
    path = rbm_model(tmp_path / "a.onnx")
    three = Session.load(path, batch=3)
    three.cast(np.random.default_rng(1))
    said = three.step(np.zeros(three.inputs))["logits"]
    assert not np.array_equal(said[0], said[1])
    assert not np.array_equal(said[1], said[2])


def test_the_same_dice_draw_the_same_and_noise_stays_until_it_is_cast_anew(tmp_path):
    path = rbm_model(tmp_path / "a.onnx")

    def said(session, dice):
        session.reset()
        session.cast(dice)
        return session.step(np.zeros(session.inputs))["logits"].tolist()

    one, other = Session.load(path), Session.load(path)
    first = said(one, np.random.default_rng(1))
    assert said(other, np.random.default_rng(1)) == first
    assert said(other, np.random.default_rng(2)) != first
    one.reset()
    assert one.step(np.zeros(one.inputs))["logits"].tolist() == first
