"""Which key is struck by a frequency and twelve pitch classes, and what is learnt of that."""

import math

import numpy as np
import pytest
import tensorflow as tf

from improvd.models.crnngan.configuration import NUMBERS, STYLED, Tone
from improvd.models.crnngan.keyboard.net import Keyboard
from improvd.models.crnngan.tones import FREQUENCY, told, tones

KEYBOARD = Keyboard(STYLED)
C, D, E = 60, 62, 64


def saying(pitch, **classes):
    """What a network says that means about this pitch, and rather one of these classes."""
    numbers = told(STYLED, np.array([Tone(0, pitch, 80, 16)]))[0, :NUMBERS]
    likely = np.zeros(12, np.float32)
    for name, nats in classes.items():
        likely["CcDdEFfGgAaB".index(name)] = nats
    return np.concatenate([numbers, likely])


MIDDLE = np.full((1, 12), 0.5, np.float32)


def struck(said, noise=MIDDLE):
    return int(tones(STYLED, KEYBOARD.struck(said[None], noise).numpy()[:, :NUMBERS])[0, 1])


def test_where_no_class_is_likelier_the_nearest_key_is_struck():
    for pitch in (21, 60, 61, 108):
        assert struck(saying(pitch)) == pitch


@pytest.mark.parametrize(("nats", "expected"), [(0.1, 60), (0.3, 62), (9, 62)])
def test_a_likelier_class_near_by_is_struck_instead(nats, expected):
    assert struck(saying(C, D=nats)) == expected


def test_classes_are_drawn_as_often_as_they_are_likely():
    said = np.tile(saying(D, D=math.log(6), E=math.log(3)), (4000, 1))
    said[:, NUMBERS:] -= 50 * (said[:, NUMBERS:] == 0)  # no other is
    noise = np.random.default_rng(1).random((4000, 12), np.float32)
    found = tones(STYLED, KEYBOARD.struck(said, noise).numpy()[:, :NUMBERS])[:, 1]
    keys, counts = np.unique(found, return_counts=True)
    assert keys.tolist() == [D, E]
    nearer = math.exp(-((2 / 3) ** 2) / 2)  # E is two semitones away
    assert counts[1] / counts[0] == pytest.approx(nearer / 2, rel=0.1)


def test_of_a_class_the_nearest_octave_is_struck():
    assert struck(saying(C, D=50)) == 62
    assert struck(saying(E, A=50)) == 69
    assert struck(saying(D, A=50)) == 57
    assert struck(saying(106, D=50)) == 98, "there is no key beyond the highest"


def test_what_is_told_of_the_key_is_what_a_voice_hears_of_it():
    said = saying(C, D=9)
    expected = told(STYLED, np.array([Tone(0, 62, 80, 16)]))[0]
    np.testing.assert_allclose(KEYBOARD.struck(said[None], MIDDLE)[0], expected, atol=1e-6)


def test_a_class_that_should_have_been_likelier_is_learnt():
    said, wanted = tf.constant(saying(C)[None]), told(STYLED, np.array([Tone(0, D, 80, 16)]))
    with tf.GradientTape() as tape:
        tape.watch(said)
        cost = tf.reduce_sum((KEYBOARD.struck(said, MIDDLE) - wanted) ** 2)
    slopes = tape.gradient(cost, said).numpy()[0]
    assert slopes[NUMBERS + D % 12] < 0 < slopes[NUMBERS + C % 12]
    assert slopes[FREQUENCY] < 0, "it should have been higher, too"


def test_who_finds_all_classes_as_likely_is_surprised_by_each_alike():
    songs = told(STYLED, np.array([Tone(0, pitch, 80, 16) for pitch in (C, D, 108)]))
    found = KEYBOARD.surprise(np.stack([saying(C)] * 3), songs)
    np.testing.assert_allclose(found, np.log(12), rtol=1e-6)
    sure = KEYBOARD.surprise(np.stack([saying(C, D=5)] * 3), songs).numpy()
    assert sure[1] < 0.1
    assert sure[0] > 5
    assert sure[2] == pytest.approx(sure[0])
