"""Processes stand still for a while in the middle of an answer, over a real jackd.

What was due meanwhile is left out with its ends, and counted; nothing comes in a bunch.
"""

import os
import signal
import time

import pytest
from account import (
    APART,
    check_it_agrees,
    into_an_answer,
    least_apart,
    left_on,
    sixteenths,
    status,
    to_its_end,
)

pytestmark = pytest.mark.jackd

STILL = 0.5  # seconds: less than after which the mind gives a player up
SUSPENDED = 3.0


@pytest.fixture
def rig(here, tmp_path):
    with sixteenths(tmp_path, bars=4) as rig:
        yield rig


def stand_still(pids, seconds):
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    time.sleep(seconds)
    for pid in pids:
        os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize("who", ["player", "jackd"])
def test_notes_due_while_it_stood_still_are_dropped_with_their_ends(rig, jackd, who):
    into_an_answer(rig)
    stand_still([rig.daemon.pids[1] if who == "player" else jackd.pid], STILL)
    to_its_end(rig)
    assert not left_on(rig.witness.heard)
    assert least_apart(rig) > APART
    dropped, _ = check_it_agrees(rig)
    assert dropped >= 1
    assert status(rig)["player_restarts"] == 0
    into_an_answer(rig)


def test_a_server_that_calls_nobody_for_long_is_joined_anew(rig, jackd):
    into_an_answer(rig)
    stand_still([jackd.pid], SUSPENDED)
    rig.daemon.said("JACK went away: no period came any more")
    rig.daemon.said("ready on jack")
    rig.daemon.said("pianist:out is connected with improvd:hears")
    rig.witness.quiet(0.5)
    assert not left_on(rig.witness.heard)
    into_an_answer(rig)


def test_after_a_suspend_of_all_nothing_is_left_on_and_the_jam_goes_on(rig, jackd):
    into_an_answer(rig)
    stand_still([*rig.daemon.pids, jackd.pid], SUSPENDED)
    to_its_end(rig)
    assert not left_on(rig.witness.heard)
    assert status(rig)["player_restarts"] == 0, "nobody was silent who could have spoken"
    into_an_answer(rig)
    to_its_end(rig)
    assert not left_on(rig.witness.heard)
    assert least_apart(rig) > APART
    check_it_agrees(rig)
