"""The shipped model of events over a real jackd: a chord is answered with chords."""

import time
from itertools import accumulate

import pytest
from partner import Partner

pytestmark = pytest.mark.jackd

ON, OFF = 0x90, 0x80
PROGRESSION = ((48, 64, 67, 72), (53, 65, 69, 72), (55, 65, 67, 71), (48, 64, 67, 72))


@pytest.fixture
def partner(jackd, keyboard, recorder, tmp_path):
    """A daemon with that model: keyboard -> improvd -> recorder."""
    partner = Partner(
        tmp_path,
        jackd.env,
        model={"name": "events-live", "seed": 1},
        tempo={"source": "internal", "bpm": 120.0},
        turns={"silence": 0.4, "length": 2},
    )
    partner.wait_for("ready on jack")
    recorder.agree_with(keyboard)
    jackd.connect(keyboard.port, "improvd:hears")
    jackd.connect("improvd:plays", recorder.port)
    yield partner
    partner.close()


def test_a_chord_is_answered_with_velocity_and_more_than_one_voice(partner, keyboard, recorder):
    for loud, chord in zip((60, 75, 90, 70), PROGRESSION, strict=True):
        for pitch in chord:
            keyboard.play(ON, pitch, loud)
        time.sleep(0.45)
        for pitch in chord:
            keyboard.play(OFF, pitch, 0)
    partner.wait_for("answering 16 notes")
    partner.wait_for("answer over")
    taken = [data for _, data in recorder.rest(0.3)]
    begins = [data[0] & 0xF0 == ON and data[2] > 0 for data in taken]
    voices = list(accumulate(1 if each else -1 for each in begins))
    velocities = {data[2] for data, on in zip(taken, begins, strict=True) if on}
    assert max(voices) > 1
    assert voices[-1] == 0
    assert len(velocities) > 1
