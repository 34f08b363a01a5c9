"""The unit of the system in a booted Debian: hardened, and it plays in realtime all the same."""

import subprocess

import container as containers
import pytest
from container import Container
from partner import as_toml
from witness import Jackd, Keyboard, Recorder, play, sounding

pytestmark = pytest.mark.soak

UNIT = "improvd.service"
CONFIG = {
    "midi": {"backend": "jack", "input": "virtual"},
    "tempo": {"source": "internal", "bpm": 120.0},
    "turns": {"silence": 0.4, "start": "now", "length": 16, "interrupt": "ignore"},
}
JACK = """[Service]
User=improvd
Group=audio
ExecStart=jackd -R -S -P 70 -d dummy -r 48000 -p 1024
ExecStartPost=jack_wait -w -t 10
LimitRTPRIO=95
LimitMEMLOCK=infinity
"""
# Where root itself may not raise a limit, LimitRTPRIO= is void. A capability gives the right then
# (which a user namespace would take away again), and all the rest of the unit is as it is.
CAPABLE = """[Service]
PrivateUsers=no
CapabilityBoundingSet=CAP_SYS_NICE
AmbientCapabilities=CAP_SYS_NICE
"""


@pytest.fixture(scope="module")
def debian(tmp_path_factory):
    if fault := containers.missing():
        pytest.skip(f"NO CONTAINER: the unit of the system is not tested: {fault}")
    folder = tmp_path_factory.mktemp("container")
    try:
        tree = containers.debian(folder)
    except subprocess.CalledProcessError as fault:
        pytest.skip(f"NO CONTAINER: the unit of the system is not tested: {fault.stdout[-300:]}")
    container = Container(tree, folder / "boot.log")
    yield container
    container.close()


@pytest.fixture(scope="module")
def service(debian):
    """Installed and started, beside a jackd of the same user."""
    debian.write("/etc/improvd/config.toml", as_toml(CONFIG))
    code, said = debian.run("improvd", "service", "install", "--system")
    assert code == 0, said
    debian.write("/etc/systemd/system/jack.service", JACK)
    debian.run("systemctl", "daemon-reload")
    for unit in ("jack.service", UNIT):
        code, said = debian.run("systemctl", "start", unit)
        assert code == 0, f"{said}\n{debian.run('journalctl', '-b', '--no-pager')[1]}"
    return debian


@pytest.fixture(scope="module")
def jackd(service):
    jackd = Jackd()
    jackd.name, jackd.env = "default", {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"}
    jackd.enter = [*service.enter, "runuser", "-u", "improvd", "-g", "audio", "--"]
    jackd.keyboard = ["/usr/local/bin/python", "/opt/improvd/tests/witness.py"]
    return jackd


@pytest.fixture(scope="module")
def wired(jackd):
    keyboard, recorder = Keyboard(jackd), Recorder(jackd)
    jackd.connect(keyboard.port, "improvd:hears")
    jackd.connect("improvd:plays", recorder.port)
    yield keyboard, recorder
    recorder.close()
    keyboard.close()  # else the shutdown would wait for it


def logged(service):
    return service.run("journalctl", "-u", UNIT, "-o", "cat", "--no-pager")[1]


def test_its_exposure_is_low(service):
    code, said = service.run("systemd-analyze", "security", "--threshold=25", "--no-pager", UNIT)
    assert code == 0, said


def test_realtime_scheduling_is_granted_all_the_same(service):
    if not containers.raises_limits():
        for unit in ("jack.service", UNIT):
            service.write(f"/etc/systemd/system/{unit}.d/capable.conf", CAPABLE)
        service.run("systemctl", "daemon-reload")
        service.run("systemctl", "restart", "jack.service", UNIT)
    assert "player: realtime priority" in (said := logged(service)), said
    assert "Error" not in said
    code, said = service.run("improvd", "service", "status", "--system")
    assert (code, "the player runs at realtime priority" in said) == (0, True), said
    assert "on jack, waiting for a keyboard" in said


def test_jack_calls_it_and_it_answers(service, wired):
    keyboard, recorder = wired
    play(keyboard)
    taken = recorder.take(4)
    service.until(lambda: "listening to keyboard:out" in _status(service), "no status")
    assert service.run("runuser", "-u", "improvd", "--", *_asked("stop"))[0] == 0
    assert not sounding(taken + recorder.rest(3.0))


def test_killed_in_an_answer_it_is_silent_and_comes_back(service, wired, jackd):
    keyboard, recorder = wired
    play(keyboard)
    taken = recorder.take(3)
    service.run("systemctl", "kill", "--kill-whom=all", "--signal=KILL", UNIT)
    service.until(lambda: _shown(service, "NRestarts") == "1", "it did not come back", 20.0)
    service.until(lambda: "playing to recorder" in _status(service), "it came back otherwise")
    assert not sounding(taken + recorder.rest(0.5))
    play(keyboard)
    assert recorder.take(1)


def _asked(word):
    return ["env", "XDG_RUNTIME_DIR=/run", "XDG_CONFIG_HOME=/etc", "improvd", word]


def _shown(service, name):
    return service.run("systemctl", "show", UNIT, f"--property={name}", "--value")[1]


def _status(service):
    return _shown(service, "StatusText")
