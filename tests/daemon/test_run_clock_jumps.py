"""The wall clock of the daemon alone jumps while it plays: nothing happens, over a real jackd.

libfaketime stands between the daemon and its wall clock; the monotonic one is left alone. But it
takes what Python's `time.sleep` waits for to be a time of day, so in the daemon `select` sleeps.
"""

import json
import os
import signal
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from partner import Partner, improvd
from witness import is_on, play, sounding

pytestmark = pytest.mark.jackd

RATE = 48_000
LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PITCHES = (60, 62, 64, 65)
CALM = ("info", "debug")


SLEEP = "import select, time\ntime.sleep = lambda seconds: select.select([], [], [], seconds)\n"


class WallClock:
    """What the daemon takes for the time of day; the file holds by how much it is off."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "wall clock"
        self.off = timedelta()
        self.jump(self.off)
        (folder / "sitecustomize.py").write_text(SLEEP)
        path = os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))
        self.env = {
            "PYTHONPATH": path,
            "LD_PRELOAD": str(LIBRARY),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",  # its name before 0.9.9
        }

    def jump(self, by: timedelta) -> None:
        self.off += by
        fresh = self._file.with_suffix(".new")
        fresh.write_text(f"{self.off.total_seconds():+.0f}\n")
        fresh.rename(self._file)


@pytest.fixture
def wall_clock(tmp_path):
    if not LIBRARY:
        pytest.skip("NO FAKETIME: a wall clock that jumps is not tested; make check installs it")
    return WallClock(tmp_path)


@pytest.fixture
def partner(jackd, keyboard, recorder, tmp_path, wall_clock):
    env = jackd.env | wall_clock.env | {"XDG_DATA_HOME": str(tmp_path / "data")}
    partner = Partner(
        tmp_path, env,
        tempo={"source": "internal", "bpm": 120.0},
        turns={"silence": 0.4, "start": "bar", "length": 2},  # a beat may be too near
        log={"format": "json"},
    )  # fmt: skip
    partner.wait_for("ready on jack")
    recorder.agree_with(keyboard)
    jackd.connect(keyboard.port, "improvd:hears")
    jackd.connect("improvd:plays", recorder.port)
    yield partner
    partner.close()


def off_the_wall(partner, words):
    """By how much the time of the last line with these words is off ours."""
    line = next(line for line in reversed(partner.said) if words in line)
    return datetime.fromisoformat(json.loads(line)["time"]) - datetime.now().astimezone()


def test_a_jump_in_a_phrase_and_one_in_its_answer_change_nothing(
    partner, keyboard, recorder, wall_clock
):
    play(keyboard, PITCHES[:2])
    wall_clock.jump(HOUR)
    play(keyboard, PITCHES[2:])
    line = partner.wait_for("answering 4 notes")
    assert abs(off_the_wall(partner, "answering") - HOUR) < timedelta(seconds=10)
    first = recorder.take(2)
    wall_clock.jump(-DAY)
    partner.wait_for("answer over", line)
    assert abs(off_the_wall(partner, "answer over") - HOUR + DAY) < timedelta(seconds=10)
    taken = first + recorder.rest(0.3)
    assert not sounding(taken)
    frames = [frame for frame, data in taken if is_on(data)]
    steps = [(later - sooner) * 8 / RATE for sooner, later in pairwise(frames)]
    assert steps == pytest.approx([round(step) for step in steps], abs=0.01), "sixteenths"
    code, said = improvd(partner, "status", "--json")
    assert (code, json.loads(said)["notes_dropped"]) == (0, 0)
    assert partner.ends(signal.SIGTERM) == 0
    code, said = improvd(partner, "takes", "list", "--json")
    (take,) = json.loads(said)
    assert (take["played"], take["answered"]) == (4, len(frames))
    assert take["seconds"] == pytest.approx(take["seconds"] % 60), "not an hour"
    warnings = [line for line in partner.said if json.loads(line)["level"] not in CALM]
    assert all("nothing listens" in line for line in warnings), "it loaded for long, no more"
