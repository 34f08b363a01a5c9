"""A C-RNN-GAN over a real jackd: it answers in voices and velocities, and falls silent at once."""

import time
from itertools import accumulate

import pytest
from gan import gan_model
from witness import OFF, ON, is_on, sounding

pytestmark = pytest.mark.jackd

PROGRESSION = ((48, 64, 67, 72), (53, 65, 69, 72), (55, 65, 67, 71), (48, 64, 67, 72))
LOUD = (60, 75, 90, 70)
PERIODS = 3 * 128  # frames that a cut may take


@pytest.fixture
def partner(stage, tmp_path):
    """A daemon with a tiny model of that family, wired up."""
    model = gan_model(tmp_path / "tones.onnx")
    return stage(
        {"length": 4, "silence": 0.4}, model={"name": str(model), "seed": 1, "device": "cpu"}
    )


def play(keyboard):
    for loud, chord in zip(LOUD, PROGRESSION, strict=True):
        for pitch in chord:
            keyboard.play(ON, pitch, loud)
        time.sleep(0.45)
        for pitch in chord:
            keyboard.play(OFF, pitch, 0)


def test_a_turn_is_answered_with_velocity_and_more_than_one_voice(partner, keyboard, recorder):
    play(keyboard)
    partner.wait_for("answering 16 notes")
    partner.wait_for("answer over")
    taken = recorder.rest(0.3)
    begins = [is_on(data) for _, data in taken]
    voices = list(accumulate(1 if each else -1 for each in begins))
    assert sum(begins) > len(PROGRESSION)
    assert max(voices) > 1
    assert voices[-1] == 0
    assert not sounding(taken)
    assert len({data[2] for _, data in taken if is_on(data)}) > 1
    assert len({data[1] for _, data in taken if is_on(data)}) > 1


def test_a_key_struck_into_it_ends_all_its_voices_at_once(partner, keyboard, recorder):
    line = 0
    for _ in range(2):
        play(keyboard)
        taken = recorder.take(6)
        frame = keyboard.play(ON, 100, 90)
        line = partner.wait_for("answer over", line)
        taken += recorder.rest(0.3)
        late = [(at, data) for at, data in taken if at >= frame]
        assert not [data for _, data in late if is_on(data)]
        assert all(at - frame <= PERIODS for at, _ in late)
        assert not sounding(taken)
        keyboard.play(OFF, 100, 0)
        time.sleep(1.0)  # a note alone is no phrase
