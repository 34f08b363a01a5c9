"""A step graph: the weights of Keras, node by node."""

import keras
import numpy as np
import pytest
from tiny import a_card

from improvd.engine.session import Session
from improvd.models.base import family
from improvd.models.melody.net import sequence_net
from improvd.models.net import AttentionCell
from improvd.train.onnx.export import STEPS, export

LENGTH, UNITS = 40, 128


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """An attention network whose weights all matter, as a file; and how far that is from Keras."""
    keras.utils.set_random_seed(3)
    network = sequence_net(family("melody").configuration("attention"))
    random = np.random.default_rng(3)
    weights = [each + random.normal(0, 0.05, each.shape) for each in network.get_weights()]
    network.set_weights(weights)
    path = tmp_path_factory.mktemp("exported") / "new.onnx"
    return path, export(network, a_card(configuration="attention"), path)


@pytest.fixture
def session(exported):
    return Session.load(exported[0])


def test_the_attention_does_what_keras_does(exported, session):
    assert STEPS > 10 * LENGTH
    assert exported[1] < 1e-4
    assert session.inputs == 74


def test_its_ring_keeps_what_the_first_layer_put_out_the_oldest_first(session):
    rings = []
    for number in range(3):
        session.step(np.full(74, 0.1 * number, np.float32))
        rings.append(session.snapshot()[3].reshape(LENGTH, UNITS))
    assert not rings[0][:-1].any()
    np.testing.assert_array_equal(rings[2][-2], rings[1][-1])
    np.testing.assert_array_equal(rings[2][-3], rings[0][-1])
    assert np.abs(rings[2][-1] - rings[2][-2]).max() > 1e-3


def test_the_oldest_is_attended_to_once_more_and_then_out_of_sight(session):
    empty = session.snapshot()
    filled = tuple(part.copy() for part in empty)
    for ring in filled[3:5]:
        ring[0, :UNITS] = 1.0
    contexts, rings = [], []
    for start in (empty, filled):
        session.restore(start)
        session.step(np.zeros(74, np.float32))
        _, _, context, memory, *_ = session.snapshot()
        contexts.append(context)
        rings.append(memory[:, :-UNITS])
    assert np.abs(contexts[0] - contexts[1]).max() > 1e-3
    np.testing.assert_array_equal(*rings)


def test_a_new_attention_is_its_lstm_alone():
    cell = AttentionCell(3, 4, 5)
    lstm = cell._lstm
    states = [np.ones((1, size), np.float32) for size in cell.state_size]
    inputs = np.ones((1, 3), np.float32)
    output, _ = cell.call(inputs, states)
    alone, _ = lstm(inputs, states[:2])
    np.testing.assert_allclose(np.array(output), np.array(alone), atol=1e-6)
