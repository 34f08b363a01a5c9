"""Markov models count as if they had seen every melody in every key."""

from collections import Counter, defaultdict

import numpy as np
import pytest

from improvd.models.events import keys as events
from improvd.models.events.configuration import LIVE, WAITS
from improvd.models.melody import keys
from improvd.models.melody.configuration import BASIC
from improvd.train.measure.markov import ORDERS, Markov, placed
from improvd.train.runs.batches import Tune
from improvd.train.runs.run import Settings


def tunes(seed, count=6):
    random = np.random.default_rng(seed)
    steps = (
        np.where(random.random(50) < 0.4, random.integers(0, 2, 50), random.integers(60, 75, 50))
        for _ in range(count)
    )
    return [each.astype(np.int32) for each in steps]


def plain(melodies, asked, classes=BASIC.events):
    """The same, said simply: count every gram of every melody in every key."""
    followers = defaultdict(Counter)
    for steps in melodies:
        for at in range(len(steps)):
            for order in range(min(at, ORDERS[-1]) + 1):
                followers[tuple(steps[at - order : at])][steps[at]] += 1
    nats = np.zeros(len(ORDERS))
    for steps in asked:
        for at in range(1, len(steps)):
            likely = 1 / classes
            for order in range(ORDERS[-1] + 1):
                seen = followers.get(tuple(steps[at - order : at])) if order <= at else None
                if seen:
                    kinds = len(seen)
                    likely = (seen[steps[at]] + kinds * likely) / (seen.total() + kinds)
                if order in ORDERS:
                    nats[order - 1] -= np.log(likely)
    return nats


def pieces(seed, count=3):
    """Of events: few tokens, so that much comes again."""
    random = np.random.default_rng(seed)
    few = np.array([3, 5, *(WAITS + 46 * key + kind for key in (40, 44, 47) for kind in (0, 36))])
    return [random.choice(few, 60).astype(np.int32) for _ in range(count)]


def test_chords_counted_by_shape_are_chords_counted_in_every_key():
    settings = Settings("events", "live", "nowhere", ())
    learnt = [Tune(steps, events.keys(LIVE, steps)) for steps in pieces(1)]
    asked = [events.moved(LIVE, steps, 1) for steps in pieces(2)]
    asked += [events.moved(LIVE, learnt[0].steps, 6)]
    markov = Markov(events, LIVE, [at for each in learnt for at in placed(settings, each)])
    in_every_key = [
        events.moved(LIVE, each.steps, move).tolist() for each in learnt for move in each.moves
    ]
    expected = plain(in_every_key, [each.tolist() for each in asked], LIVE.events)
    assert markov.nats(asked) == pytest.approx(expected)


def test_melodies_counted_by_shape_are_melodies_counted_in_every_key():
    settings = Settings("melody", "basic", "nowhere", ())
    learnt = [Tune(steps, keys.keys(BASIC, steps)) for steps in tunes(1)]
    asked = [keys.home(BASIC, steps) for steps in tunes(2, count=2)]
    asked += [keys.moved(BASIC, learnt[0].steps, learnt[0].moves[-1]).copy()]
    markov = Markov(keys, BASIC, [at for each in learnt for at in placed(settings, each)])
    in_every_key = [
        keys.moved(BASIC, each.steps, move).tolist() for each in learnt for move in each.moves
    ]
    expected = plain(in_every_key, [each.tolist() for each in asked])
    assert markov.nats(asked) == pytest.approx(expected)


def test_what_was_learnt_by_heart_is_foretold_best_by_the_highest_order():
    learnt = [Tune(steps, [0]) for steps in tunes(3)]
    settings = Settings("melody", "basic", "nowhere", ())
    markov = Markov(keys, BASIC, [at for each in learnt for at in placed(settings, each)])
    nats = markov.nats([keys.moved(BASIC, each.steps, 0) for each in learnt])
    assert list(nats) == sorted(nats, reverse=True)
