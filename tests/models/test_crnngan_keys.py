"""Pieces of tones as training keeps them: in other keys, as what is heard and what comes next."""

import numpy as np

from improvd.models.crnngan import keys
from improvd.models.crnngan.configuration import HIGHEST, LIVE, LOWEST, STYLED, Tone, rest
from improvd.models.crnngan.tones import vectors

PIECE = [Tone(0, 60, 80, 32), Tone(0, 64, 70, 32), Tone(32, 67, 90, 16), rest(16)]


def test_a_piece_comes_back():
    rows = keys.kept(LIVE, PIECE)
    assert rows.shape == (4, 5)
    assert keys.played(LIVE, rows) == PIECE
    assert keys.played(LIVE, rows.astype(np.uint16)) == PIECE, "as a dataset has it on the disk"
    assert keys.kept(LIVE, []).shape == (0, 5)


def test_in_another_key_rests_are_where_they_were():
    rows = keys.kept(LIVE, PIECE).astype(np.uint16)
    there = keys.moved(LIVE, rows, -3)
    expected = [Tone(0, 57, 80, 32), Tone(0, 61, 70, 32), Tone(32, 64, 90, 16), rest(16)]
    assert keys.played(LIVE, there) == expected
    assert keys.played(LIVE, rows) == PIECE, "as it was"


def test_the_keys_are_those_in_which_all_fits():
    assert keys.keys(LIVE, keys.kept(LIVE, PIECE)) == range(-5, 7)
    wide = keys.kept(LIVE, [Tone(0, LOWEST + 2, 80, 9), Tone(0, HIGHEST - 1, 80, 9)])
    assert keys.keys(LIVE, wide) == range(-2, 2)
    assert keys.keys(LIVE, keys.kept(LIVE, [rest(9)])) == range(-5, 7)


def test_a_lesson_is_each_tone_and_the_next():
    rows = keys.kept(LIVE, PIECE)
    lesson = keys.lesson(LIVE, rows)
    np.testing.assert_array_equal(lesson.inputs, vectors(LIVE, rows[:-1]))
    np.testing.assert_array_equal(lesson.labels, vectors(LIVE, rows[1:]))
    assert lesson.begins.tolist() == [True, True, False]
    with_rest = keys.kept(LIVE, [rest(9), PIECE[0], rest(40), PIECE[1]])
    inputs = keys.lesson(LIVE, with_rest).inputs
    expected = [rest(9), PIECE[0], PIECE[0]._replace(since=40)]
    np.testing.assert_array_equal(inputs, vectors(LIVE, np.array(expected)))
    assert lesson.inputs.dtype == lesson.labels.dtype == np.float32


def test_now_and_then_a_piece_is_learnt_without_its_style():
    knowing = STYLED.knowing(("bach", "pop"))
    rows = keys.kept(knowing, [each._replace(style=2) for each in PIECE])
    dice = np.random.default_rng(1)
    styles = [set(keys.varied(knowing, rows, dice)[:, 4].tolist()) for _ in range(500)]
    assert all(each in ({0}, {2}) for each in styles), "of all its tones"
    assert keys.style(knowing, rows) == 2
    assert 100 < styles.count({0}) < 150
    assert keys.played(knowing, rows)[0].style == 2, "as it was"
    assert keys.lesson(knowing, rows).inputs[:, -2:].tolist() == [[0, 1]] * 3
