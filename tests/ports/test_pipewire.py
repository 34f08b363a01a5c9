"""A real player on PipeWires of its own, which grant what it asks for, or do not."""

import re
import time

import pytest
from pipewire import PipeWire
from witness import Recorder

from improvd.core.units import Channel, Pitch, Velocity
from improvd.play.messages import Begin, Finish, PlannedNote, Play, Ready

pytestmark = pytest.mark.jackd


@pytest.fixture
def pipewire(tmp_path):
    """Starts one, and sees to it that it ends."""
    if missing := PipeWire.missing():
        pytest.skip(missing)
    started = []

    def start(**options):
        started.append(PipeWire(tmp_path, **options))
        started[-1].start()
        return started[-1]

    yield start
    for server in started:
        server.stop()


def said(player):
    """What it says of the period, each time."""
    player.wait_for(Ready)
    time.sleep(0.5)  # a period that is granted late would be told by now
    player.mind.close()
    return re.findall(r"PipeWire .*: (a period is .*)", player.left()[1])


@pytest.mark.parametrize(
    ("shortest", "got"),
    [(16, "256 frames, 5.3 ms"), (1024, "1024 frames, 21.3 ms")],
)
def test_the_period_that_was_asked_for_and_got_is_said(pipewire, start_player, shortest, got):
    server = pipewire(shortest=shortest)
    told = said(start_player(env=server.env, backend="jack", quantum=256))
    assert told == [f"a period is {got}; asked for: 256/48000 s"]


def test_notes_keep_their_distances_at_a_rate_that_was_not_asked_for(pipewire, start_player):
    server = pipewire(rate=44_100)
    player = start_player(env=server.env, backend="jack", quantum=256)
    player.wait_for(Ready)
    recorder = Recorder(server)
    server.connect("improvd:plays", recorder.port)
    start = time.monotonic() + 0.2
    plan = [
        PlannedNote(start + n, start + n + 0.1, Channel(1), Pitch(60 + n), Velocity(80))
        for n in range(3)
    ]
    player.tell(Begin(1, cut_by_input=True, free=True), Play(1, plan), Finish(1))
    onsets = [frame for frame, data in recorder.take(6) if data[0] == 0x90]
    assert onsets[2] - onsets[0] == pytest.approx(2 * 44_100, abs=20)
    recorder.close()
