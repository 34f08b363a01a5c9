"""MIDI clock in seconds that are made up: what it says of the music is held against the truth."""

import pytest

from improvd.bench.clocks import CONTINUE, PULSE, START, STOP, pointer, pulses, ramp, shaken, steady
from improvd.core.tempo import Tempo
from improvd.play.clock import State
from improvd.play.midi_clock import MidiClock

AHEAD = 0.015  # seconds: notes are handed to the port so long before they sound
MS = 0.001


class Listener:
    """A clock, and the true seconds of the pulses that it is told."""

    def __init__(self):
        self.clock = MidiClock()
        self.errors = []  # after each pulse: (beat, seconds that a note soon after it is off)

    def start(self, second=9.999):
        self.clock.hear(second, START)
        return self

    def hear(self, truth, heard=None, beat=0.0):
        """These pulses, of which the first is at `beat`."""
        truth = list(truth)
        for index, second in enumerate(heard or truth):
            self.clock.hear(second, PULSE)
            said = self.clock.at(second)
            soon = [n for n in range(index, len(truth)) if truth[n] >= truth[index] + AHEAD]
            if said.tempo and soon:
                there = beat + soon[0] / 24
                off = said.tempo.second_at(there) - truth[soon[0]]
                self.errors.append((beat + index / 24, off))
        return self

    def off(self, since, until=1e9):
        """The sizes of the errors within these beats, smallest first."""
        return sorted(abs(off) for beat, off in self.errors if since <= beat < until)

    def at(self, second):
        return self.clock.at(second)


def p99(errors):
    return errors[int(len(errors) * 0.99)]


@pytest.mark.parametrize("bpm", [20, 60, 127, 200, 400])
@pytest.mark.parametrize("seed", range(3))
def test_two_milliseconds_of_jitter_are_filtered(bpm, seed):
    truth = list(pulses(steady(bpm), 40, 10.0))
    ear = Listener().start().hear(truth, shaken(truth, 2 * MS, seed))
    assert p99(ear.off(8)) < 1 * MS
    assert ear.at(truth[-1]).tempo.bpm == pytest.approx(bpm, rel=0.005)
    assert ear.at(truth[-1]).state is State.RUNNING


def test_without_jitter_it_is_exact():
    ear = Listener().start().hear(pulses(steady(127), 10, 10.0))
    assert ear.off(0.1)[-1] < 1e-9


@pytest.mark.parametrize("seed", range(3))
def test_a_ramp_is_followed(seed):
    truth = list(pulses(ramp(90, 140, 16, 24), 60, 10.0))
    ear = Listener().start().hear(truth, shaken(truth, 2 * MS, seed))
    assert ear.off(16, 32)[-1] < 60 / 140 / 8, "more than a 32nd"
    assert ear.off(32)[-1] < 3 * MS, "two bars after it ended"


@pytest.mark.parametrize(("before", "after"), [(120, 140), (140, 90), (60, 200), (200, 60)])
def test_another_tempo_is_followed_within_a_beat(before, after):
    truth = list(pulses(lambda beat: before if beat < 16 else after, 32, 10.0))
    ear = Listener().start().hear(truth, shaken(truth, 2 * MS))
    assert ear.off(17)[-1] < 3 * MS
    assert ear.at(truth[-1]).tempo.bpm == pytest.approx(after, rel=0.005)


@pytest.mark.parametrize("slower", [2, 3, 5])
def test_a_tempo_that_falls_to_a_whole_part_is_no_row_of_lost_pulses(slower):
    truth = list(pulses(lambda beat: 180 if beat < 16 else 180 / slower, 32, 10.0))
    ear = Listener().start().hear(truth)
    assert ear.off(17)[-1] < 1 * MS


@pytest.mark.parametrize("lost", [1, 2, 5])
def test_lost_pulses_shift_nothing(lost):
    truth = list(pulses(steady(120), 30, 10.0))
    ear = Listener().start().hear(truth[:240])
    ear.errors.clear()
    ear.hear(truth[240 + lost :], beat=10 + lost / 24)
    assert ear.off(0)[-1] < 0.1 * MS


@pytest.mark.parametrize("way", [-1, 1])
def test_pulses_that_are_lost_of_a_fast_and_shaken_clock_shift_nothing(way):
    """Two pulses are a cycle of a large period; those around are as far astray as they can be."""
    truth = list(pulses(steady(200), 40, 10.0))
    heard = shaken(truth, 2 * MS, 1)
    heard[239], heard[242] = truth[239] + way * 2 * MS, truth[242] - way * 2 * MS
    ear = Listener().start()
    ear.hear(truth[:240], heard[:240])
    ear.hear(truth[242:], heard[242:], beat=10 + 2 / 24)
    assert ear.off(12)[-1] < 3 * MS


@pytest.mark.parametrize("held_up", [1, 2, 5])
def test_pulses_that_are_held_up_and_come_at_once_shift_nothing(held_up):
    truth = list(pulses(steady(120), 40, 10.0))
    late = [truth[240 + held_up] if 240 <= n < 240 + held_up else at for n, at in enumerate(truth)]
    ear = Listener().start().hear(truth, late)
    assert ear.off(12)[-1] < 1 * MS


@pytest.mark.parametrize("slip", [0.04, 0.3, 2.0, -0.02])
def test_of_a_clock_that_counts_jacks_frames_none_is_missing_where_jack_lost_frames(slip):
    truth = list(pulses(steady(120), 40, 10.0))
    ear = Listener().start().hear(truth[:240])
    ear.clock.slip(slip)
    ear.errors.clear()
    ear.hear([second + slip for second in truth[240:]], beat=10.0)
    assert ear.off(0)[-1] < 0.1 * MS


def test_the_first_pulse_after_start_is_beat_0_wherever_start_falls():
    truth = list(pulses(steady(120), 8, 10.0))
    ear = Listener().hear(truth[:50])
    assert ear.at(truth[49]).state is State.PULSES
    ear.start(truth[49] + 0.007)
    assert ear.at(truth[49] + 0.008).tempo.second_at(0) == pytest.approx(truth[50])
    ear.hear(truth[50:])
    assert ear.at(truth[-1]).tempo.second_at(0) == pytest.approx(truth[50])


def test_a_clock_that_begins_with_start_has_a_tempo_from_the_second_pulse_on():
    ear = Listener().start()
    assert ear.at(9.999).state is State.ABSENT
    ear.hear(pulses(steady(120), 2 / 24, 10.0))
    said = ear.at(10.03)
    assert (said.state, said.tempo.bpm) == (State.RUNNING, pytest.approx(120))
    assert said.tempo.second_at(0) == pytest.approx(10.0)


def test_stop_is_told_and_continue_goes_on_there():
    truth = list(pulses(steady(120), 20, 10.0))
    ear = Listener().start().hear(truth[:100])
    ear.clock.hear(truth[99] + 0.001, STOP)
    assert ear.at(truth[99] + 0.001).state is State.STOPPED
    ear.hear(truth[100:200])
    assert ear.at(truth[199]).state is State.STOPPED
    ear.clock.hear(truth[199] + 0.001, CONTINUE)
    ear.hear(truth[200:])
    said = ear.at(truth[-1])
    assert said.state is State.RUNNING
    assert said.tempo.beat_at(truth[200]) == pytest.approx(100 / 24)


def test_continue_goes_on_where_the_pointer_says():
    truth = list(pulses(steady(120), 20, 10.0))
    ear = Listener().hear(truth[:100])
    ear.clock.hear(truth[99], pointer(200))
    ear.clock.hear(truth[99], CONTINUE)
    ear.hear(truth[100:])
    assert ear.at(truth[-1]).tempo.beat_at(truth[100]) == pytest.approx(50)


def test_the_pointer_moves_a_clock_that_runs():
    truth = list(pulses(steady(120), 20, 10.0))
    ear = Listener().start().hear(truth[:100])
    ear.clock.hear(truth[99] + 0.001, pointer(8))
    ear.hear(truth[100:])
    assert ear.at(truth[-1]).tempo.beat_at(truth[100]) == pytest.approx(2)


def test_a_lost_clock_is_noticed_within_two_beats_and_goes_on_at_its_tempo():
    truth = list(pulses(steady(100), 60, 10.0))
    ear = Listener().start().hear(truth[:240])
    assert ear.at(truth[239] + 0.5 * 0.6).state is State.RUNNING
    lost = ear.at(truth[239] + 2 * 0.6)
    assert lost.state is State.LOST
    assert lost.tempo.beat_at(truth[600]) == pytest.approx(25)


def test_it_is_found_again_where_it_would_be():
    truth = list(pulses(steady(100), 60, 10.0))
    ear = Listener().start().hear(truth[:240])
    ear.at(truth[600])
    heard = [second + 0.004 for second in truth[700:]]  # it went a little slower meanwhile
    ear.hear(heard[:1])
    assert ear.at(heard[0]).state is State.LOST, "one pulse is no tempo"
    ear.hear(heard[1:])
    said = ear.at(heard[-1])
    assert said.state is State.RUNNING
    assert said.tempo.beat_at(heard[0]) == pytest.approx(700 / 24)


def test_what_it_remembers_of_the_tempo_before_a_silence_is_no_tempo_after_start():
    ear = Listener().start().hear(pulses(steady(100), 10, 10.0))
    ear.clock.hear(16.0, STOP)
    ear.clock.hear(30.0, START)
    assert ear.at(30.0).state is not State.RUNNING
    ear.hear(pulses(steady(160), 2, start=30.001))
    said = ear.at(31.0)
    assert said.tempo.bpm == pytest.approx(160)
    assert said.tempo.second_at(0) == pytest.approx(30.001)


LINE = Tempo(120, 10.0, 0.0)  # as somebody else has followed it
LATER = slice(700, 900)  # pulses


@pytest.mark.parametrize("unaware", [0, 1, 2, 50])
@pytest.mark.parametrize("off", [-0.009, 0.0, 0.009])
def test_it_resumes_at_the_pulse_that_is_nearest_on_the_line(unaware, off):
    truth = list(pulses(steady(120), 60, 10.0))[LATER]
    ear = Listener().hear(truth[:unaware])
    ear.clock.resume(Tempo(120, 10.0 + off))
    assert ear.at(truth[unaware]).state is not State.RUNNING, "a pulse has to say where"
    ear.hear(truth[unaware:])
    said = ear.at(truth[-1])
    assert said.state is State.RUNNING
    assert said.tempo.second_at(0) == pytest.approx(10.0)


@pytest.mark.parametrize("word", [START, CONTINUE])
def test_what_it_is_told_itself_is_worth_more_than_the_line(word):
    truth = list(pulses(steady(120), 60, 10.0))[LATER]
    ear = Listener()
    ear.clock.resume(LINE)
    ear.clock.hear(truth[0] - 0.01, word)
    ear.hear(truth)
    assert ear.at(truth[-1]).tempo.second_at(0) == pytest.approx(truth[0])


def test_stopped_before_it_has_heard_a_pulse_it_continues_where_the_line_was():
    truth = list(pulses(steady(120), 60, 10.0))
    ear = Listener()
    ear.clock.resume(LINE)
    ear.clock.hear(truth[700] - 0.002, STOP)
    ear.clock.hear(truth[800] - 0.002, CONTINUE)
    ear.hear(truth[800:])
    assert ear.at(truth[-1]).tempo.beat_at(truth[800]) == pytest.approx(700 / 24)


def test_pulses_that_come_in_one_packet_do_not_break_it():
    ear = Listener().start().hear([10.0, 10.0, 10.0, *pulses(steady(120), 8, start=10.02)])
    assert ear.at(14.0).tempo.bpm == pytest.approx(120)


def test_what_is_no_clock_changes_nothing():
    ear = Listener()
    ear.clock.hear(10.0, b"\x90\x3c\x40")
    assert ear.at(10.0).state is State.ABSENT
