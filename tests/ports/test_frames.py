import pytest

from improvd.core.units import Seconds
from improvd.ports.frames import AHEAD, BEHIND, LOOSE, FrameClock

RATE = 48_000


def clock_at(frame: int, second: float) -> FrameClock:
    clock = FrameClock(RATE)
    clock.hold(frame, Seconds(second), steady=False)
    return clock


def test_frames_become_seconds():
    clock = clock_at(1000, 10.0)
    assert clock.second(1000) == 10.0
    assert clock.second(1000 + RATE) == 11.0
    assert clock.frames(0.5) == RATE // 2


def test_the_count_of_frames_may_start_again_at_zero():
    clock = clock_at(2**32 - 480, 10.0)
    assert clock.second(480) == pytest.approx(10.02)


def test_while_an_answer_is_on_the_line_is_held():
    clock = clock_at(0, 10.0)
    clock.hold(RATE, Seconds(11.0 + BEHIND / 2), steady=True)
    assert clock.second(RATE) == 11.0


@pytest.mark.parametrize("slip", [-2 * AHEAD, 2 * BEHIND])
def test_a_line_that_slipped_too_far_is_laid_anew(slip):
    clock = clock_at(0, 10.0)
    clock.hold(RATE, Seconds(11.0 + slip), steady=True)
    assert clock.second(RATE) == 11.0 + slip


@pytest.mark.parametrize("slip", [-2 * LOOSE, 2 * LOOSE])
def test_between_answers_it_follows_all_but_jitter(slip):
    clock = clock_at(0, 10.0)
    clock.hold(RATE, Seconds(11.0 + slip / 4), steady=False)
    assert clock.second(RATE) == 11.0
    clock.hold(RATE, Seconds(11.0 + slip), steady=False)
    assert clock.second(RATE) == 11.0 + slip
