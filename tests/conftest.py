"""Fixtures that real processes need."""

import os
import re
import signal
from contextlib import suppress
from functools import cache

import pytest
from pipewire import PipeWire, preload
from stillness import asked
from witness import Jackd, Keyboard, PlayerProcess, Recorder

BEHIND = 10  # the niceness of tests that do not care when they run
RTMIDI = "the libjack that rtmidi brings knows jackd only"


@pytest.fixture(scope="session", autouse=True)
def own_data(tmp_path_factory):
    """No test writes among the takes of whoever runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        patch.delenv("STATE_DIRECTORY", raising=False)
        yield


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Workers share the tests by files; all that share JACK's memory are for one of them."""
    from xdist.scheduler import LoadScopeScheduling  # noqa: PLC0415 - only here it is there for sure

    class ByFiles(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            path = nodeid.split("::")[0]
            marks = _marks(config.rootpath / path)
            return "jackd" if "jackd" in marks and "apart" not in marks else path

    return ByFiles(config, log)


def pytest_runtest_protocol(item, nextitem):
    """What failed because the machine stood still is asked again."""
    if not any(map(item.get_closest_marker, ("jackd", "systemd"))):
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for report in asked(item, nextitem):
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """What is in real time goes before what another worker computes."""
    with suppress(PermissionError):  # nobody but root goes back to 0
        in_real_time = _marks(item.path) & {"jackd", "systemd"}
        os.setpriority(os.PRIO_PROCESS, 0, 0 if in_real_time else BEHIND)


@cache
def _marks(path):
    return set(re.findall(r"mark\.(\w+)", path.read_text()))


def pytest_collection_modifyitems(config, items):
    if config.getoption("jack") == "pipewire":
        _leave_out(items)


def pytest_addoption(parser):
    """Which server the tests marked `jackd` have."""
    parser.addoption("--jack", choices=("jackd", "pipewire"), default="jackd")


def pytest_configure(config):
    # A shell that starts this with "&" lets it ignore Ctrl-C, and so would all that it starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if config.getoption("jack") == "pipewire":
        preload()


def _leave_out(items):
    """What is not held on PipeWire says why."""
    for item in items:
        marker = item.get_closest_marker("jackd_alone")
        why = marker.args[0] if marker else RTMIDI if "rtmidi-jack" in item.name else ""
        if why:
            item.add_marker(pytest.mark.skip(reason=f"NOT ON PIPEWIRE: {why}"))


@pytest.fixture(scope="module")
def jackd(request, tmp_path_factory):
    """A private JACK server: jackd, or PipeWire in its place.

    Each file has its own: clients that are killed by the dozen may leave one deaf to others.
    """
    on_pipewire = request.config.getoption("jack") == "pipewire"
    if missing := (PipeWire if on_pipewire else Jackd).missing():
        pytest.skip(missing)
    server = PipeWire(tmp_path_factory.mktemp("pipewire")) if on_pipewire else Jackd()
    server.start()
    with pytest.MonkeyPatch.context() as patch:
        for key, value in server.here.items():
            patch.setenv(key, value)
        yield server
    server.stop()


@pytest.fixture
def here(monkeypatch, jackd):
    """This process may be a client of the server too."""
    monkeypatch.setenv("JACK_DEFAULT_SERVER", jackd.name)
    monkeypatch.setenv("JACK_NO_START_SERVER", "1")


@pytest.fixture
def resize(jackd):
    """Somebody changes the server's period; at the end it is what it was."""
    yield jackd.resize
    jackd.resize(jackd.PERIOD)


@pytest.fixture
def short_periods(resize):
    """For what is shaken by as much as a period lasts."""
    resize(128)


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
