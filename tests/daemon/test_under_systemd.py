"""The service under a real systemd of a user, with its jackd, in namespaces of their own."""

import os
import time

import manager as managers
import pytest
from manager import Manager
from partner import as_toml
from witness import Jackd, Keyboard, Recorder, play, sounding

pytestmark = [
    pytest.mark.jackd,
    pytest.mark.apart,
    pytest.mark.systemd,
    pytest.mark.jackd_alone("the service manager starts a jackd of its own"),
]

UNIT = "improvd.service"
TABLES = {
    "midi": {"backend": "jack", "input": "virtual"},
    "tempo": {"source": "internal", "bpm": 120.0},
    "turns": {"silence": 0.4, "start": "now", "length": 16, "interrupt": "ignore"},
    "model": {"name": "melody-basic"},
}
# The journal is not there, and ten seconds are long.
SHORTER = """[Service]
StandardError=append:{log}
WatchdogSec=3
"""
JACK = """[Service]
ExecStart=jackd -n {name} -R -S -P 70 -d dummy -r 48000 -p 1024
ExecStartPost=jack_wait -s {name} -w -t 10
"""


class Stage:
    """A manager, a jackd that it runs, and improvd as its service; `log` is what improvd says."""

    def __init__(self, folder):
        self.jackd = Jackd()
        self.manager = Manager(folder, self.jackd.env)
        self.jackd.enter = self.manager.enter
        self.ctl = self.manager.ctl
        self.log = folder / "improvd.log"
        self.log.touch()
        (self.manager.units / "jack.service").write_text(JACK.format(name=self.jackd.name))
        self.write()

    def write(self, name="config", **tables):
        path = self.manager.config / "improvd" / f"{name}.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(as_toml(TABLES | tables))

    def install(self, *options, unit=UNIT):
        code, said = self.manager.improvd("service", "install", *options)
        assert code == 0, said
        shorter = self.manager.units / f"{unit}.d" / "shorter.conf"
        shorter.parent.mkdir()
        shorter.write_text(SHORTER.format(log=self.log))
        self.ctl("daemon-reload")
        return said

    def starts(self):
        """Start it anew and leave nothing of before."""
        code, said = self.ctl("restart", UNIT)
        assert code == 0, f"{said}\n{self.log.read_text()}"

    def status(self):
        return self.manager.shows(UNIT, "StatusText")

    def restarts(self):
        return int(self.manager.shows(UNIT, "NRestarts"))

    def says(self, words, since):
        self.manager.until(
            lambda: words in self.log.read_text()[since:], f"no {words!r} in {self.log.read_text()}"
        )

    def connect(self, keyboard, recorder):
        self.jackd.connect(keyboard.port, "improvd:hears")
        self.jackd.connect("improvd:plays", recorder.port)
        heard = f"listening to {keyboard.port}; playing to {recorder.port}"
        self.manager.until(lambda: heard in self.status(), f"no {heard!r}")


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    if fault := managers.missing():
        pytest.skip(f"NO SYSTEMD: nothing of the service is tested under a real one: {fault}")
    try:
        stage = Stage(tmp_path_factory.mktemp("systemd"))
    except AssertionError as fault:
        if managers.NO_SYSTEMD not in str(fault) or not os.getuid():
            raise
        pytest.skip(f"NO SYSTEMD: nothing of the service is tested under a real one: {fault}")
    stage.install()
    yield stage
    stage.manager.close()


@pytest.fixture(scope="module")
def jackd(stage):
    assert stage.ctl("start", "jack")[0] == 0
    return stage.jackd


@pytest.fixture(scope="module")
def keyboard(jackd):
    return Keyboard(jackd)


@pytest.fixture(scope="module")
def recorder(jackd):
    return Recorder(jackd)


@pytest.fixture
def answering(stage, keyboard, recorder):
    """In the middle of an answer; what has been heard of it."""
    stage.starts()
    stage.connect(keyboard, recorder)
    recorder.rest(0.1)
    play(keyboard)
    return recorder.take(3)


def test_it_waits_for_a_midi_system_and_is_ready_when_there_is_one(stage):
    stage.ctl("start", "--no-block", UNIT)
    stage.manager.until(lambda: "waiting for a MIDI system" in stage.status(), "it waits for none")
    assert stage.manager.shows(UNIT, "ActiveState") == "activating"
    stage.ctl("start", "jack")
    stage.manager.until(lambda: stage.manager.shows(UNIT, "ActiveState") == "active", "not ready")
    assert stage.restarts() == 0


def test_it_is_ready_without_a_keyboard_and_says_what_it_waits_for(stage, keyboard, recorder):
    assert stage.ctl("start", UNIT)[0] == 0
    assert stage.manager.shows(UNIT, "ActiveState") == "active"
    stage.manager.until(
        lambda: "waiting for a keyboard: nothing is connected to improvd:hears" in stage.status(),
        "it waits for none",
    )
    stage.connect(keyboard, recorder)
    code, said = stage.manager.improvd("service", "status")
    assert (code, f"listening to {keyboard.port}" in said) == (0, True), said


def test_a_reload_takes_what_is_written_and_refuses_what_has_faults(stage, answering):
    stage.write(turns=TABLES["turns"] | {"silense": 1.0})
    line = len(stage.log.read_text())
    assert stage.ctl("reload", UNIT)[0] == 0
    stage.says("did you mean 'silence'", line)
    stage.manager.until(lambda: "refused" in stage.status(), "the status does not say so")
    stage.write(midi={"backend": "jack", "input": "virtual", "split": 40})
    stage.ctl("reload", UNIT)
    stage.manager.until(lambda: "when nobody plays" in stage.status(), "the status does not say so")
    assert stage.manager.shows(UNIT, "ActiveState") == "active"
    assert stage.manager.improvd("stop")[0] == 0
    stage.says("ready on jack", line)
    stage.write()
    assert stage.restarts() == 0


@pytest.mark.parametrize(
    "wrong", [{"turns": {"silense": 1.0}}, {"model": {"name": "melody-basik"}}]
)
def test_what_no_restart_mends_is_told_and_not_started_again(stage, jackd, wrong):
    stage.ctl("stop", UNIT)
    stage.write(**wrong)
    line = len(stage.log.read_text())
    assert stage.ctl("start", UNIT)[0] != 0
    stage.says("did you mean", line)
    time.sleep(0.6)  # three times what systemd waits before it starts something again
    assert stage.manager.shows(UNIT, "ActiveState") == "failed"
    assert stage.restarts() == 0
    stage.write()


def test_a_mind_that_hangs_is_ended_by_the_watchdog_and_comes_back(stage, answering, recorder):
    line = len(stage.log.read_text())
    stage.ctl("kill", "--kill-whom=main", "--signal=STOP", UNIT)
    stage.manager.until(lambda: stage.restarts() == 1, "nobody noticed", 20.0)
    stage.says("Fatal Python error: Aborted", line)
    stage.manager.until(lambda: "playing to recorder" in stage.status(), "it came back otherwise")
    assert not sounding(answering + recorder.rest(0.3))
    began = time.monotonic()
    while time.monotonic() < began + 4.0:  # longer than the watchdog's patience
        assert stage.restarts() == 1
        time.sleep(0.5)


def test_when_both_processes_are_killed_in_an_answer_it_is_silent_and_comes_back(
    stage, answering, keyboard, recorder
):
    assert sounding(answering) or recorder.take(1)
    stage.ctl("kill", "--kill-whom=all", "--signal=KILL", UNIT)
    stage.manager.until(lambda: stage.restarts() == 1, "it did not come back")
    stage.manager.until(lambda: "playing to recorder" in stage.status(), "it came back otherwise")
    assert not sounding(answering + recorder.rest(0.3))
    play(keyboard)
    assert recorder.take(1), "it does not play any more"


def test_a_stop_in_an_answer_is_silent_and_no_failure(stage, answering, recorder):
    assert stage.ctl("stop", UNIT)[0] == 0
    assert not sounding(answering + recorder.rest(0.3))
    shown = [stage.manager.shows(UNIT, name) for name in ("Result", "ExecMainStatus")]
    assert shown == ["success", "0"]


def test_an_instance_has_a_file_and_a_name_of_its_own(stage, jackd):
    code, said = stage.manager.improvd("service", "status", "--name", "left")
    assert (code, "left.toml is not there" in said) == (1, True), said
    stage.write("left")
    stage.install("--name", "left", unit="improvd@left.service")
    assert stage.ctl("start", "improvd@left")[0] == 0
    assert "improvd-left:hears" in jackd.ports()
    code, said = stage.manager.improvd("service", "uninstall", "--name", "left")
    assert code == 0, said
    assert "improvd-left:hears" not in jackd.ports()
    assert not (stage.manager.units / "improvd@.service").exists()
    assert (stage.manager.units / UNIT).exists()
