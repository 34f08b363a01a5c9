"""A real player on PipeWires of its own, which grant what it asks for, or do not."""

import re
import time

import pytest
from pipewire import PipeWire

from improvd.play.messages import Ready

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


def test_the_rate_is_the_servers_and_not_that_of_the_wish(pipewire, start_player):
    server = pipewire(rate=44_100)
    told = said(start_player(env=server.env, backend="jack", quantum=256))
    assert told == ["a period is 1024 frames, 23.2 ms; asked for: 256/48000 s"]
