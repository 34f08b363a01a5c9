"""The whole daemon over a real jackd: SIGHUP, and connections that outlive a crash."""

import json
import os
import pty
import signal
import sys
import time

import pytest
from gan import gan_model
from partner import as_toml, improvd
from witness import is_on, play, sounding

pytestmark = pytest.mark.jackd

QUICK = {"silence": 0.4, "start": "now", "length": 2}
STEADY = {"source": "internal", "bpm": 120.0}
TABLES = {
    "midi": {"backend": "jack", "input": "virtual"},
    "tempo": STEADY,
    "turns": QUICK | {"interrupt": "ignore"},
}


@pytest.fixture
def rewrite(tmp_path):
    def rewrite(**tables):
        (tmp_path / "config.toml").write_text(as_toml(TABLES | tables))

    return rewrite


def test_other_ports_are_opened_after_the_answer_and_connected_as_before(
    stage, jackd, keyboard, recorder, rewrite
):
    partner = stage({"interrupt": "ignore"})
    first = partner.player
    play(keyboard)
    taken = recorder.take(1)
    rewrite(midi={"backend": "jack", "input": "virtual", "split": 40})
    line = len(partner.said)
    partner.process.send_signal(signal.SIGHUP)
    partner.wait_for("other ports are opened when nobody plays", line)
    over = partner.wait_for("answer over", line)
    partner.wait_for("ready on jack", over)
    taken += recorder.rest(0.3)
    assert len([data for _, data in taken if is_on(data)]) > 1
    assert not sounding(taken)
    assert partner.player != first
    assert jackd.connections("improvd:hears") == [keyboard.port]
    assert jackd.connections("improvd:plays") == [recorder.port]
    play(keyboard)
    assert recorder.take(1), "the new player does not play"


def test_ports_that_are_to_be_connected_otherwise_are(stage, jackd, recorder, rewrite):
    partner = stage()
    jackd.disconnect("improvd:plays", recorder.port)
    rewrite(midi={"backend": "jack", "input": "virtual", "output": recorder.port})
    line = len(partner.said)
    partner.process.send_signal(signal.SIGHUP)
    partner.wait_for("ready on jack", line)
    time.sleep(0.3)
    assert jackd.connections("improvd:plays") == [recorder.port]


def test_one_with_faults_is_refused_and_it_plays_on(stage, keyboard, recorder, rewrite, tmp_path):
    partner = stage()
    rewrite(turns={"silense": 1.0, "start": "beet"})
    line = len(partner.said)
    partner.process.send_signal(signal.SIGHUP)
    partner.wait_for("did you mean 'silence'", line)
    partner.wait_for("the configuration is refused", line)
    play(keyboard)
    assert recorder.take(1)
    code, said = improvd(partner, "reload", "--config", str(tmp_path / "config.toml"))
    assert (code, "did you mean 'silence'" in said) == (2, True), said
    rewrite()
    code, said = improvd(partner, "reload", "--config", str(tmp_path / "config.toml"))
    assert (code, said) == (0, "another configuration holds from the next turn on\n")


def test_a_terminal_that_is_closed_ends_it_and_every_note(
    jackd, keyboard, recorder, rewrite, tmp_path
):
    rewrite(turns=QUICK | {"length": 8, "interrupt": "ignore"})
    (tmp_path / "run").mkdir()
    environment = jackd.env | {"XDG_RUNTIME_DIR": str(tmp_path / "run")}
    command = [sys.executable, "-m", "improvd", "run", "--config", str(tmp_path / "config.toml")]
    pid, terminal = pty.fork()
    if not pid:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whoever runs the tests may ignore it
        os.execve(sys.executable, command, environment)  # noqa: S606 - the child of a pty
    try:
        jackd.connect(keyboard.port, "improvd:hears")
        jackd.connect("improvd:plays", recorder.port)
        play(keyboard)
        taken = recorder.take(1)
    finally:
        os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert not sounding(taken + recorder.rest(0.5))


def test_a_daemon_that_runs_is_left_alone_by_a_panic_for_one_that_has_ended(
    stage, keyboard, recorder, tmp_path
):
    partner = stage({"length": 8, "interrupt": "ignore"})
    play(keyboard)
    recorder.take(1)
    options = ("--unless-running", "--config", str(tmp_path / "config.toml"))
    code, said = improvd(partner, "panic", *options)
    assert (code, "is left alone" in said) == (0, True), said
    assert recorder.take(3), "its answer goes on"


def test_after_a_crash_it_comes_back_with_its_connections_but_not_after_a_stop(
    stage, start, jackd, keyboard, recorder
):
    partner = stage()
    partner.wait_for("on jack")
    time.sleep(0.5)
    partner.ends(signal.SIGKILL)
    second = start()
    second.wait_for("ready on jack")
    time.sleep(0.5)
    assert jackd.connections("improvd:hears") == [keyboard.port]
    assert jackd.connections("improvd:plays") == [recorder.port]
    assert second.ends(signal.SIGTERM) == 0
    start().wait_for("ready on jack")
    assert jackd.connections("improvd:plays") == []


def test_another_style_holds_from_the_next_turn_and_an_unknown_one_is_refused(
    stage, keyboard, recorder, rewrite, tmp_path
):
    band = str(gan_model(tmp_path / "band.onnx", "styled", ("classical", "pop")))
    partner = stage(model={"name": band, "style": "pop"})
    options = ("--config", str(tmp_path / "config.toml"))
    for style, code, told in (("classical", 0, "classical"), ("polka", 2, "classical")):
        line = len(partner.said)
        rewrite(model={"name": band, "style": style})
        left, said = improvd(partner, "reload", *options)
        assert (left, "has no style 'polka'" in said) == (code, style == "polka"), said
        play(keyboard)
        assert recorder.take(1)
        partner.wait_for("answer over", line)
        assert json.loads(improvd(partner, "status", "--json", *options)[1])["style"] == [told]
