"""The machine is starved, over a real jackd: every CPU is wanted twice, and no memory is free.

In two ways: as the player runs by itself, in realtime where that is granted; and with its main loop
at no other priority than those who starve it, as no right to one may have been granted.
"""

import os
import sys
from pathlib import Path

import hogs
import pytest
from account import (
    APART,
    check_it_agrees,
    into_an_answer,
    least_apart,
    left_on,
    sixteenths,
    to_its_end,
)
from account import status as told_by
from witness import Lines

pytestmark = [pytest.mark.soak, pytest.mark.jackd]

TURNS = 10
HOG = [sys.executable, str(Path(hogs.__file__))]
SECONDS = "400"  # after which a hog leaves by itself
HOGS = 4
FREE = 1 / 6  # of the memory at most: DAMON, where a kernel has it, keeps a tenth or so free


@pytest.fixture
def rig(here, tmp_path):
    with sixteenths(tmp_path, bars=2) as rig:
        yield rig


@pytest.fixture
def starve(tmp_path):
    """Starts the hogs; they are gone when the test is over, whatever becomes of it."""
    started = []

    def starve():
        started.append(Lines([*HOG, SECONDS, str(tmp_path / "cache")], dict(os.environ)))
        assert started[0].line(180.0) == "full"
        assert hogs.free() < FREE * hogs.MEMORY, "the page cache has taken all that it may"
        started.extend(Lines([*HOG, SECONDS], dict(os.environ)) for _ in range(HOGS))
        assert [hog.line() for hog in started[1:]] == ["busy"] * HOGS

    yield starve
    for hog in started:
        hog.close()


@pytest.mark.parametrize("priority", ["its own", "that of the others"])
def test_notes_are_in_time_or_left_out_and_it_is_told_which(rig, starve, priority):
    if priority == "that of the others":
        player = rig.daemon.pids[1]
        os.sched_setscheduler(player, os.SCHED_OTHER, os.sched_param(0))
        os.setpriority(os.PRIO_PROCESS, player, 0)
    starve()
    for _ in range(TURNS):
        into_an_answer(rig)
        to_its_end(rig)
    assert not left_on(rig.witness.heard)
    assert least_apart(rig) > APART
    dropped, worst = check_it_agrees(rig)
    told = told_by(rig)
    ons, xruns, restarts = (told[key] for key in ("notes_played", "xruns", "player_restarts"))
    print(f"{ons} notes, {dropped} dropped, {worst * 1000:.1f} ms late, {xruns} xruns")  # noqa: T201
    assert told["answers"] == TURNS
    assert restarts == 0
