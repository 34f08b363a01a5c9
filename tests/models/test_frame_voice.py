"""How a frame is drawn: the keys' own probabilities, as far as a wish and the last frame allow."""

from collections import Counter
from itertools import product
from math import exp, log

import numpy as np
import pytest

from improvd.models.base import ANYTHING, Wish
from improvd.models.rnnrbm.configuration import CONFIGURATIONS, FAITHFUL, KEYS, LIVE, LOWEST
from improvd.models.rnnrbm.voice import Voice
from improvd.models.sampling import Sampler

C, E, G, A = (pitch - LOWEST for pitch in (60, 64, 67, 69))
NEVER = -40.0


def bits(*keys):
    return sum(1 << key for key in keys)


def live(struck=(), held=()):
    return bits(*struck, *held) | bits(*struck) << KEYS


def keys_of(frames):
    return [key for key in range(frames.bit_length()) if frames >> key & 1]


def struck(frame):
    return keys_of(frame >> KEYS)


def sounding(frame):
    return keys_of(frame & (1 << KEYS) - 1)


def logits(goes_on=(), strikes=(), otherwise=NEVER, configuration=LIVE):
    """What a network says that likes these keys to go on, and to be struck, by so many nats."""
    told = np.full(configuration.visible, otherwise, np.float32)
    for key, nats in dict(goes_on).items():
        told[key] = nats
    for key, nats in dict(strikes).items():
        told[KEYS + key] = nats
    return {"logits": told[None]}


def voice(*heard, configuration=LIVE, **sampling):
    """One that draws as the model says, unless told otherwise."""
    made = Voice(configuration, Sampler(**{"seed": 1, "restless": 0.0, **sampling}))
    for frame in heard:
        made.hear(frame)
    return made


def law(goes_on, strikes, sounded):
    """The probability of each frame, of those that can follow one in which `sounded` sounds."""
    weights = {}
    for on in product("-hs", repeat=len(goes_on)):
        if any(how == "h" and key not in sounded for key, how in zip(goes_on, on, strict=True)):
            continue
        told = {how: [k for k, h in zip(goes_on, on, strict=True) if h == how] for how in "hs"}
        nats = sum(goes_on[key] for key in told["h"]) + sum(strikes[key] for key in told["s"])
        weights[live(told["s"], told["h"])] = exp(nats)
    total = sum(weights.values())
    return {frame: weight / total for frame, weight in weights.items()}


def test_frames_come_as_often_as_the_network_says():
    goes_on, strikes = {C: 1.0, E: -0.5, G: 0.3}, {C: 0.5, E: 0.0, G: -1.0}
    drawing, said = voice(live([C])), logits(goes_on, strikes)
    counts = Counter(drawing.choose(said, ANYTHING) for _ in range(4000))
    expected = law(goes_on, strikes, [C])
    assert set(counts) <= set(expected)
    for frame, share in expected.items():
        spread = (share * (1 - share) / 4000) ** 0.5
        assert counts[frame] / 4000 == pytest.approx(share, abs=4.5 * spread)


def test_without_strikes_a_key_that_sounds_can_only_be_held():
    sounds = {C: 1.0, E: -1.0}
    drawing = voice(bits(C), configuration=FAITHFUL)
    said = logits(sounds, configuration=FAITHFUL)
    assert {drawing.choose(said, Wish(hold=True)) for _ in range(50)} == {bits(C)}
    assert {drawing.choose(said, Wish(onset=True)) for _ in range(50)} == {bits(E), bits(C, E)}


def test_an_onset_is_of_the_wished_chord_alone_and_may_have_several_keys():
    drawing = voice(live([A, C]))
    said = logits({C: 2, E: -3, G: 2, A: 5}, {C: 3, E: 0, G: 3, A: 5})
    wish = Wish(onset=True, pitch_classes=frozenset({0, 4, 7}))
    frames = [drawing.choose(said, wish) for _ in range(300)]
    assert all(struck(frame) for frame in frames)
    assert {key for frame in frames for key in sounding(frame)} == {C, E, G}
    assert max(len(struck(frame)) for frame in frames) == 3


@pytest.mark.parametrize("configuration", CONFIGURATIONS.values(), ids=lambda each: each.name)
def test_an_onset_comes_of_whatever_is_likeliest_however_unlikely(configuration):
    struck = {C: -15} if configuration.strikes else {}
    said = logits({C: -15}, struck, otherwise=-39.0, configuration=configuration)
    for sampling in ({}, {"temperature": 0.0}, {"top_p": 0.5}, {"top_k": 1}):
        drawing = voice(configuration=configuration, **sampling)
        assert drawing.choose(said, Wish(onset=True)) & (1 << KEYS) - 1 == bits(C)


def test_what_another_played_does_not_go_on_and_may_begin_again():
    said = logits({C: 9.0, E: 9.0, G: -9.0}, {C: -0.5, E: 30.0})
    drawing = voice(live([C], held=[E]))
    assert drawing.choose(said, ANYTHING) == live([E], held=[C])
    frames = {drawing.choose(said, Wish(anew=True)) for _ in range(50)}
    assert frames == {live([E]), live([C, E])}


def test_to_hold_is_to_begin_nothing_and_to_end_nothing():
    drawing = voice(live([C], held=[E]))
    eager = logits({C: -9, E: -9, G: 9}, {C: 9, E: 9, G: 9})
    assert drawing.choose(eager, Wish(hold=True)) == live(held=[C, E])


def test_busier_is_more_moments_at_which_keys_begin_not_more_keys():
    said = logits({}, dict.fromkeys((C, E, G), -2.0))

    def drawn(busier):
        drawing = voice()
        frames = [drawing.choose(said, Wish(busier=busier)) for _ in range(2000)]
        begun = [len(struck(frame)) for frame in frames if struck(frame)]
        odds = len(begun) / (len(frames) - len(begun))
        return log(odds), np.mean(begun)

    (calm, few), (busy, some) = drawn(0.0), drawn(1.5)
    assert busy - calm == pytest.approx(1.5, abs=0.25)
    assert some == pytest.approx(few, abs=0.12)


def test_beyond_the_register_keys_are_rarer():
    said = logits({}, {C - 24: 0.0, C: 0.0})
    drawing = voice()
    begun = Counter()
    for _ in range(300):
        begun.update(struck(drawing.choose(said, Wish(register=(60, 72)))))
    assert begun[C] > 100
    assert begun[C - 24] < 3


def test_no_more_voices_than_wished_and_the_first_that_begins_among_them():
    said = logits(dict.fromkeys(range(30, 60), 6.0), dict.fromkeys(range(30, 60), 6.0))
    for wish in (Wish(voices=4), Wish(voices=1), Wish(voices=4, onset=True)):
        drawing = voice(live(held=range(30, 45)))
        for _ in range(50):
            frame = drawing.choose(said, wish)
            assert len(sounding(frame)) == wish.voices
            assert set(struck(frame)) <= set(sounding(frame))
            assert struck(frame) or not wish.onset


def test_of_many_unlikely_keys_top_p_lets_one_begin_but_no_cluster():
    said = logits({}, dict.fromkeys(range(KEYS), -4.0))
    loose, tight = (
        [len(struck(drawing.choose(said, ANYTHING))) for _ in range(500)]
        for drawing in (voice(), voice(top_p=0.95))
    )
    assert np.mean(np.array(tight) > 0) == pytest.approx(np.mean(np.array(loose) > 0), abs=0.08)
    assert max(loose) > 3
    assert max(tight) == 1


def test_at_temperature_0_the_frame_is_the_likeliest():
    drawing = voice(live([C, A]), temperature=0.0)
    said = logits({C: 1.0, E: 2.0, G: 3.0, A: -1.0}, {C: 0.0, E: 1.0, G: -1.0, A: -3.0})
    assert drawing.choose(said, ANYTHING) == live([E], held=[C])


def test_what_is_held_for_ever_is_left_now_and_then_by_a_single_key():
    stuck = live(held=[C, E, G])
    said = logits(dict.fromkeys((C, E, G), 20.0), {}, otherwise=-12.0)
    still = voice(*[stuck] * 80)
    assert {still.choose(said, ANYTHING) for _ in range(200)} == {stuck}
    restless = voice(*[stuck] * 80, restless=0.5)
    left = [
        frame for frame in (restless.choose(said, ANYTHING) for _ in range(400)) if frame != stuck
    ]
    assert 4 < len(left) < 80
    assert {len(struck(frame)) for frame in left} == {1}


def test_a_frame_is_as_likely_as_all_its_units_together():
    said = logits({C: 1.0, E: -2.0}, {C: 0.5, E: -2.0})
    speaking = voice(temperature=0.0, top_k=1)

    def nats(logit, *, on):
        return -log(1 + exp(-logit if on else logit))

    expected = nats(1.0, on=False) + 2 * nats(-2.0, on=False) + nats(0.5, on=True)
    assert speaking.score(said, live([C])) == pytest.approx(expected)
    assert speaking.score(said, live([C])) - speaking.score(said, live([C, E])) == pytest.approx(
        2.0
    )


@pytest.mark.parametrize("broken", [np.nan, -np.inf, np.inf, 1e30, -1e30])
@pytest.mark.parametrize("configuration", CONFIGURATIONS.values(), ids=lambda each: each.name)
def test_numbers_that_are_none_do_no_harm(broken, configuration):
    said = {"logits": np.full((1, configuration.visible), broken, np.float32)}
    for temperature in (0.0, 1.0):
        drawing = voice(configuration=configuration, temperature=temperature)
        for wish in (ANYTHING, Wish(hold=True)):
            assert 0 <= drawing.choose(said, wish) < configuration.events
        assert sounding(drawing.choose(said, Wish(onset=True, voices=3)))


def test_the_same_seed_draws_the_same():
    said = logits(otherwise=-2.0)
    one, other, another = (voice(seed=seed) for seed in (5, 5, 6))
    frames = [[each.choose(said, ANYTHING) for _ in range(20)] for each in (one, other, another)]
    assert frames[0] == frames[1] != frames[2]
