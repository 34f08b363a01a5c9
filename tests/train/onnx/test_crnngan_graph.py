"""The step graph of a C-RNN-GAN's generator beside its equations, with the same noise."""

import numpy as np
import pytest
from gan import Equations, gan_model, random_weights, struck

from improvd.engine.session import Session
from improvd.models.crnngan.configuration import NOISE, NUMBERS


class Given:
    """Dice that fall as they are told to."""

    def __init__(self, noise):
        self._noise = noise

    def random(self, dtype, out):
        out[:] = self._noise.astype(dtype)


@pytest.mark.parametrize("sizes", [(12, 7), (128, 128), (9,)], ids=str)
def test_each_step_says_what_the_equations_say(tmp_path, sizes):
    equations = Equations(random_weights(sizes))
    session = Session.load(gan_model(tmp_path / "a.onnx", sizes=sizes))
    random = np.random.default_rng(1)
    for _ in range(10):
        tone, noise = random.uniform(-1, 1, NUMBERS), random.random(NOISE)
        session.cast(Given(noise))
        said = session.step(tone)["logits"][0]
        np.testing.assert_allclose(said, equations.step(tone, noise), atol=1e-4, rtol=1e-4)


def test_a_key_of_the_class_that_is_drawn_is_struck(tmp_path):
    weights = random_weights(heard=10, said=16)
    equations = Equations(weights)
    session = Session.load(gan_model(tmp_path / "a.onnx", "styled", ("bach", "pop")))
    random, keys = np.random.default_rng(1), set()
    for _ in range(50):
        tone, noise = random.uniform(-1, 1, 10), random.random(NOISE + 12)
        session.cast(Given(noise))
        said = session.step(tone)["logits"][0]
        expected = struck(equations.step(tone, noise), noise)
        np.testing.assert_allclose(said, expected, atol=1e-4, rtol=1e-4)
        keys.add(float(said[1]))
    assert len(keys) > 10


def test_each_half_of_the_states_is_that_of_its_own_lstm(tmp_path):
    session = Session.load(gan_model(tmp_path / "a.onnx", sizes=(12, 7)))
    assert [state.shape for state in session.snapshot()] == [(1, 12), (1, 12), (1, 7), (1, 7)]
    assert session.draws


def test_streams_side_by_side_draw_each_for_themselves(tmp_path):
    three = Session.load(gan_model(tmp_path / "a.onnx"), batch=3)
    three.cast(np.random.default_rng(1))
    said = three.step(np.zeros(NUMBERS))["logits"]
    assert not np.array_equal(said[0], said[1])
    assert not np.array_equal(said[1], said[2])


def test_a_model_file_gives_its_weights_back(tmp_path):
    from improvd.train.onnx.start import read_weights  # noqa: PLC0415 - takes a while to import

    weights = random_weights((12, 7))
    path = gan_model(tmp_path / "a.onnx", sizes=(12, 7))
    fresh = [np.zeros_like(each) for each in weights]
    for one, other in zip(read_weights(path, fresh), weights, strict=True):
        np.testing.assert_array_equal(one, other)
