"""Drawing a step: never fails, obeys the mask, gets out of loops."""

from collections import Counter

import numpy as np
import pytest

from improvd.models.sampling import MEMORY, Sampler, staleness

ALL = np.ones(4, bool)
LOGITS = np.log(np.array([0.5, 0.3, 0.15, 0.05], np.float32))


def draws(sampler, logits=LOGITS, allowed=ALL, count=2000):
    counted = Counter(sampler.draw(logits, allowed) for _ in range(count))
    return [counted[each] / count for each in range(len(logits))]


def test_draws_are_as_frequent_as_the_model_says():
    np.testing.assert_allclose(draws(Sampler(seed=1)), [0.5, 0.3, 0.15, 0.05], atol=0.04)


def test_the_same_seed_draws_the_same():
    one, other = ([Sampler(seed=7).draw(LOGITS, ALL) for _ in range(9)] for _ in range(2))
    assert one == other


def test_no_temperature_takes_the_likeliest():
    assert draws(Sampler(temperature=0.0), count=20)[0] == 1.0


def test_a_low_temperature_sharpens():
    assert draws(Sampler(temperature=0.3, seed=1))[0] > 0.8


def test_top_k_and_top_p_cut_the_tail():
    assert draws(Sampler(top_k=2, seed=1))[2:] == [0, 0]
    assert draws(Sampler(top_p=0.75, seed=1))[2:] == [0, 0]
    assert draws(Sampler(top_p=0.0, seed=1))[0] == 1.0


def test_only_what_is_allowed_is_drawn():
    assert draws(Sampler(seed=1), allowed=np.array([False, False, True, True]))[:2] == [0, 0]


@pytest.mark.parametrize(
    "logits", [[np.nan] * 4, [-np.inf] * 4, [np.inf, 0, 0, 0], [1e30, -1e30, 0, np.nan]]
)
@pytest.mark.parametrize("allowed", [[True] * 4, [False] * 4, [False, False, False, True]])
def test_whatever_the_model_says_something_is_drawn(logits, allowed):
    drawn = Sampler(seed=1).draw(np.array(logits, np.float32), np.array(allowed))
    assert allowed[drawn] or not any(allowed)


@pytest.mark.parametrize("period", [1, 3, 8, 16, 32])
def test_a_pattern_may_repeat_four_times_but_not_longer(period):
    pattern = [2 + each for each in range(period)]
    enough = max(4 * period, 32)
    assert staleness([0, 1, *(pattern * 200)[:enough]]) == 0
    assert staleness([0, 1, *(pattern * 200)[: enough + 5]]) == 5
    assert staleness(pattern * 200) == MEMORY - enough


def test_music_is_not_stale():
    assert staleness([int(step) for step in np.random.default_rng(1).integers(38, size=500)]) == 0
    assert staleness([]) == 0


def test_a_model_in_a_loop_gets_out_of_it():
    sampler = Sampler(temperature=0.0, seed=1)
    history = [0] * 40
    likes_to_rest = np.array([5.0, 2, 2, 2], np.float32)
    for _ in range(200):
        history.append(sampler.draw(likes_to_rest, ALL, history))
    assert set(history[-150:]) != {0}
