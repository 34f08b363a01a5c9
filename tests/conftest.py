"""Fixtures that real processes need."""

import shutil
from typing import Any

import pytest
from witness import Jackd, Keyboard, PlayerProcess, Recorder

_TIMEKEEPER = pytest.StashKey[Any]()
_LOST = 0.005  # seconds of a test: more, and no note can be where it belongs


@pytest.fixture(scope="session", autouse=True)
def own_data(tmp_path_factory):
    """No test writes among the takes of whoever runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        patch.delenv("STATE_DIRECTORY", raising=False)
        yield


@pytest.fixture(scope="session")
def jackd():
    """A private JACK server."""
    if not shutil.which("jackd"):
        pytest.skip("NO JACKD: nothing of what needs a real JACK is tested; make check installs it")
    server = Jackd()
    server.start()
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def timekeeper(request):
    """Beside a test that is marked `realtime`: does the server itself keep time?"""
    if not request.node.get_closest_marker("realtime"):
        yield
        return
    from timekeeper import Timekeeper  # noqa: PLC0415 - it needs libjack

    keeper = request.node.stash[_TIMEKEEPER] = Timekeeper(request.getfixturevalue("jackd").name)
    yield
    keeper.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Where the server lost frames, a failure does not tell whose it is: the machine's, or ours."""
    report = (yield).get_result()
    keeper = item.stash.get(_TIMEKEEPER, None)
    if keeper and call.when == "call" and report.failed and keeper.lost > _LOST:
        lost = f"JACKD LOST {keeper.lost * 1000:.0f} ms: what failed says nothing of real time"
        report.outcome, report.longrepr = "skipped", (str(item.path), item.location[1], lost)


@pytest.fixture
def keyboard(jackd):
    """A keyboard of another program."""
    client = Keyboard(jackd)
    yield client
    client.close()


@pytest.fixture
def recorder(jackd):
    """A recorder of another program."""
    client = Recorder(jackd)
    yield client
    client.close()


@pytest.fixture
def start_player():
    """Starts player processes, and sees to it that they end."""
    started = []

    def start(**settings):
        started.append(PlayerProcess(**settings))
        return started[-1]

    yield start
    for player in started:
        player.close()
