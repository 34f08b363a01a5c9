"""Density and register of a phrase."""

import pytest

from improvd.core.units import Beats, Pitch, Seconds, Velocity
from improvd.listen.held import Sound
from improvd.listen.manner import density, register
from improvd.listen.phrase import Phrase


def test_a_chord_is_one_attack():
    phrase = Phrase()
    for second in (0.0, 0.01, 0.02, 0.5, 1.0, 1.02):
        phrase.hear(Sound("on", Seconds(second), Pitch(60), Velocity(80)))
    assert density(phrase, Beats(4.0)) == 3 / 4


@pytest.mark.parametrize(
    ("played", "belongs"),
    [
        ((60,), (54, 66)),
        ((60, 64, 67), (58, 69)),
        ((48, 72), (46, 74)),
        ((0, 3), (0, 7)),
        ((126, 127), (121, 127)),
    ],
)
def test_what_was_played_lies_within_its_register_and_that_is_about_an_octave(played, belongs):
    assert register(played) == belongs
    assert belongs[0] <= min(played) <= max(played) <= belongs[1]
