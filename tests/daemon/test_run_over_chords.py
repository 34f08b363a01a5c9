"""The daemon over a real jackd with a model that plays the root of each chord: which it knows."""

import time

import pytest
from jazz import roots_model
from witness import OFF, ON, is_on

pytestmark = pytest.mark.jackd

RATE = 48_000
BEAT = 0.5  # seconds
D_FLAT, F_SHARP = (37, 41, 44), (30, 34, 37)


@pytest.fixture
def stage(stage, tmp_path):
    """The stage of the others, with that model, whose repeats are wanted."""
    model = {"name": str(roots_model(tmp_path / "roots.onnx")), "seed": 1}
    own = {"model": model, "jazz": {"rules": []}, "sampling": {"restless": 0.0}}
    free = {"length": 4, "density": "free", "range": "free"}
    return lambda **tables: stage(free, **own | tables)


def phrase(keyboard, pitches=(72, 74, 76, 77)):
    """Two beats of one; the frame of its first note."""
    frames = []
    for pitch in pitches:
        frames.append(keyboard.play(ON, pitch, 80))
        time.sleep(BEAT / 2)
        keyboard.play(OFF, pitch, 0)
    return frames[0]


def test_an_answer_is_played_over_the_chart_on_the_beats_of_the_phrase(stage, keyboard, recorder):
    chart = "| C | Db Eb | F# | % |"
    partner = stage(chords={"source": "chart", "chart": chart})
    roots = [0, 0, 0, 0, 1, 1, 3, 3, *[6] * 8]  # of each beat
    began = phrase(keyboard)
    partner.wait_for("answer over")
    taken = [(at, data[1]) for at, data in recorder.rest(0.3) if is_on(data)]
    beats = [(at - began) / RATE / BEAT for at, _ in taken]
    assert len(taken) == 2 * 16 - 1
    told = [roots[int(beat + 0.1) % 16] for beat in beats]
    assert [pitch % 12 for _, pitch in taken][:-1] == told[:-1]


@pytest.mark.parametrize(
    ("chords", "channel"),
    [({"source": "left_hand", "split": 48}, 1), ({"source": "channel", "channel": 16}, 16)],
    ids=["left hand", "channel"],
)
def test_what_is_held_is_played_over_and_a_change_neither_ends_the_answer_nor_is_answered(
    stage, keyboard, recorder, chords, channel
):
    partner = stage(chords=chords)
    on, off = ON | channel - 1, OFF | channel - 1
    for pitch in D_FLAT:
        keyboard.play(on, pitch, 80)
    phrase(keyboard)
    first = recorder.take(2)
    for pitch in D_FLAT:
        keyboard.play(off, pitch, 0)
    for pitch in F_SHARP:
        keyboard.play(on, pitch, 80)
    partner.wait_for("answer over")
    taken = first + recorder.rest(1.0)
    pitches = [data[1] % 12 for _, data in taken if is_on(data)]
    assert len(pitches) == 2 * 16 - 1
    change = pitches.index(6)
    assert change <= 5, "the lookahead is a beat"
    assert pitches[:-1] == [1] * change + [6] * (len(pitches) - 1 - change)
