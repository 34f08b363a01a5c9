"""Rolls as training keeps them: in other keys, with the onsets that they tell of."""

import numpy as np
import pytest

from improvd.errors import ModelError
from improvd.models.base import family
from improvd.models.rnnrbm import keys
from improvd.models.rnnrbm.configuration import FAITHFUL, KEYS, LIVE


def roll(*frames, visible=KEYS):
    """A frame for each tuple of bits."""
    made = np.zeros((len(frames), visible), bool)
    for row, bits in zip(made, frames, strict=True):
        row[list(bits)] = True
    return made


def test_a_note_begins_where_its_key_did_not_sound_before():
    steps = roll((40,), (40,), (40, 44), (), (44,))
    assert keys.begins(FAITHFUL, steps).tolist() == [True, False, True, False, True]


def test_where_strikes_are_told_a_key_that_sounds_may_be_struck_again():
    steps = roll((40, 128), (40,), (40, 128), (40, 41, 129), visible=2 * KEYS)
    assert keys.begins(LIVE, steps).tolist() == [True, False, True, True]


def test_a_piece_moves_near_its_key_as_far_as_it_fits():
    assert keys.keys(FAITHFUL, roll((40,), (50,))) == range(-5, 7)
    assert keys.keys(FAITHFUL, roll((2,), (85,))) == range(-2, 3)
    assert keys.keys(FAITHFUL, roll((), ())) == range(-5, 7)


def test_sounds_and_strikes_move_together():
    steps = roll((40, 128), (87,), visible=2 * KEYS)
    assert np.argwhere(keys.moved(LIVE, steps[:1], 3)).tolist() == [[0, 43], [0, 131]]
    np.testing.assert_array_equal(keys.moved(LIVE, keys.moved(LIVE, steps[:1], 3), -3), steps[:1])


def test_each_frame_is_foretold_before_it_is_heard():
    steps = roll((40,), (40, 44), ())
    lesson = keys.lesson(FAITHFUL, steps)
    assert lesson.inputs.dtype == np.float32
    np.testing.assert_array_equal(lesson.inputs, steps)
    np.testing.assert_array_equal(lesson.labels, steps)
    assert lesson.begins.tolist() == [True, True, False]


def test_what_is_kept_is_played_again():
    steps = [0, 1 << 40, 1 << 40 | 1 << 87]
    assert keys.played(FAITHFUL, keys.kept(FAITHFUL, steps)) == steps


def test_other_than_two_layers_are_refused():
    with pytest.raises(ModelError, match=r"two layers.*\[150,100\], not \(8, 8, 8\)"):
        family("rnnrbm").configurations["live"].__class__("odd", strikes=True, sizes=(8, 8, 8))
