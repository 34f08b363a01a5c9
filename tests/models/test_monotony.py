"""Monotony is measured from the last steps alone: loops and standstills are found, music is not."""

from pathlib import Path

import numpy as np
import pytest

from improvd.models.base import encode, family
from improvd.models.monotony import MEMORY, monotony
from improvd.ports.midifile import read_midi

ROOT = Path(__file__).parents[2]
TUNES = [*(ROOT / "music").glob("*.mid"), *(ROOT / "tests" / "music").glob("*.mid")]
WINDOW = 64  # steps that the entropy is measured over


def most(steps):
    """The most that is found at any moment of it."""
    return max(monotony(steps[:end]) for end in range(len(steps) + 1))


def played(path):
    """The tune of a file, in steps."""
    kind = family("melody")
    notes = read_midi(path).notes
    encoder = kind.encoder(kind.configuration("basic"), 0)
    return encode(encoder, notes, max(note.end for note in notes))


def held(*lengths, pitches=(62, 64, 66)):
    """Notes of these lengths, in steps, each of the next pitch in turn."""
    notes = ([pitches[at % len(pitches)]] + [0] * (long - 1) for at, long in enumerate(lengths))
    return [step for note in notes for step in note]


def lively(length, seed=1):
    """Eighths that walk about."""
    walk = np.random.default_rng(seed).integers(60, 75, size=length // 2)
    return [step for pitch in walk for step in (int(pitch), 0)]


@pytest.mark.parametrize("period", [1, 3, 8, 16, 32, 64])
def test_a_pattern_may_repeat_four_times_but_not_longer(period):
    pattern = [2 + each for each in range(period)]
    enough = max(4 * period, 32)
    assert monotony([0, 1, *(pattern * 400)[:enough]]) == 0
    assert monotony([0, 1, *(pattern * 400)[: enough + 5]]) == 5
    assert monotony(pattern * 400) == MEMORY - enough


def test_one_other_step_ends_a_loop():
    assert monotony([2, 0, 3, 0] * 40) > 0
    assert monotony([*[2, 0, 3, 0] * 40, 4]) == 0


def test_steps_may_be_anything_that_can_be_told_apart():
    tokens = [("wait", 12), ("on", 60, 90), ("wait", 30), ("off", 60)] * 12
    assert monotony(tokens) == 16


@pytest.mark.parametrize("path", TUNES, ids=lambda path: path.stem)
def test_a_tune_is_not_monotonous_at_any_moment_nor_are_its_long_notes_and_rests(path):
    tune = played(path)
    assert most(tune * 2) == 0
    assert most([*tune, *held(16), *tune, *held(16, 16, 16, 16, pitches=(69, 67, 66, 64))]) == 0
    assert most([*tune, 1, *[0] * 15, *tune]) == 0


@pytest.mark.parametrize(
    "steps", [held(*[16] * 12), held(*[8, 8, 12, 4] * 6), lively(300), []], ids=len
)
def test_slow_music_is_none_and_neither_is_quick_or_nothing(steps):
    assert most(steps) == 0


def test_a_standstill_is_found_although_no_pattern_repeats():
    steps = [62, 0, 62, *[0] * 25, 62, *[0] * 20, 62, *[0] * 29, 62, *[0] * 8]
    assert monotony(steps) > 0
    assert monotony([*lively(192), *steps]) > 0


def test_it_lasts_a_step_longer_with_each_step_and_ends_with_the_first_new_one():
    steps = [*lively(192), *held(*[20, 23, 27, 21, 25, 28, 22], pitches=(62,))]
    lasted = [monotony(steps[:end]) for end in range(len(steps) - 20, len(steps) + 1)]
    assert np.diff(lasted).tolist() == [1] * 20
    assert monotony([*steps, 64]) == 0
    assert monotony([*steps, 64, 0]) == 1  # but one note is no music yet


def test_the_beginning_is_too_short_to_tell():
    steps = held(20, 23, 27, pitches=(62,))
    assert monotony(steps[: WINDOW - 1]) == 0
    assert monotony(steps) > 0


def test_little_is_a_standstill_only_where_there_was_more_before():
    slow = held(*[13, 16, 19, 14, 18, 16], pitches=(62, 62, 64))
    assert monotony(slow) == 0
    busy = np.random.default_rng(3).integers(4096, size=256).tolist()
    assert monotony([*busy, *slow]) > 0
