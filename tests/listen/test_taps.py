import pytest

from improvd.core.units import Seconds
from improvd.listen.taps import Taps


def tapped(*seconds):
    taps, tempo = Taps(), None
    for second in seconds:
        tempo = taps.tap(Seconds(second))
    return tempo


def test_one_tap_is_no_tempo():
    assert tapped(10.0) is None


@pytest.mark.parametrize("bpm", [20.0, 60.0, 127.0, 400.0])
def test_two_taps_are_one(bpm):
    tempo = tapped(10.0, 10.0 + 60.0 / bpm)
    assert tempo.bpm == pytest.approx(bpm)
    assert (tempo.anchor_second, tempo.anchor_beat) == (10.0 + 60.0 / bpm, 1)


def test_one_unsteady_tap_does_not_change_it():
    assert tapped(0.0, 0.5, 1.0, 1.58, 2.0).bpm == pytest.approx(120.0, rel=0.02)


def test_the_beat_is_where_the_last_tap_was():
    tempo = tapped(0.0, 0.5, 1.0, 1.52)
    assert tempo.second_at(4) == pytest.approx(2.02, abs=0.02)


def test_the_last_four_intervals_count():
    assert tapped(*(n * 0.5 for n in range(8)), 4.1, 4.7, 5.3, 5.9).bpm == pytest.approx(100.0)


@pytest.mark.parametrize("pause", [0.95, 4.0])
def test_after_a_pause_a_new_series_begins(pause):
    late = 1.5 + pause
    assert tapped(0.0, 0.5, 1.0, 1.5, late) is None
    tempo = tapped(0.0, 0.5, 1.0, 1.5, late, late + 0.6)
    assert (tempo.bpm, tempo.anchor_beat) == (pytest.approx(100.0), 1)


def test_two_taps_that_nobody_can_play_are_no_tempo():
    assert tapped(10.0, 10.02) is None
