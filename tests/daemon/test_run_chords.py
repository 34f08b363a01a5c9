"""A model of frames over a real jackd: a chord is answered with chords, as loud as played."""

import time
from itertools import accumulate

import pytest
from partner import Partner
from rbm import rbm_model
from witness import OFF, ON

pytestmark = pytest.mark.jackd

PROGRESSION = ((48, 64, 67, 72), (53, 65, 69, 72), (55, 65, 67, 71), (48, 64, 67, 72))
LOUD, MOST = 50, 5


@pytest.fixture
def partner(jackd, keyboard, recorder, tmp_path):
    """A daemon with such a model, of random weights: keyboard -> improvd -> recorder."""
    model = rbm_model(tmp_path / "rnnrbm-tiny.onnx", sizes=(150, 100), sounding=-1.5)
    partner = Partner(
        tmp_path,
        jackd.env,
        model={"name": str(model), "seed": 1},
        tempo={"source": "internal", "bpm": 120.0},
        turns={"silence": 0.4, "length": 2, "polyphony": MOST},
    )
    partner.wait_for("ready on jack")
    recorder.agree_with(keyboard)
    jackd.connect(keyboard.port, "improvd:hears")
    jackd.connect("improvd:plays", recorder.port)
    yield partner
    partner.close()


def test_a_chord_is_answered_with_chords_and_the_last_one_is_in_the_key(
    partner, keyboard, recorder
):
    for chord in PROGRESSION:
        for pitch in chord:
            keyboard.play(ON, pitch, LOUD)
        time.sleep(0.45)
        for pitch in chord:
            keyboard.play(OFF, pitch, 0)
    partner.wait_for("answering 16 notes")
    partner.wait_for("answer over")
    taken = recorder.rest(0.3)
    begins = [data[0] & 0xF0 == ON and data[2] > 0 for _, data in taken]
    voices = list(accumulate(1 if each else -1 for each in begins))
    assert 2 <= max(voices) <= MOST
    assert voices[-1] == 0
    onsets = [(at, data) for (at, data), on in zip(taken, begins, strict=True) if on]
    assert all(abs(data[2] - LOUD) < 20 for _, data in onsets)
    last = {data[1] % 12 for at, data in onsets if at > onsets[-1][0] - 0.05}
    assert last <= {0, 4, 7}
