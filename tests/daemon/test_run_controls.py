"""Hands on knobs and buttons while the whole daemon plays over a real jackd."""

import subprocess
import sys
import time
import tomllib

import pytest
from witness import is_on, play, sounding

from improvd.bench.changes import changed

pytestmark = pytest.mark.jackd

ON, OFF, CONTROL = 0x90, 0x80, 0xB0
LATE = 0.02  # seconds
STATE = 20
TABLES = {
    "model": {"name": "melody-basic", "device": "cpu", "seed": 1},
    "controls": {"temperature": "cc 1", "mute": "cc 80", "panic": "note 21"},
}


@pytest.fixture
def stage(stage):
    """The stage of the others, with these tables where nothing else is said."""
    return lambda **tables: stage(**TABLES | tables)


def ons(taken):
    return [data[1] for _, data in taken if is_on(data)]


def one_answer(partner, keyboard, recorder, during=()):
    """A phrase and its answer, with these messages sent while it sounds."""
    line = len(partner.said)
    play(keyboard)
    taken = recorder.take(2)
    for message in during:
        keyboard.play(*message)
        time.sleep(0.1)
    partner.wait_for("answer over", line)
    return taken + recorder.rest(0.3)


def test_whatever_is_changed_while_it_answers_no_note_is_lost_or_late(jackd, monkeypatch):
    for name, value in jackd.env.items():
        monkeypatch.setenv(name, value)
    answers = changed(3)
    assert len(answers) == 3
    for planned, late in answers:
        assert planned == len(late) > 1
        assert max(late) <= LATE


def test_the_state_is_seen_by_whoever_listens(stage, keyboard, recorder):
    partner = stage(midi={"backend": "jack", "input": "virtual", "state_cc": STATE})
    taken = one_answer(partner, keyboard, recorder)
    shown = [(n, data) for n, (_, data) in enumerate(taken) if data[0] == CONTROL]
    assert [data[1:] for _, data in shown] == [bytes((STATE, value)) for value in (64, 127, 0)]
    first = next(n for n, (_, data) in enumerate(taken) if data[0] == ON)
    assert shown[1][0] < first, "the light comes before the sound"


def test_mute_silences_the_answer_that_sounds_and_outlives_the_player(stage, keyboard, recorder):
    partner = stage()
    muted = one_answer(partner, keyboard, recorder, [(CONTROL, 80, 127)])
    assert len(ons(muted)) <= 3
    assert not sounding(muted)
    line = len(partner.said)
    subprocess.run(["kill", "-9", str(partner.player)], check=True)
    partner.wait_for("ready on jack", line)
    line = len(partner.said)
    play(keyboard)
    partner.wait_for("answer over", line)
    assert not [data for _, data in recorder.rest(0.1) if data[0] == ON]


def learning(partner_env, config, target):
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "improvd", "learn", target, "--config", str(config)],
        env=partner_env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def test_learn_asks_the_daemon_for_the_control_that_is_moved(stage, keyboard, tmp_path):
    partner, config = stage(), tmp_path / "config.toml"
    config.write_text("# mine\n" + config.read_text())
    learner = learning(partner.env, config, "temperature")
    assert learner.stdout.readline().startswith("move what shall move temperature")
    time.sleep(0.5)
    for message in ((ON, 60, 80), (OFF, 60, 0), (CONTROL, 7, 60), (CONTROL, 7, 90)):
        keyboard.play(*message)
    said, _ = learner.communicate(timeout=5)
    assert 'controls.temperature = "cc 7 ch 1"; it holds from now on' in said
    text = config.read_text()
    assert tomllib.loads(text)["controls"] == TABLES["controls"] | {"temperature": "cc 7 ch 1"}
    assert text.startswith("# mine\n")
    line = len(partner.said)
    keyboard.play(CONTROL, 1, 60)
    keyboard.play(CONTROL, 7, 60)
    partner.wait_for("temperature at", line)
    assert len([said for said in partner.said[line:] if "temperature at" in said]) == 1


def test_learn_listens_by_itself_where_no_daemon_runs(jackd, keyboard, tmp_path):
    config = tmp_path / "config.toml"
    config.write_text('[midi]\nbackend = "jack"\ninput = "virtual"\n')
    environment = jackd.env | {"XDG_RUNTIME_DIR": str(tmp_path)}
    learner = learning(environment, config, "panic")
    jackd.connect(keyboard.port, "improvd:hears")
    keyboard.play(ON, 21, 80)
    said, _ = learner.communicate(timeout=5)
    assert learner.returncode == 0, said
    assert "from the next start of improvd on" in said
    assert tomllib.loads(config.read_text())["controls"] == {"panic": "note 21 ch 1"}
    assert not [port for port in jackd.ports() if port.startswith("improvd")]


def test_what_nothing_is_named_cannot_be_learnt(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "improvd", "learn", "volume"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("improvd: nothing is moved by the name 'volume'; there is: temp")
