"""Fixtures that real processes need."""

import shutil

import pytest
from witness import Jackd, Keyboard, PlayerProcess, Recorder


@pytest.fixture(scope="session", autouse=True)
def own_data(tmp_path_factory):
    """No test writes among the takes of whoever runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        patch.delenv("STATE_DIRECTORY", raising=False)
        yield


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Where several workers share the tests, those in real time come one after the other."""
    for item in items:
        realtime = {"jackd", "systemd"} & {mark.name for mark in item.iter_markers()}
        item.add_marker(pytest.mark.xdist_group("realtime" if realtime else str(item.path)))


@pytest.fixture(scope="session")
def jackd():
    """A private JACK server."""
    if not shutil.which("jackd"):
        pytest.skip("NO JACKD: nothing of what needs a real JACK is tested; make check installs it")
    server = Jackd()
    server.start()
    yield server
    server.stop()


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
