"""The key of a few tunes that everybody knows."""

import pytest

from improvd.listen.key import Key, estimate

ODE_TO_JOY = [64, 64, 65, 67, 67, 65, 64, 62, 60, 60, 62, 64, 64, 62, 62]
GREENSLEEVES = [69, 72, 74, 76, 77, 76, 74, 71, 67, 69, 71, 72, 69, 69, 68, 69, 71, 68, 64]


@pytest.mark.parametrize("up", range(12))
def test_a_tune_in_any_key_is_heard_in_that_key(up):
    assert estimate((pitch + up, 1.0) for pitch in ODE_TO_JOY) == Key(up, minor=False)
    assert estimate((pitch + up, 1.0) for pitch in GREENSLEEVES) == Key((9 + up) % 12, minor=True)


def test_longer_notes_count_for_more():
    scale = [(pitch, 1.0) for pitch in (60, 62, 64, 65, 67, 69, 71, 72)]
    assert estimate(scale).tonic == 0
    assert estimate([*scale, (69, 8.0), (76, 4.0), (72, 4.0)]) == Key(9, minor=True)


def test_the_triad_is_tonic_third_and_fifth():
    assert Key(0, minor=False).triad == {0, 4, 7}
    assert Key(9, minor=True).triad == {9, 0, 4}


def test_of_nothing_the_key_is_c_major():
    assert estimate([]) == Key(0, minor=False)
