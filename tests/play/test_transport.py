"""Who moves the transport: the mind, a clock that runs, one that only ticks."""

import pytest

from improvd.core.tempo import Tempo
from improvd.play.clock import Clock, Hold, State
from improvd.play.messages import SetTempo
from improvd.play.transport import Transport

OWN = SetTempo(5.0, 0.0, 60.0, grid=1)  # a phrase began at second 5
RUNNING = Clock("midi-clock", State.RUNNING, Tempo(120.0, 10.0, 0.0))


def transport(source="auto"):
    return Transport(60.0, 0.0, source)


def says(here, now, **changes):
    """The MIDI clock, which runs but for these changes, is followed; did the music jump?"""
    said = RUNNING._replace(**changes)
    if here.knows(said):
        return False
    clock = here.choose(said)
    jumped = here.jumps(clock, now)
    here.follow(clock, now)
    return jumped


def test_the_mind_sets_it_as_long_as_no_clock_runs():
    here = transport()
    here.set(OWN)
    assert (here.tempo.beat_at(7.0), here.grid) == (2.0, 1)


def test_a_clock_that_runs_takes_over_and_the_mind_no_longer_sets_it():
    here = transport()
    here.set(OWN)
    assert says(here, 11.0)
    here.set(OWN._replace(grid=2))
    assert (here.tempo.beat_at(12.0), here.grid, here.hold) == (4.0, -1, Hold.GRID)


def test_a_clock_that_runs_on_bends_the_line_and_jumps_nowhere():
    here = transport()
    says(here, 11.0)
    assert not says(here, 12.0, tempo=Tempo(121.0, 12.0, 4.01))
    assert (here.tempo.bpm, here.grid) == (121.0, -1)


def test_another_place_is_another_grid():
    here = transport()
    says(here, 11.0)
    assert says(here, 12.0, tempo=Tempo(120.0, 12.0, 32.0))
    assert here.grid == -2


def test_stop_ends_the_grid_and_the_mind_sets_it_again():
    here = transport()
    says(here, 11.0)
    assert says(here, 12.0, state=State.STOPPED)
    assert here.grid == 0
    assert not says(here, 13.0, state=State.STOPPED)
    here.set(OWN)
    assert here.tempo.beat_at(7.0) == 2.0


def test_a_lost_clock_leaves_the_line_as_it_is_and_found_again_it_jumps_nowhere():
    here = transport()
    says(here, 11.0)
    assert not says(here, 13.0, state=State.LOST)
    assert (here.tempo.beat_at(20.0), here.grid) == (20.0, -1)
    assert not says(here, 15.0)


def test_lost_it_leaves_the_next_phrase_its_own_grid():
    here = transport()
    says(here, 11.0)
    says(here, 13.0, state=State.LOST)
    here.set(OWN)
    assert here.grid == 1
    assert says(here, 15.0), "found again, it is where the clock is"


def test_lost_it_holds_where_nothing_else_is_wanted():
    here = transport("midi-clock")
    says(here, 11.0)
    says(here, 13.0, state=State.LOST)
    here.set(OWN)
    assert (here.tempo.beat_at(20.0), here.grid) == (20.0, -1)


def test_of_a_clock_that_only_ticks_auto_takes_nothing():
    here = transport()
    says(here, 11.0, state=State.PULSES)
    here.set(OWN)
    assert (here.tempo.bpm, here.hold) == (60.0, Hold.NOTHING)


def test_a_clock_that_only_ticks_gives_its_tempo_and_the_mind_the_place():
    here = transport("midi-clock")
    assert not says(here, 11.0, state=State.PULSES)
    here.set(OWN)
    assert (here.tempo.bpm, here.tempo.second_at(0.0), here.grid) == (120.0, 5.0, 1)
    says(here, 12.0, state=State.PULSES, tempo=Tempo(100.0, 12.0, 4.0))
    assert here.tempo.beat_at(12.0) == pytest.approx(14.0)
    assert here.tempo.bpm == 100.0


def test_with_internal_no_clock_is_heard():
    here = transport("internal")
    assert not says(here, 11.0)
    assert here.news(11.0) is None
    assert here.tempo == Tempo(60.0, 0.0)


def test_of_two_clocks_the_one_that_runs_is_followed_and_its_stop_is_heeded():
    here = transport()
    says(here, 11.0, source="midi-clock", state=State.PULSES)
    says(here, 11.0, source="jack", tempo=Tempo(90.0, 11.0, 8.0))
    assert (here.clock.source, here.tempo.bpm) == ("jack", 90.0)
    assert says(here, 12.0, source="jack", state=State.STOPPED)


def test_only_what_moves_the_line_by_more_than_a_millisecond_is_told():
    here = transport()
    says(here, 11.0)
    assert here.news(11.0).grid == -1
    says(here, 12.0, tempo=Tempo(120.05, 12.0, 4.0))  # a beat later it is 0.2 ms off
    assert here.news(12.0) is None
    says(here, 12.0, tempo=Tempo(120.4, 12.0, 4.0))  # 1.7 ms
    assert here.news(12.0).bpm == 120.4
    says(here, 13.0, state=State.LOST, tempo=Tempo(120.4, 12.0, 4.0))
    assert here.news(13.0).state == "lost"
