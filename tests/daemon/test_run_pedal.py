"""A model that knows the pedal over a real jackd: what it puts down comes up again."""

import time

import pytest
from tiny import tiny_pedal_model
from witness import OFF, ON, is_on, sounding

pytestmark = pytest.mark.jackd

CONTROL, SUSTAIN = 0xB0, 64
CHORDS = ((48, 64, 67, 72), (53, 65, 69, 72), (55, 65, 67, 71), (48, 64, 67, 72))


@pytest.fixture
def partner(stage, tmp_path):
    """A daemon with such a model, wired up, that passes on what is played."""
    model = tiny_pedal_model(tmp_path / "pedal.onnx")
    return stage(
        model={"name": str(model), "seed": 1, "device": "cpu"},
        midi={"backend": "jack", "input": "virtual", "thru": True},
    )


def play(keyboard, chords=CHORDS):
    """Chords that only the pedal keeps until the next one."""
    for chord in chords:
        for pitch in chord:
            keyboard.play(ON, pitch, 75)
        keyboard.play(CONTROL, SUSTAIN, 127)
        time.sleep(0.2)
        for pitch in chord:
            keyboard.play(OFF, pitch, 0)
        time.sleep(0.25)
        keyboard.play(CONTROL, SUSTAIN, 0)


def presses(taken):
    """The values of the pedal's moves."""
    return [data[2] for _, data in taken if data[0] & 0xF0 == CONTROL and data[1] == SUSTAIN]


def test_a_phrase_with_pedal_is_answered_and_every_press_of_the_answer_ends(
    partner, keyboard, recorder
):
    play(keyboard)
    partner.wait_for("answering 16 notes")
    partner.wait_for("answer over")
    taken = recorder.rest(0.3)
    moves = presses(taken)
    assert len(moves) > 2 * len(CHORDS), "it uses the pedal too"
    assert moves == [127, 0] * (len(moves) // 2)
    assert not sounding(taken)


def test_a_key_struck_into_it_lifts_the_pedal_first(partner, keyboard, recorder):
    play(keyboard)
    taken = recorder.take(len(CHORDS) * 10)  # the phrase
    while presses(taken)[-1] == 0:
        taken += recorder.take(1)
    keyboard.play(ON, 100, 80)
    partner.wait_for("answer over")
    keyboard.play(OFF, 100, 0)
    taken += recorder.rest(0.5)
    struck = next(at for at, (_, data) in enumerate(taken) if is_on(data) and data[1] == 100)
    assert presses(taken[:struck])[-1] == 0
    assert not sounding(taken[:struck])
    assert 127 not in presses(taken[struck:])
