"""What a C-RNN-GAN says is played, as far as the wish allows."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from improvd.core.units import Beats
from improvd.models.base import ANYTHING, Wish
from improvd.models.crnngan.configuration import FARTHEST, LIVE, Tone, rest, styled
from improvd.models.crnngan.tones import vectors
from improvd.models.crnngan.voice import Dice, Voice
from improvd.models.sampling import Sampler

PLAIN = Tone(16, 60, 80, 24)
TICK = LIVE.grid


def said(tone):
    """What a network says that means just this tone."""
    return {"logits": vectors(LIVE, np.array([tone]))}


def chosen(tone, wish=ANYTHING, heard=(), **dice):
    voice = Voice(LIVE, Sampler(**{"temperature": 1.0, "seed": 1, **dice}))
    for each in heard:
        voice.hear(each)
    return voice.choose(said(tone), wish)


def test_what_it_says_is_played():
    for tone in (PLAIN, Tone(0, 21, 1, 1), Tone(FARTHEST, 108, 127, 512)):
        assert chosen(tone) == tone
        assert chosen(tone, temperature=0.0) == tone


def test_an_onset_begins_at_once():
    assert chosen(PLAIN, Wish(onset=True)) == PLAIN._replace(since=0)
    assert chosen(PLAIN, Wish(onset=True), [PLAIN]).since == 0


@pytest.mark.parametrize(("pitch", "nearest"), [(60, 59), (61, 62), (63, 62), (64, 65), (21, 23)])
def test_the_nearest_pitch_of_the_wished_classes_is_taken(pitch, nearest):
    dim = Wish(pitch_classes=frozenset({2, 5, 8, 11}))
    assert chosen(PLAIN._replace(pitch=pitch), dim).pitch == nearest


def test_no_known_pitch_class_is_any():
    assert chosen(PLAIN, Wish(onset=True, pitch_classes=frozenset())).pitch == 60


def test_it_goes_on_in_the_style_of_what_it_heard_and_from_nothing_in_its_own():
    knowing = LIVE.knowing(("bach", "pop"))
    voice = Voice(styled(knowing, "bach"), Sampler(seed=1))
    hold = Wish(hold=True, within=Beats(1.0))
    voice.hear(rest(9, 1))
    assert [voice.choose(said(PLAIN), wish).style for wish in (ANYTHING, hold)] == [1, 1]
    voice.hear(PLAIN._replace(style=2))
    voice.hear(rest(9, 2))
    assert [voice.choose(said(PLAIN), wish).style for wish in (ANYTHING, hold)] == [2, 2]


def test_what_is_heard_tells_its_style():
    knowing = LIVE.knowing(("bach", "pop"))
    voice = Voice(knowing, Sampler())
    for step, style in ((PLAIN._replace(style=2), [0, 1]), (rest(9, 1), [1, 0]), (PLAIN, [0, 0])):
        assert voice.hear(step)[-2:].tolist() == style


def test_a_rest_is_heard_as_the_last_tone_again_so_much_later():
    voice = Voice(LIVE, Sampler())
    for step, expected in [
        (rest(7), rest(7)),
        (PLAIN, PLAIN),
        (rest(9), PLAIN._replace(since=9)),
        (rest(2), PLAIN._replace(since=2)),
    ]:
        np.testing.assert_array_equal(voice.hear(step), said(expected)["logits"][0])


def test_while_a_note_is_held_time_passes_to_the_end():
    assert chosen(PLAIN, Wish(hold=True, within=Beats(2.0))) == rest(64)
    assert chosen(PLAIN, Wish(hold=True)) == rest(FARTHEST)


def test_what_is_of_the_chord_and_at_once_joins_it():
    chord = Wish(hold=True, pitch_classes=frozenset({0, 4, 7}), within=Beats(1.0))
    joining = PLAIN._replace(since=0, pitch=64)
    assert chosen(joining, chord) == joining
    assert chosen(joining._replace(pitch=65), chord) == rest(32)
    assert chosen(PLAIN, chord) == rest(32)


def test_what_would_begin_too_late_is_time_that_passes_and_no_more_of_it():
    assert chosen(PLAIN, Wish(within=Beats(16 * TICK))) == PLAIN
    assert chosen(PLAIN, Wish(within=Beats(15.4 * TICK))) == rest(15)
    assert chosen(PLAIN, Wish(within=Beats(0.2 * TICK))) == rest(1), "time has to pass"


def test_a_pitch_beyond_the_register_is_moved_by_octaves():
    assert chosen(PLAIN, Wish(register=(48, 72))) == PLAIN
    assert chosen(PLAIN, Wish(register=(70, 82))).pitch == 72
    assert chosen(PLAIN, Wish(register=(30, 47))).pitch == 36
    assert chosen(PLAIN, Wish(register=(64, 67))).pitch in (60, 72), "narrower than an octave"


def test_busier_is_sooner_and_calmer_is_later_but_a_chord_stays_one():
    sooner, later = (chosen(PLAIN, Wish(busier=nats)).since for nats in (1.0, -1.0))
    assert (sooner, later) == (round(16 / math.e), round(16 * math.e))
    assert chosen(PLAIN._replace(since=0), Wish(busier=-3.0)).since == 0
    assert chosen(PLAIN._replace(since=1), Wish(busier=3.0)).since == 1
    assert chosen(PLAIN._replace(since=200), Wish(busier=-3.0)).since == FARTHEST


def test_a_key_is_struck_once_at_a_moment_and_ten_are_all_there_are():
    again = PLAIN._replace(since=0)
    assert chosen(again, heard=[PLAIN]).since == 1
    assert chosen(again, Wish(busier=-2.0), [PLAIN]).since == 7, "calmer here too"
    assert chosen(again, heard=[PLAIN, rest(1)]).since == 0
    chord = [Tone(0, pitch, 80, 24) for pitch in range(40, 50)]
    assert chosen(again, heard=chord[:9]).since == 0
    assert chosen(again, heard=chord).since == 1


def test_time_passes_whatever_it_says():
    voice = Voice(LIVE, Sampler(temperature=0.0))
    together = said(Tone(0, 60, 80, 24))
    passed = 0
    for _ in range(100):
        tone = voice.choose(together, ANYTHING)
        voice.hear(tone)
        passed += tone.since
    assert passed >= 99


def test_beyond_a_temperature_of_one_it_strays_and_up_to_it_it_does_not():
    def strays(temperature):
        voice = Voice(LIVE, Sampler(temperature, seed=1))
        pitches = [voice.choose(said(PLAIN), ANYTHING).pitch for _ in range(300)]
        return np.std(pitches)

    assert strays(1.0) == 0
    assert 0 < strays(1.2) < strays(2.0)
    assert strays(2.0) == pytest.approx(0.1 * 43.5, rel=0.15)


def test_a_pitch_that_never_moves_is_heated_until_it_does():
    def pitches(restless, outputs):
        voice = Voice(LIVE, Sampler(1.0, seed=1, restless=restless))
        heard = []
        for _ in range(64):
            tone = voice.choose(outputs, ANYTHING)
            voice.hear(tone)
            heard.append(tone.pitch)
        return heard

    assert len(set(pitches(0.0, said(PLAIN)))) == 1
    assert len(set(pitches(0.5, said(PLAIN))[:32])) == 1
    assert len(set(pitches(0.5, said(PLAIN)))) > 1
    for broken in (np.nan, np.inf):
        assert len(set(pitches(0.5, {"logits": np.full((1, 4), broken)}))) > 1


def test_what_is_nearer_to_what_was_said_is_likelier():
    voice = Voice(LIVE, Sampler())
    right = voice.score(said(PLAIN), PLAIN)
    assert right == 0.0
    away = [voice.score(said(PLAIN), PLAIN._replace(pitch=60 + far)) for far in (1, 5, 20)]
    assert away == sorted(away, reverse=True)
    assert away[0] == pytest.approx(-0.5 * (2 / 87) ** 2, rel=1e-4)


@pytest.mark.parametrize(
    ("temperature", "least", "most"), [(0, 0.5, 0.5), (0.5, 0.25, 0.75), (1, 0, 1), (3, 0, 1)]
)
def test_a_temperature_below_one_narrows_the_noise(temperature, least, most):
    rolls = np.zeros(10_000, np.float32)
    Dice(Sampler(temperature, seed=1)).random(dtype=np.float32, out=rolls)
    assert rolls.min() == pytest.approx(least, abs=1e-2)
    assert rolls.max() == pytest.approx(most, abs=1e-2)
    assert least <= rolls.min() <= rolls.max() < max(most, 0.6)


numbers = some.lists(some.floats(width=32), min_size=4, max_size=4)
wishes = some.builds(
    Wish,
    onset=some.booleans(),
    hold=some.booleans(),
    pitch_classes=some.none() | some.frozensets(some.integers(0, 11)),
    within=some.floats(0, 10) | some.just(math.inf),
    busier=some.floats(-3, 3),
    register=some.none() | some.tuples(some.integers(0, 127), some.integers(0, 127)).map(sorted),
).filter(lambda wish: not (wish.onset and wish.hold))


@given(numbers, wishes)
@settings(deadline=None, derandomize=True, max_examples=300)
def test_every_wish_is_obeyed_whatever_is_said(numbers, wish):
    voice = Voice(LIVE, Sampler(seed=1))
    outputs = {"logits": np.array([numbers], np.float32)}
    tone = voice.choose(outputs, wish)
    assert tone.velocity or not wish.onset
    if wish.onset:
        assert tone.since == 0
    else:
        assert tone.since * TICK <= max(wish.within + TICK / 2, TICK)
    if tone.velocity and wish.pitch_classes:
        assert tone.pitch % 12 in wish.pitch_classes
    if wish.hold and tone.velocity:
        assert (tone.since, tone.pitch % 12 in wish.pitch_classes) == (0, True)
    assert voice.choose(outputs, replace(wish, hold=True, pitch_classes=None)).velocity == 0
