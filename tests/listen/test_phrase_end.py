"""How much silence each detector wants after what was played."""

from random import Random
from typing import get_args

import pytest

from improvd.config.schema import KEYS
from improvd.config.values import choices
from improvd.listen.held import Sound
from improvd.listen.phrase import Phrase
from improvd.listen.phrase_end import DETECTORS, LEAST, MOST, Name, over_at


def played(*onsets: float, velocity: int = 90, lasting: float = 0.1) -> Phrase:
    phrase = Phrase()
    for onset in onsets:
        phrase.hear(Sound("on", onset, 60, velocity))
        phrase.hear(Sound("off", onset + lasting, 60))
    return phrase


def wanted(phrase: Phrase, silence: Name | float, clock: float | None = None) -> float:
    over = over_at(phrase, phrase.last_release, silence, clock)
    assert over is not None
    return round(over - phrase.last_release, 6)


def every(interval: float, notes: int) -> list[float]:
    return [note * interval for note in range(notes)]


def made_up(seed: int) -> Phrase:
    dice, phrase, second = Random(seed), Phrase(), 0.0
    for _ in range(dice.randint(1, 40)):
        second += dice.choice((0.01, 0.1, 0.3, 1.0, 2.5))
        phrase.hear(Sound("on", second, 60, dice.randint(1, 127)))
        second += dice.random()
        phrase.hear(Sound("off", second, 60))
    return phrase


def test_the_configuration_offers_every_detector_there_is():
    assert set(DETECTORS) == set(get_args(Name)) == set(choices(KEYS["turns"]["silence"]))


@pytest.mark.parametrize("silence", [*DETECTORS, 0.5])
def test_no_phrase_is_over_while_a_key_is_held(silence):
    assert over_at(made_up(0), None, silence, 120.0) is None


@pytest.mark.parametrize("name", DETECTORS)
@pytest.mark.parametrize("clock", [None, 20.0, 97.0, 400.0])
def test_whatever_was_played_every_detector_stays_within_its_bounds(name, clock):
    for seed in range(100):
        assert LEAST <= wanted(made_up(seed), name, clock) <= MOST


@pytest.mark.parametrize("name", DETECTORS)
def test_a_detector_counts_from_the_last_release_wherever_the_phrase_lies(name):
    onsets = [0.0, 0.3, 0.7, 0.9]
    here = wanted(played(*onsets), name)
    assert wanted(played(*(onset + 5000.0 for onset in onsets)), name) == pytest.approx(here)


def test_a_fixed_silence_is_what_it_says():
    assert wanted(played(0.0, 0.5), 2.5) == 2.5


def test_the_automatic_silence_follows_the_longer_intervals():
    eighths = every(0.3, 20)
    assert wanted(played(*eighths), "auto") == pytest.approx(0.45)
    one_breath = [*eighths, eighths[-1] + 3.0]
    assert wanted(played(*one_breath), "auto") == pytest.approx(0.45)


def test_the_automatic_silence_has_a_least_and_a_most():
    assert wanted(played(*every(0.1, 9)), "auto") == pytest.approx(0.4)
    assert wanted(played(*every(2.0, 9)), "auto") == pytest.approx(1.2)
    assert wanted(played(5.0), "auto") == pytest.approx(1.2)


def test_the_fingers_of_a_chord_are_no_short_intervals():
    chords = [beat * 0.6 + finger * 0.01 for beat in range(6) for finger in range(4)]
    assert wanted(played(*chords, lasting=0.005), "auto") == pytest.approx(0.9, abs=0.05)


def test_on_a_clock_a_phrase_is_over_after_a_beat():
    phrase = played(*every(0.3, 20))
    assert wanted(phrase, "beat", 80.0) == pytest.approx(0.75)
    assert wanted(phrase, "beat", 240.0) == pytest.approx(0.4)
    assert wanted(phrase, "beat", 30.0) == pytest.approx(1.2)


def test_without_a_clock_the_beat_is_the_pace():
    for seed in range(50):
        assert wanted(made_up(seed), "beat") == wanted(made_up(seed), "auto")


def test_energy_drains_sooner_after_quiet_and_sparse_playing():
    dense, sparse = every(0.12, 12), every(0.6, 12)
    loud, quiet = (wanted(played(*dense, velocity=each), "energy") for each in (110, 40))
    thin = wanted(played(*sparse, velocity=110), "energy")
    assert loud > quiet + 0.1
    assert loud > thin + 0.1


def test_the_louder_and_the_closer_the_longer_energy_lasts():
    by_velocity = [
        wanted(played(*every(0.1, 9), velocity=each), "energy") for each in range(1, 128)
    ]
    assert by_velocity == sorted(by_velocity)
    by_pace = [
        wanted(played(*every(step / 50, 9), lasting=0.02), "energy") for step in range(2, 60)
    ]
    assert by_pace == sorted(by_pace, reverse=True)


def test_a_note_that_was_held_long_has_let_energy_drain():
    onsets = every(0.15, 9)
    short, held = (wanted(played(*onsets, lasting=each), "energy") for each in (0.14, 0.5))
    assert held < short


def test_a_patient_partner_waits_longer_the_fewer_notes_it_has_heard():
    waits = [wanted(played(*every(0.45, notes)), "patient") for notes in range(1, 60)]
    assert waits == sorted(waits, reverse=True)
    assert waits[3] == pytest.approx(0.45 * 1.5)
    assert waits[-1] < 0.45 * 1.04


def test_a_patient_partner_follows_the_pace():
    waits = [wanted(played(*every(step / 50, 20)), "patient") for step in range(5, 100)]
    assert waits == sorted(waits)
    assert waits[0] == pytest.approx(0.44)
    assert waits[-1] == pytest.approx(0.88)
