"""The MIDI clock that goes out, cycle by cycle, and read back by the clock that comes in."""

import pytest

from improvd.bench.clocks import CONTINUE, PULSE, START, STOP, pointer
from improvd.core.tempo import Tempo
from improvd.core.units import Seconds
from improvd.play.clock import State
from improvd.play.clock_out import ClockOut
from improvd.play.midi_clock import MidiClock

AT_127 = Tempo(127.0, 10.0)  # beat 0 at second 10
PERIOD = 128 / 48_000


@pytest.fixture
def clock():
    return ClockOut()


def run(clock, start, end, tempo=AT_127, grid=1):
    """What goes out in the cycles between these seconds."""
    out = []
    while start < end:
        out += clock.until(start + PERIOD, start, tempo, grid)
        start += PERIOD
    return out


def test_pulses_go_out_at_their_seconds_whoever_placed_the_music(clock):
    out = run(clock, 10.0, 12.0, grid=0)
    assert {data for _, data in out} == {PULSE}
    due = [AT_127.second_at(pulse / 24) for pulse in range(len(out))]
    assert [second for second, _ in out] == pytest.approx(due, abs=1e-9)
    assert len(out) == 102


def test_music_that_begins_now_is_started_with_its_first_pulse(clock):
    out = run(clock, 10.0, 10.01)
    assert out == [(10.0, START), (10.0, PULSE)]


def test_music_that_begins_soon_is_started_a_pulse_ahead(clock):
    out = run(clock, 9.9, 10.01)
    where = [data for _, data in out].index(START)
    assert out[where - 1][1] == PULSE
    assert out[where][0] == pytest.approx(AT_127.second_at(-1 / 24))
    assert out[where + 1] == (pytest.approx(10.0), PULSE)


def test_elsewhere_the_song_position_of_the_next_beat_is_told(clock):
    run(clock, 10.0, 12.0, grid=0)
    out = run(clock, 12.0, 13.0)  # beat 4.2
    starts = [(n, data) for n, (_, data) in enumerate(out) if data != PULSE]
    assert [data for _, data in starts] == [pointer(20), CONTINUE]
    first = out[starts[-1][0] + 1]
    assert first == (pytest.approx(AT_127.second_at(5.0)), PULSE)


def test_another_grid_is_a_stop_and_a_new_start(clock):
    run(clock, 10.0, 12.0)
    out = run(clock, 12.0, 13.0, Tempo(127.0, 12.2), grid=2)
    assert [data for _, data in out if data != PULSE] == [STOP, START]
    assert out[0] == (12.0, STOP)


def test_a_tempo_that_changes_moves_the_pulses_and_none_is_lost(clock):
    out = run(clock, 10.0, 12.0)
    slower = Tempo(90.0, 12.0, AT_127.beat_at(Seconds(12.0)))
    out += run(clock, 12.0, 14.0, slower)
    pulses = [second for second, data in out if data == PULSE]
    assert pulses == sorted(pulses)
    assert len(pulses) == 1 + int(slower.beat_at(Seconds(14.0)) * 24)


def test_polled_late_every_pulse_goes_out(clock):
    out = [*clock.until(10.0, 10.0, AT_127, 1), *clock.until(11.0, 11.0, AT_127, 1)]
    assert [data for _, data in out].count(PULSE) == 1 + int(127 / 60 * 24)


def test_the_clock_that_comes_in_reads_it(clock):
    ear = MidiClock()
    for second, data in run(clock, 11.3, 20.0):
        ear.hear(second, data)
    said = ear.at(Seconds(20.0))
    assert said.state is State.RUNNING
    assert said.tempo.bpm == pytest.approx(127.0)
    assert said.tempo.beat_at(20.0) == pytest.approx(AT_127.beat_at(20.0))


def test_our_own_start_is_known_again_and_pulses_are_not(clock):
    run(clock, 10.0, 10.01)
    assert clock.is_echo(10.02, START)
    assert not clock.is_echo(10.05, START)
    assert not clock.is_echo(10.001, PULSE)
