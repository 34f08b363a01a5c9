"""Drawing a step: never fails, obeys the mask, gets out of loops."""

from collections import Counter

import numpy as np
import pytest

from improvd.models.sampling import Sampler

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


def test_the_cut_is_the_same_among_many_classes_as_by_sorting_them_all():
    random = np.random.default_rng(3)
    logits = random.normal(0, 1, 4096).astype(np.float32)
    ranked = np.sort(np.exp(logits.astype(np.float64)))[::-1]
    nucleus = int(np.searchsorted(np.cumsum(ranked) / ranked.sum(), 0.05)) + 1
    assert nucleus > 9
    for sampler, kept in [
        (Sampler(top_p=0.05, seed=1), nucleus),
        (Sampler(top_k=9, seed=1), 9),
        (Sampler(top_k=9, top_p=0.05, seed=1), 9),
    ]:
        drawn = [sampler.draw(logits, np.ones(4096, bool)) for _ in range(3000)]
        assert set(drawn) == set(np.argsort(-logits)[:kept].tolist())


def sure(length, nats, sampler, history=(0,) * 40, classes=38):
    """What is drawn by a model that always repeats itself, surer by `nats` than of all else."""
    steps = list(history)
    for _ in range(length):
        logits = np.zeros(classes, np.float32)
        logits[steps[-1]] = nats
        steps.append(sampler.draw(logits, np.ones(classes, bool), steps))
    return steps[len(history) :]


def changes(steps):
    return int(np.count_nonzero(np.diff(steps)))


SURE = float(np.log(0.999 / 0.001 * 37))  # nats: it repeats itself with a probability of 0.999


@pytest.mark.parametrize("cut", [{}, {"top_p": 0.95}, {"top_p": 0.01}, {"top_k": 1}], ids=str)
@pytest.mark.parametrize("temperature", [0.0, 0.3, 0.9])
@pytest.mark.parametrize("nats", [SURE, 50.0])
def test_however_sure_a_model_is_and_whatever_is_cut_it_gets_out_of_a_loop(cut, temperature, nats):
    without = sure(400, nats, Sampler(temperature, seed=1, restless=0.0, **cut))
    default = sure(400, nats, Sampler(temperature, seed=1, **cut))
    quick = sure(400, nats, Sampler(temperature, seed=1, restless=1.0, **cut))
    assert changes(without) == 0
    assert 3 <= changes(default) <= changes(quick)


def test_it_is_calm_again_as_soon_as_it_moves():
    sampler, loop = Sampler(0.0, seed=1), [2, 0, 3, 0] * 40
    assert {sampler.draw(LOGITS, ALL, [*loop, 4]) for _ in range(100)} == {0}
    assert {sampler.draw(LOGITS, ALL, loop) for _ in range(100)} == {0, 1, 2, 3}


def test_what_is_not_restless_is_what_the_model_says_whatever_came_before():
    stuck, fresh = Sampler(seed=1, restless=0.0), Sampler(seed=1)
    drawn = [stuck.draw(LOGITS, ALL, [0] * 300) for _ in range(50)]
    assert drawn == [fresh.draw(LOGITS, ALL) for _ in range(50)]


def test_heat_never_makes_possible_what_is_not():
    sampler = Sampler(top_k=1, seed=1, restless=1.0)
    logits, allowed = np.array([9, 1, -np.inf, np.nan], np.float32), np.array([1, 1, 1, 1], bool)
    assert {sampler.draw(logits, allowed, [0] * 320) for _ in range(300)} == {0, 1}
    only = np.array([True, False, False, False])
    assert {sampler.draw(logits, only, [0] * 320) for _ in range(10)} == {0}
