"""The frame clock beside made-up clocks: quartzes that differ, xruns, a count that wraps."""

import math
import random
from itertools import pairwise

import pytest

from improvd.bench.clocks import PULSE, START
from improvd.core.units import Seconds
from improvd.play.midi_clock import MidiClock
from improvd.ports.base import Keep
from improvd.ports.frames import AHEAD, BEHIND, LOOSE, FrameClock

RATE = 48_000
PERIOD = 128
LONG = 1024  # of a server in no hurry
XRUN = 2048  # frames that are lost


class Driver:
    """Calls a frame clock cycle by cycle. `ppm`: how much too slow the sound card is."""

    def __init__(self, frame: int = 0, ppm: float = 0.0, period: int = PERIOD) -> None:
        self.clock = FrameClock(RATE)
        self.frame, self.now, self._period = frame, 10.0, period
        self._lasts = period / RATE * (1 + ppm / 1e6)
        self._dice = random.Random(1)
        self.clock.hold(frame % 2**32, Seconds(self.now), Keep.NOTHING)

    def cycle(self, keep: Keep) -> float:
        """The next cycle, whose thread wakes a little late: its second on the line."""
        self.frame, self.now = self.frame + self._period, self.now + self._lasts
        late = min(self._dice.expovariate(10_000), LOOSE / 2)
        self.clock.hold(self.frame % 2**32, Seconds(self.now + late), keep)
        return self.clock.second(self.frame % 2**32)

    def xrun(self, frames: int = XRUN) -> None:
        self.now += frames / RATE

    def run(self, seconds: float, keep: Keep) -> list[float]:
        """The seconds of the cycles of so long."""
        return [self.cycle(keep) for _ in range(round(seconds * RATE / self._period))]

    @property
    def off(self) -> float:
        """How far ahead of the truth the line is, seconds."""
        return self.clock.second(self.frame % 2**32) - self.now


def bent(seconds):
    """By how much the intervals between cycles differ at most from what they last, as a share."""
    return max(abs(b - a - PERIOD / RATE) for a, b in pairwise(seconds)) * RATE / PERIOD


def test_frames_become_seconds():
    clock = FrameClock(RATE)
    clock.hold(1000, Seconds(10.0), Keep.NOTHING)
    assert clock.second(1000) == 10.0
    assert clock.second(1000 + RATE) == 11.0
    assert clock.frames(0.5) == RATE // 2


@pytest.mark.parametrize("keep", Keep)
def test_the_count_of_frames_may_start_again_at_zero(keep):
    driver = Driver(2**32 - RATE)
    line = driver.run(2.0, keep)
    assert driver.frame > 2**32
    assert bent(line) < 1e-6
    assert line[-1] == pytest.approx(12.0, abs=0.003)


@pytest.mark.parametrize(
    ("keep", "within", "bends"),
    [(Keep.NOTHING, 0.01, 20.0), (Keep.CLOCK, 25.0, 1 / 500), (Keep.MUSIC, 500.0, 1 / 10_000)],
)
def test_after_an_xrun_the_line_is_led_back_as_fast_as_may_be(keep, within, bends):
    driver = Driver()
    before = driver.run(1.0, keep)
    driver.xrun()
    line = driver.run(within / 2, keep)
    assert keep is Keep.NOTHING or driver.off < -XRUN / RATE / 4
    line += driver.run(within / 2 + 0.01, keep)
    assert -LOOSE <= driver.off <= LOOSE
    assert bent(before) < 1e-6
    assert bent([before[-1], *line]) < bends * 1.01


@pytest.mark.parametrize("keep", Keep)
@pytest.mark.parametrize("ppm", [-50.0, 50.0])
def test_hours_of_drift_never_add_up_to_a_jump(keep, ppm):
    driver = Driver(ppm=ppm, period=LONG)
    line = driver.run(3 * 3600.0, keep)
    jump = max(abs(b - a - LONG / RATE) for a, b in pairwise(line))
    slew = {Keep.NOTHING: math.inf, Keep.CLOCK: 1 / 500, Keep.MUSIC: 1 / 10_000}[keep]
    assert jump < min(slew * LONG / RATE * 1.01, LOOSE * 1.6)
    assert abs(driver.off) < LOOSE * 1.6


@pytest.mark.parametrize("keep", [Keep.CLOCK, Keep.MUSIC])
@pytest.mark.parametrize("slip", [-2 * AHEAD, 2 * BEHIND])
def test_a_line_that_slipped_too_far_is_laid_anew(keep, slip):
    driver = Driver()
    driver.xrun(round(slip * RATE))
    driver.cycle(keep)
    assert abs(driver.off) < LOOSE


def test_a_thread_that_wakes_late_once_moves_nothing():
    """A line laid anew there would be ahead, and laid anew again among the notes of an answer."""
    clock = FrameClock(RATE)
    for cycle in range(8):
        late = 0.015 if cycle == 5 else 0.0
        clock.hold(cycle * 1024, Seconds(10.0 + cycle * 1024 / RATE + late), Keep.NOTHING)
        assert clock.second(0) == pytest.approx(10.0)


def test_it_knows_how_far_the_line_is_behind_whoever_wakes_late():
    driver = Driver()
    driver.run(0.1, Keep.CLOCK)
    assert driver.clock.lag == pytest.approx(0.0, abs=LOOSE)
    driver.xrun()
    for late in (0.0, 0.015, 0.0):
        driver.clock.hold(driver.frame, Seconds(driver.now + late), Keep.CLOCK)
    assert driver.clock.lag == pytest.approx(-driver.off, abs=LOOSE)
    driver.xrun(round(2 * BEHIND * RATE))
    driver.cycle(Keep.CLOCK)
    assert driver.clock.lag == 0.0


def test_it_tells_by_how_much_the_line_was_laid_anew():
    clock = FrameClock(RATE)
    clock.hold(0, Seconds(10.0), Keep.NOTHING)
    assert clock.hold(RATE, Seconds(11.0 + BEHIND / 2), Keep.CLOCK) == 0.0
    behind = clock.second(2 * RATE)
    assert clock.hold(2 * RATE, Seconds(behind + 0.4), Keep.CLOCK) == pytest.approx(0.4)
    assert clock.hold(3 * RATE, Seconds(behind + 1.0), Keep.CLOCK) == pytest.approx(-0.4)


@pytest.mark.parametrize("slip", [-2 * LOOSE, 2 * LOOSE])
def test_while_nothing_is_to_be_kept_it_follows_all_but_jitter(slip):
    clock = FrameClock(RATE)
    clock.hold(0, Seconds(10.0), Keep.NOTHING)
    clock.hold(RATE, Seconds(11.0 + slip / 4), Keep.NOTHING)
    assert clock.second(RATE) == 11.0
    for _ in range(3):
        clock.hold(RATE, Seconds(11.0 + slip), Keep.NOTHING)
    assert clock.second(RATE) == pytest.approx(11.0 + slip)


@pytest.mark.parametrize("bpm", [60, 127, 200])
def test_a_clock_of_another_program_is_followed_while_the_line_is_led_back(bpm):
    """Its pulses come every so many frames, and tremble by 2 ms."""
    driver, ear, dice = Driver(), MidiClock(), random.Random(1)
    ear.hear(Seconds(10.0), START)
    pulses, every = 0, RATE * 60 / bpm / 24
    at, off = 0.0, []
    while driver.frame < 30 * RATE:
        driver.cycle(Keep.CLOCK)
        if 5 * RATE <= driver.frame < 5 * RATE + PERIOD:
            driver.xrun()
        while at < driver.frame + PERIOD:
            ear.hear(driver.clock.second(max(round(at), driver.frame)), PULSE)
            pulses += 1
            at = pulses * every + dice.uniform(-0.002, 0.002) * RATE
        now = driver.clock.second(driver.frame)
        tempo = ear.at(now).tempo
        if tempo and driver.frame > 4 * RATE:
            assert tempo.bpm == pytest.approx(bpm, rel=0.008)
            off.append(tempo.beat_at(now) * 60 / bpm - driver.frame / RATE)
    assert max(map(abs, off)) < 0.0025, "no pulse was counted twice or left out"
