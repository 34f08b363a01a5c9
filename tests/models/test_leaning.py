"""A wish that makes some steps likelier, and forbids none."""

import numpy as np

from improvd.models.base import Wish
from improvd.models.leaning import Leaning

PITCHES = np.array([0, 40, 50, 60, 70])
BEGINS = np.array([False, True, True, True, True])
LOGITS = np.zeros(5, np.float32)
LEANING = Leaning(BEGINS, PITCHES)


def test_without_a_wish_nothing_changes():
    assert LEANING.apply(LOGITS, Wish()) is LOGITS


def test_busier_is_for_what_begins_a_note_alone():
    assert LEANING.apply(LOGITS, Wish(busier=1.5)).tolist() == [0.0, 1.5, 1.5, 1.5, 1.5]
    assert LEANING.apply(LOGITS, Wish(busier=-2.0))[0] == 0.0


def test_the_farther_beyond_its_register_a_pitch_lies_the_less_likely_it_is():
    leant = LEANING.apply(LOGITS, Wish(register=(48, 62)))
    assert leant[0] == leant[2] == leant[3] == 0.0
    assert leant[4] < 0.0
    assert leant[1] == leant[4], "both are eight semitones beyond"
    assert np.isfinite(leant).all()
