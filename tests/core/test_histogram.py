"""Durations in fixed buckets."""

import pytest

from improvd.core.histogram import BOUNDS, Histogram


def counted(*seconds):
    histogram = Histogram()
    for each in seconds:
        histogram.add(each)
    return histogram.now


def test_nothing_was_counted():
    assert counted().number == 0
    assert counted().within(0.99) == 0.0


def test_a_bound_counts_what_does_not_exceed_it():
    found = counted(0.0, BOUNDS[0], BOUNDS[0] * 1.01, 0.0015, 7.0)
    told = dict(zip([*BOUNDS, "beyond"], found.counts, strict=True))
    assert {bound: count for bound, count in told.items() if count} == {
        BOUNDS[0]: 2,
        BOUNDS[1]: 1,
        0.002: 1,
        "beyond": 1,
    }
    assert (found.number, found.worst) == (5, 7.0)
    assert found.total == pytest.approx(7.00152, abs=1e-5)


def test_a_share_is_within_its_bucket_and_never_beyond_the_worst():
    found = counted(*[0.00015] * 98, 0.03, 0.04)
    assert found.within(0.5) == 0.0002
    assert found.within(0.98) == 0.0002
    assert found.within(0.99) == 0.04, "the worst, below its bound of 0.05"
    assert counted(3.0).within(0.5) == 3.0


def test_what_was_taken_does_not_change_any_more():
    histogram = Histogram()
    before = histogram.now
    histogram.add(0.1)
    assert (before.number, histogram.now.number) == (0, 1)
