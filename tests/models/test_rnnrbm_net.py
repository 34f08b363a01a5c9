"""The RNN-RBM learns by contrastive divergence: checked against sums that a tiny one allows."""

from dataclasses import replace
from itertools import product

import keras
import numpy as np
import pytest
import tensorflow as tf

from improvd.models.rnnrbm import net
from improvd.models.rnnrbm.configuration import FAITHFUL, LIVE
from improvd.train.measure.likelihood import Effort, likelihood
from improvd.train.runs.batches import Batch
from improvd.train.runs.hparams import Hparams

VISIBLE, HIDDEN, RECURRENT, TIME = 5, 4, 3, 6
USUAL, ONE = Hparams(gibbs=15), Hparams(gibbs=1)


class Tiny:
    """What a configuration tells the network of its sizes."""

    visible, hidden, recurrent = VISIBLE, HIDDEN, RECURRENT


@pytest.fixture
def network():
    made = net.sequence_net(Tiny())
    random = np.random.default_rng(1)
    made.set_weights([random.normal(0, 0.7, each.shape) for each in made.get_weights()])
    return made


def rolls(seed, count=2):
    return (np.random.default_rng(seed).random((count, TIME, VISIBLE)) < 0.4).astype(np.float32)


def started(count=2):
    return np.random.default_rng(9).normal(0, 0.5, (count, RECURRENT)).astype(np.float32)


def by_hand(network, roll, state):
    """The biases before each frame of one roll, equation by equation."""
    _, bv, bh, wuv, wuh, bu, wuu, wvu = network.get_weights()
    for frame in roll:
        yield bv + state @ wuv, bh + state @ wuh
        state = np.tanh(bu + state @ wuu + frame @ wvu)
    yield bv + state @ wuv, bh + state @ wuh


def test_the_weights_come_in_the_order_that_files_have():
    shapes = [each.shape for each in net.sequence_net(FAITHFUL).get_weights()]
    of_rbm = [(88, 150), (88,), (150,)]
    assert shapes == [*of_rbm, (100, 88), (100, 150), (100,), (100, 100), (88, 100)]
    assert net.sequence_net(LIVE).get_weights()[0].shape == (176, 150)


def test_it_begins_as_the_tutorial_does():
    w, bv, bh, wuv, wuh, bu, wuu, wvu = net.sequence_net(FAITHFUL).get_weights()
    assert w.std() == pytest.approx(0.01, rel=0.05)
    for each in (wuv, wuh, wuu, wvu):
        assert each.std() == pytest.approx(0.0001, rel=0.05)
    assert not np.concatenate([bv, bh, bu]).any()


def test_it_may_begin_with_how_usual_each_key_is_and_a_memory():
    made = net.sequence_net(FAITHFUL)
    roll = np.zeros((100, 88), bool)
    roll[:25, 39] = True
    net.begin(made, "small", [roll], np.random.default_rng(1))
    assert not made.get_weights()[1].any()
    net.begin(made, "orthogonal", [roll], np.random.default_rng(1))
    _, bv, _, wuv, _, _, wuu, _ = made.get_weights()
    assert bv[39] == pytest.approx(np.log(1 / 3))
    assert bv[40] < -9
    np.testing.assert_allclose(wuu @ wuu.T, 0.81 * np.eye(100), atol=1e-5)
    assert wuv.std() > 0.01


def test_each_next_frame_has_biases_of_its_own(network):
    told, state = network([rolls(2), started()])
    for row, roll, begun in zip(told.numpy(), rolls(2), started(), strict=True):
        expected = list(by_hand(network, roll, begun))[1:]
        np.testing.assert_allclose(row, [np.concatenate(each) for each in expected], atol=1e-5)
    assert state.shape == (2, RECURRENT)


def test_a_window_goes_on_where_the_one_before_ended(network):
    whole, last = network([rolls(2), started()])
    first, between = network([rolls(2)[:, :2], started()])
    second, end = network([rolls(2)[:, 2:], between.numpy()])
    np.testing.assert_allclose(np.concatenate([first, second], 1), whole, atol=1e-6)
    np.testing.assert_allclose(end, last, atol=1e-6)


def cost(network, frames, samples):
    """What contrastive divergence lowers, with samples that are given."""
    layer = network.layers[-1]
    rows = [tf.reshape(each, (-1, VISIBLE)) for each in (frames, samples)]
    after = layer.states(frames, started())[:, :-1]
    biases = layer.biases(tf.reshape(after, (-1, RECURRENT)))
    return tf.reduce_mean(layer.free_energy(rows[0], biases) - layer.free_energy(rows[1], biases))


def test_the_gradient_is_the_slope_of_the_free_energy_through_time(network):
    frames, samples = rolls(3), rolls(4)
    with tf.GradientTape() as tape:
        value = cost(network, frames, samples)
    slopes = tape.gradient(value, network.trainable_variables)
    for variable, slope in zip(network.trainable_variables, slopes, strict=True):
        flat = variable.numpy().ravel()
        for at in range(flat.size):
            moved = [flat.copy(), flat.copy()]
            moved[0][at] += 1e-2
            moved[1][at] -= 1e-2
            values = []
            for each in moved:
                variable.assign(each.reshape(variable.shape))
                values.append(float(cost(network, frames, samples)))
            variable.assign(flat.reshape(variable.shape))
            measured = (values[0] - values[1]) / 2e-2
            assert slope.numpy().ravel()[at] == pytest.approx(measured, abs=1e-3), variable.path
    assert all(np.abs(slope).max() > 1e-4 for slope in slopes)


def a_batch(frames, weights=None):
    weights = np.ones(frames.shape[:2], np.float32) if weights is None else weights
    begins = np.ones(frames.shape[:2], np.bool_)
    return Batch(frames, frames, begins, weights, np.array([True] * len(frames)))


def test_what_is_learnt_from_is_that_cost_and_the_sample_is_constant(network):
    with tf.GradientTape() as tape:
        outcome = net.losses(network, a_batch(rolls(3)), [started()], USUAL, training=True)
        value = tf.reduce_sum(outcome.cost)
    assert all(slope is not None for slope in tape.gradient(value, network.trainable_variables))
    assert outcome.cost.shape == outcome.nats.shape == (2, TIME)
    assert 0 <= float(outcome.foretold) <= float(outcome.possible)


def test_padding_costs_nothing(network):
    weights = np.ones((2, TIME), np.float32)
    weights[:, 4:] = 0
    outcome = net.losses(network, a_batch(rolls(3), weights), [started()], USUAL, training=True)
    assert not outcome.cost.numpy()[:, 4:].any()
    assert not outcome.nats.numpy()[:, 4:].any()


def test_dropout_is_of_what_the_rnn_hears_and_tells_and_only_in_training(network):
    forgetful = net.sequence_net(Tiny(), dropout=0.5)
    forgetful.set_weights(network.get_weights())

    def ends(training):
        batch, states = a_batch(rolls(3)), [started()]
        each = [net.losses(forgetful, batch, states, ONE, training=training) for _ in range(2)]
        return [outcome.states[0].numpy() for outcome in each]

    _, expected = network([rolls(3), started()])
    for asked in ends(training=False):
        np.testing.assert_allclose(asked, expected, atol=1e-6)
    learning = ends(training=True)
    assert not np.allclose(learning[0], learning[1])


def test_no_unit_that_is_never_on_is_left_to_rounding_where_a_file_is_compared(network):
    layer = network.layers[-1]
    for each in (layer.w, layer.wuv, layer.wuh):
        each.assign(tf.zeros_like(each))
    for each in (layer.bv, layer.bh):
        each.assign(tf.fill(each.shape, -200.0))
    _, noise = net.said(network, np.zeros((500, VISIBLE), np.float32), np.random.default_rng(1))
    assert noise.min() > 1e-5


def test_gibbs_steps_reach_the_distribution_of_the_rbm(network):
    layer = network.layers[-1]
    count = 20_000
    biases = tuple(tf.repeat(each[None], count, 0) for each in (layer.bv, layer.bh))
    sample, means = layer.gibbs(tf.zeros((count, VISIBLE)), biases, 50)
    every = np.array(list(product([0, 1], repeat=VISIBLE)), np.float32)
    ones = tuple(each[: len(every)] for each in biases)
    likely = tf.nn.softmax(-layer.free_energy(every, ones)).numpy()
    np.testing.assert_allclose(sample.numpy().mean(0), likely @ every, atol=0.02)
    np.testing.assert_allclose(means.numpy().mean(0), likely @ every, atol=0.02)


def test_dice_fall_evenly_and_each_throw_anew():
    shape = (20_000, 3)
    dice = net._Dice(shape)
    chances = tf.constant([0.1, 0.5, 0.93])
    throws = np.array([dice.drawn(tf.broadcast_to(chances, shape)) for _ in range(20)])
    np.testing.assert_allclose(throws.mean((0, 1)), chances, atol=0.003)
    np.testing.assert_allclose(throws.mean(1), np.tile(chances, (20, 1)), atol=0.015)
    units = throws.transpose(0, 2, 1).reshape(60, -1)
    alike = np.corrcoef(units) - np.eye(60)
    assert np.abs(alike).max() < 0.04  # five standard deviations, between throws and between units


def test_it_learns_what_follows_what():
    tiny = net.sequence_net(Tiny())
    frames = np.tile(np.eye(VISIBLE, dtype=np.float32)[None, [0, 1, 2, 3, 4] * 4], (4, 1, 1))
    batch, zeros = a_batch(frames), [np.zeros((4, RECURRENT), np.float32)]
    keras.utils.set_random_seed(1)
    optimizer = keras.optimizers.Adam(0.02)

    @tf.function
    def update():
        with tf.GradientTape() as tape:
            value = tf.reduce_mean(net.losses(tiny, batch, zeros, USUAL, training=True).cost)
        slopes = tape.gradient(value, tiny.trainable_variables)
        optimizer.apply(slopes, tiny.trainable_variables)

    def nats():
        effort = Effort(sample=0, chains=10, temperatures=100)
        return likelihood(tiny.get_weights(), list(frames > 0), effort).per_step

    before = nats()
    for _ in range(300):
        update()
    assert nats() > before / 3


def test_a_hidden_layer_of_an_odd_size_has_dice_too():
    odd = net.sequence_net(replace(FAITHFUL, sizes=(7, 3)))
    layer = odd.layers[-1]
    biases = layer.biases(tf.zeros((2, 3)))
    assert layer.gibbs(tf.zeros((2, 88)), biases, 2)[0].shape == (2, 88)
