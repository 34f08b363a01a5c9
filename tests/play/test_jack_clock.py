"""JACK's transport, cycle by cycle, as a timebase master says it: in whole ticks."""

import pytest

from improvd.core.units import Seconds
from improvd.play.clock import State
from improvd.play.jack_clock import JackClock
from improvd.ports.base import Bar, Place

PERIOD = 128 / 48_000
TICKS = 1920  # a quarter note
START = 50.0  # our second of the transport's second 0


def bar(beat, bpm=120.0, meter="4/4", ticks=TICKS):
    """The bar, beat and tick of a beat from 0 on, truncated as masters do."""
    count, unit = map(int, meter.split("/"))
    number, rest = divmod(int(beat * ticks + 1e-6), round(count * 4 / unit * ticks))
    return Bar(number + 1, rest / ticks, 1 / ticks, bpm, 4 / unit, meter)


def roll(clock, since, until, bpm=120.0, **how):
    """What is said at the end of these seconds of the transport."""
    second = since
    while second < until:
        said = clock.at(
            Place(
                START + second, rolls=True, seconds=second, bar=bar(second * bpm / 60, bpm, **how)
            )
        )
        second += PERIOD
    return said


@pytest.fixture
def clock():
    return JackClock(100.0)


def test_stopped_from_the_beginning_it_is_not_there(clock):
    assert clock.at(Place(START, rolls=False)).state is State.ABSENT


@pytest.mark.parametrize("ticks", [120, 480, 1920])
def test_rolling_its_beats_are_exact_however_coarse_the_ticks(clock, ticks):
    said = roll(clock, 0.0, 5.0, 97.0, ticks=ticks)
    assert (said.state, said.meter) == (State.RUNNING, "4/4")
    assert said.tempo.beat_at(START + 5.0) == pytest.approx(5.0 * 97 / 60, abs=0.002)


def test_as_long_as_nothing_changes_it_says_the_same(clock):
    assert roll(clock, 0.0, 2.0) is roll(clock, 2.0, 4.0)


def test_seconds_that_are_led_back_move_its_beats_with_them_to_the_frame(clock):
    roll(clock, 0.0, 2.0)
    late = 0.04
    for cycle in range(2000):
        second, late = 2.0 + cycle * PERIOD, late - PERIOD / 500
        place = Place(START + second + late, rolls=True, seconds=second, bar=bar(second * 2))
        at = clock.at(place).tempo.beat_at(place.second)
        assert at == pytest.approx(second * 2, abs=1e-4)


def test_without_a_master_the_tempo_is_that_of_the_configuration(clock):
    place = Place(START + 6.0, rolls=True, seconds=Seconds(6.0))
    assert clock.at(place).state is State.ABSENT, "a master may yet speak"
    for _ in range(8):
        said = clock.at(place)
    assert (said.tempo.bpm, said.tempo.beat_at(START + 6.0), said.meter) == (100.0, 10.0, "")


def test_it_is_told_when_it_stops(clock):
    roll(clock, 0.0, 2.0)
    said = clock.at(Place(START + 2.0, rolls=False))
    assert said.state is State.STOPPED
    assert clock.at(Place(START + 3.0, rolls=False)) is said


def test_another_place_is_another_beat(clock):
    roll(clock, 0.0, 2.0)
    said = clock.at(Place(START + 2.0, rolls=True, seconds=20.0, bar=bar(40.0)))
    assert said.tempo.beat_at(START + 2.0) == pytest.approx(40.0)
    assert said.bar_line == 40.0


def test_another_tempo_bends_it(clock):
    roll(clock, 0.0, 2.0)
    said = clock.at(Place(START + 2.0, rolls=True, seconds=2.0, bar=bar(4.0, 90.0)))
    assert (said.tempo.bpm, said.tempo.beat_at(START + 3.0)) == (90.0, pytest.approx(5.5))


def test_another_meter_moves_no_beat(clock):
    roll(clock, 0.0, 4.0)  # two bars of 4/4
    said = clock.at(Place(START + 4.0, rolls=True, bar=Bar(3, 0.0, 0.001, 120.0, 0.5, "7/8")))
    assert (said.bar_line, said.meter) == (8.0, "7/8")
    said = clock.at(Place(START + 5.75, rolls=True, bar=Bar(4, 0.0, 0.001, 120.0, 0.5, "7/8")))
    assert said.tempo.beat_at(START + 5.75) == pytest.approx(11.5)


def test_a_meter_that_is_none_is_left_out(clock):
    said = clock.at(Place(START, rolls=True, bar=Bar(1, 0.0, 0.001, 120.0, 1.0, "0/4")))
    assert (said.state, said.meter) == (State.RUNNING, "")


@pytest.mark.parametrize("counted", [1.0, 0.5])
def test_whether_a_tempo_counts_quarters_or_eighths_is_seen(clock, counted):
    second = 0.0
    while second < 2.0:  # 120 quarter notes a minute, in 6/8
        said_so = bar(second * 2, 120.0 / counted, "6/8")
        said = clock.at(Place(START + second, rolls=True, seconds=second, bar=said_so))
        second += PERIOD
    assert said.tempo.bpm == pytest.approx(120.0)
    assert said.tempo.beat_at(START + 2.0) == pytest.approx(4.0, abs=0.002)
