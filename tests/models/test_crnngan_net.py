"""The C-RNN-GAN's two networks: checked against Keras' own LSTMs and against finite differences."""

import math
from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf

from improvd.models.crnngan import keys, net
from improvd.models.crnngan.configuration import LIVE, NOISE, NUMBERS, STYLED, silence
from improvd.models.crnngan.critic.net import Critic
from improvd.models.crnngan.lstm.net import Lstm
from improvd.models.crnngan.tones import told, tones, vectors
from improvd.train.runs.batches import Batch
from improvd.train.runs.hparams import Hparams

SMALL = replace(LIVE, sizes=(5, 3))
KNOWING = replace(STYLED, sizes=(5, 3)).knowing(("bach", "pop"))
SONGS, TIME = 2, 6
USUAL = Hparams()


@pytest.fixture
def network():
    return shaken(net.sequence_net(SMALL))


def shaken(weighty, seed=1, much=0.5):
    """With weights that are not small."""
    random = np.random.default_rng(seed)
    weighty.set_weights([random.normal(0, much, each.shape) for each in weighty.get_weights()])
    return weighty


def numbers(*shape, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32)


def zeros():
    return [tf.zeros((SONGS, units)) for units in (5, 5, 3, 3)]


def a_batch(weights=None):
    weights = np.ones((SONGS, TIME), np.float32) if weights is None else weights
    inputs, labels = numbers(SONGS, TIME, NUMBERS), numbers(SONGS, TIME, NUMBERS, seed=1)
    return Batch(inputs, labels, weights > 0, weights, np.array([True] * SONGS))


def imagined(network, noise, primed=0):
    """Songs of that noise, that begin with so many tones of a batch's labels."""
    batch = a_batch()
    songs, time = noise.shape[:2]
    grown = [np.tile(each, (1, 100, 1))[:songs, :time] for each in (batch.inputs, batch.labels)]
    return network.layers[-1].imagined(noise, *grown, tf.fill((songs,), primed))


class Holder(keras.layers.Layer):
    """A layer that has one LSTM."""

    def __init__(self, directions):
        super().__init__()
        self.lstm = Lstm(self, 4, 3, directions)
        self.built = True


def test_an_lstm_says_what_keras_own_says_and_learns_what_it_learns():
    holder, signal = Holder(1), tf.constant(numbers(TIME, SONGS, 4))
    theirs = keras.layers.LSTM(3, return_sequences=True, return_state=True)
    theirs.build((SONGS, TIME, 4))
    theirs.set_weights(shaken(holder).get_weights())
    starts = [tf.constant(numbers(SONGS, 3, seed=seed)) for seed in (2, 3)]
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([signal, *starts])
        mine = holder.lstm.over(signal, *starts)
        whole, *last = theirs(tf.transpose(signal, (1, 0, 2)), initial_state=starts)
        expected = [tf.transpose(whole, (1, 0, 2)), *last]
        costs = [
            tf.add_n([tf.reduce_sum(tf.sin(3 * each)) for each in (found[0], found[2])])
            for found in (mine, expected)
        ]
    for one, other in zip(mine, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
    slopes = [tape.gradient(costs[0], [*holder.trainable_weights, signal, *starts])]
    slopes.append(tape.gradient(costs[1], [*theirs.trainable_weights, signal, *starts]))
    for one, other in zip(*slopes, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_of_both_directions_one_hears_the_song_from_its_end():
    holder, signal = shaken(Holder(2)), numbers(TIME, SONGS, 4)
    way = Holder(1)
    expected = []
    for at, order in ((0, 1), (3, -1)):
        way.set_weights(holder.get_weights()[at : at + 3])
        nothing = tf.zeros((SONGS, 3))
        expected.append(way.lstm.over(tf.constant(signal[::order]), nothing, nothing)[0][::order])
    np.testing.assert_allclose(
        holder.lstm.both_ways(tf.constant(signal)), np.concatenate(expected, axis=-1), atol=1e-6
    )


def test_the_weights_are_in_the_order_of_the_step_graph_and_begin_as_keras_would(network):
    shapes = [(8, 5), (5,), (5, 20), (5, 20), (20,), (5, 12), (3, 12), (12,), (3, 4), (4,)]
    assert [each.shape for each in network.get_weights()] == shapes
    fresh = net.sequence_net(SMALL).get_weights()
    np.testing.assert_array_equal(fresh[4], [0] * 5 + [1] * 5 + [0] * 10)
    np.testing.assert_allclose(fresh[3] @ fresh[3].T, np.eye(5), atol=1e-5)


def test_a_song_is_what_the_network_foretells_of_its_own_tones(network):
    layer = network.layers[-1]
    noise = np.random.default_rng(2).random((SONGS, TIME, NOISE)).astype(np.float32)
    song = imagined(network, tf.constant(noise)).numpy()
    start = np.tile(vectors(SMALL, np.array([silence(SMALL)])), (SONGS, 1, 1))
    heard = np.concatenate([start, song[:, :-1]], axis=1)
    said, *_ = layer.foretold(tf.constant(heard), tf.constant(noise), zeros())
    for one, other in zip(song, said.numpy(), strict=True):
        np.testing.assert_allclose(one, vectors(SMALL, tones(SMALL, other)), atol=1e-6)
    assert len({tuple(tone) for tone in song.reshape(-1, NUMBERS)}) > 4


def test_whatever_the_network_says_a_song_can_be_played():
    wild = shaken(net.sequence_net(SMALL), much=100)
    songs, own = net.imagined(wild, a_batch(), 0.0)
    assert (own == 1).numpy().all()
    for each in songs.numpy():
        np.testing.assert_allclose(vectors(SMALL, tones(SMALL, each)), each, atol=1e-6)


def test_a_song_goes_on_from_the_first_tones_of_a_real_one(network):
    noise = np.random.default_rng(2).random((SONGS, TIME, NOISE)).astype(np.float32)
    song, batch = imagined(network, noise, primed=4).numpy(), a_batch()
    np.testing.assert_array_equal(song[:, :4], batch.labels[:, :4])
    heard = np.concatenate([batch.inputs[:, :1], song[:, :-1]], axis=1)
    said, *_ = network.layers[-1].foretold(tf.constant(heard), tf.constant(noise), zeros())
    for one, other in zip(song[:, 4:], said.numpy()[:, 4:], strict=True):
        np.testing.assert_allclose(one, vectors(SMALL, tones(SMALL, other)), atol=1e-6)


def test_as_many_songs_go_on_from_real_ones_as_are_to_and_half_of_each_is_its_own(network):
    many = a_batch()
    many = many._replace(
        **{name: np.tile(getattr(many, name), (200, 1, 1)) for name in ("inputs", "labels")}
    )
    keras.utils.set_random_seed(1)
    songs, own = net.imagined(network, many, 0.3)
    begun = TIME - own.numpy().sum(axis=1)
    assert set(begun) == {0, 1, 2, 3}
    assert 0.2 < np.mean(begun > 0) < 0.4
    taken = own.numpy() == 0
    np.testing.assert_array_equal(songs.numpy()[taken], many.labels[taken])


def knowing_batch():
    """Songs of two styles, of any tones."""
    dice = np.random.default_rng(1)
    songs = []
    for style in (1, 2):
        rows = np.column_stack([dice.choice(each, TIME + 1) for each in KNOWING.ranges])
        rows[:, 2], rows[:, 4] = np.maximum(rows[:, 2], 1), style
        songs.append(keys.lesson(KNOWING, rows))
    inputs, labels, _ = (np.stack(each) for each in zip(*songs, strict=True))
    return a_batch()._replace(inputs=inputs, labels=labels)


def test_all_that_is_heard_of_a_song_is_shown_to_a_critic():
    batch = knowing_batch()
    np.testing.assert_array_equal(
        net.shown(batch.labels, batch.inputs)[:, :-1], batch.inputs[:, 1:]
    )


def test_songs_keep_their_style_and_tell_their_pitch_classes():
    knowing = shaken(net.sequence_net(KNOWING))
    batch, noise = knowing_batch(), tf.fill((SONGS, TIME, KNOWING.noise), 0.5)
    nobody = tf.zeros((SONGS,), tf.int32)
    songs = knowing.layers[-1].imagined(noise, batch.inputs, batch.labels, nobody).numpy()
    assert (songs[0] != songs[1]).any(), "of the same noise"
    for song in songs:
        again = told(KNOWING, tones(KNOWING, song[:, :NUMBERS]))
        np.testing.assert_allclose(again, song, atol=1e-6)
    styles = net.shown(songs, batch.inputs)[..., -2:]
    np.testing.assert_array_equal(styles, [[[1, 0]] * TIME, [[0, 1]] * TIME])


def test_what_is_right_of_a_tonal_song_costs_least():
    knowing, batch = net.sequence_net(KNOWING), knowing_batch()
    *_, kernel, bias = weights = knowing.get_weights()
    knowing.set_weights([*weights[:-2], 0 * kernel, bias])  # all classes are as likely
    outcome = net.losses(knowing, batch, zeros(), USUAL, training=False)
    squares = (batch.labels[..., :NUMBERS] ** 2).sum(axis=-1) / 2
    np.testing.assert_allclose(outcome.nats, squares + math.log(12), rtol=1e-5)


def test_what_comes_later_in_a_song_teaches_what_came_first(network):
    noise = tf.constant(np.random.default_rng(2).random((1, TIME, NOISE)).astype(np.float32))
    with tf.GradientTape() as tape:
        tape.watch(noise)
        last = imagined(network, noise)[:, -1]
    slopes = tape.gradient(last, noise).numpy()[0]
    assert (np.abs(slopes).sum(axis=1) > 0).all()


def test_what_is_beyond_all_tones_learns_to_come_back_and_not_to_go_farther(network):
    *others, kernel, _ = network.get_weights()
    network.set_weights([*others, 0 * kernel, np.array([3, -3, 3, -3], np.float32)])
    noise = tf.fill((1, 1, NOISE), 0.5)
    for outwards, expected in ((1, [0, 0, 0, 0]), (-1, [1, -1, 1, -1])):
        with tf.GradientTape() as tape:
            cost = -outwards * tf.reduce_sum(imagined(network, noise) * [1.0, -1, 1, -1])
        slopes = tape.gradient(cost, network.trainable_variables[-1])
        np.testing.assert_array_equal(slopes, expected)


def test_what_goes_back_through_a_long_song_stays_a_number(network):
    *others, kernel, bias = network.get_weights()
    network.set_weights([*others, 600 * kernel, bias])  # each tone hangs on the one before by far
    noise = tf.constant(np.random.default_rng(2).random((SONGS, 100, NOISE)).astype(np.float32))
    with tf.GradientTape() as tape:
        cost = tf.reduce_sum(imagined(network, noise))
    slopes = tape.gradient(cost, network.trainable_variables)
    assert np.isfinite(tf.linalg.global_norm(slopes))


def test_the_loss_is_half_the_squared_error_and_padding_costs_nothing(network):
    weights = np.ones((SONGS, TIME), np.float32)
    weights[:, 4:] = 0
    batch = a_batch(weights)
    outcome = net.losses(network, batch, zeros(), USUAL, training=False)
    told = network([tf.constant(batch.inputs), *zeros()])[0].numpy()
    expected = ((told - batch.labels) ** 2).sum(axis=-1) / 2 * weights
    np.testing.assert_allclose(outcome.nats, expected, rtol=1e-5)
    assert float(outcome.possible) == weights.sum()


def test_a_pitch_is_foretold_where_the_nearest_semitone_is_the_right_one(network):
    batch = a_batch()
    told = network([tf.constant(batch.inputs), *zeros()])[0].numpy()
    told[..., 1] += np.where(np.arange(TIME) < 4, 0.4, 0.6) * 2 / 87
    outcome = net.losses(network, batch._replace(labels=told), zeros(), USUAL, training=False)
    assert float(outcome.foretold) == 4 * SONGS


def test_without_feedback_it_hears_noise_alone_while_it_learns(network):
    def nats(feedback, seed, *, training=True):
        tf.random.set_seed(1)
        batch = a_batch()._replace(inputs=numbers(SONGS, TIME, NUMBERS, seed=seed))
        hparams = Hparams(feedback=feedback)
        return net.losses(network, batch, zeros(), hparams, training=training).nats.numpy()

    np.testing.assert_array_equal(nats(0, seed=5), nats(0, seed=6))
    assert not np.allclose(nats(1, seed=5), nats(1, seed=6))
    assert not np.allclose(nats(0, 5, training=False), nats(0, 6, training=False))


def test_dropout_is_in_training_alone():
    forgetful = shaken(net.sequence_net(SMALL, dropout=0.5))
    asked = [net.losses(forgetful, a_batch(), zeros(), USUAL, training=False) for _ in range(2)]
    np.testing.assert_array_equal(asked[0].nats, asked[1].nats)
    layer, noise = forgetful.layers[-1], tf.fill((SONGS, TIME, NOISE), 0.5)
    whole = layer.foretold(tf.constant(a_batch().inputs), noise, zeros())[0].numpy()
    thinned = layer.foretold(tf.constant(a_batch().inputs), noise, zeros(), 0.5)[0].numpy()
    assert not np.allclose(whole, thinned)


def test_the_critic_has_an_opinion_of_each_tone_that_hears_the_whole_song():
    critic = shaken(Critic(NUMBERS, (4, 3), 0.0))
    song = numbers(1, TIME, NUMBERS)
    opinions, features = critic(tf.constant(song))
    assert opinions.shape == (1, TIME)
    assert features.shape == (1, TIME, 6)
    kernel, bias = critic.get_weights()[-2:]
    np.testing.assert_allclose(opinions, (features @ kernel + bias)[..., 0], atol=1e-6)
    for at in (0, TIME - 1):
        changed = song.copy()
        changed[0, at] += 0.5
        assert (critic(tf.constant(changed))[0] != opinions).numpy().all()


def test_critics_forget_in_training_alone():
    critic, song = shaken(Critic(NUMBERS, (4, 3), 0.5)), tf.constant(numbers(1, TIME, NUMBERS))
    np.testing.assert_array_equal(critic(song)[0], critic(song)[0])
    first, second = (critic(song, training=True)[0].numpy() for _ in range(2))
    assert not np.allclose(first, second)
