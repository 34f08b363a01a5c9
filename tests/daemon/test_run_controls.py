"""Hands on knobs and buttons while the whole daemon plays over a real jackd."""

import subprocess
import sys
import time
import tomllib
from threading import Thread

import pytest
from partner import as_toml
from witness import PATIENCE, sounding

from improvd.config import load_config
from improvd.daemon.build import build
from improvd.daemon.link import PlayerLink
from improvd.play.messages import Cut, Dropped, Ended, Play, Sent

pytestmark = pytest.mark.jackd

ON, OFF, CONTROL, PROGRAM = 0x90, 0x80, 0xB0, 0xC0
LATE = 0.02  # seconds
STATE = 20
VIRTUAL = {"midi": {"backend": "jack", "input": "virtual"}}
TABLES = {
    "tempo": {"source": "internal", "bpm": 120.0},
    "turns": {"silence": 0.4, "length": 2},
    "model": {"name": "melody-basic", "device": "cpu", "seed": 1},
    "controls": {
        "temperature": "cc 1",
        "length": "cc 3",
        "mute": "cc 80",
        "model": "note 20",
        "panic": "note 21",
    },
    "preset": [{"name": "other", "model": {"name": "melody-mono"}, "turns": {"length": 1}}],
}


@pytest.fixture
def stage(stage):
    """The stage of the others, with these tables where nothing else is said."""
    return lambda **tables: stage(**TABLES | tables)


def play(keyboard):
    """One bar of eighths; comes back with its last release."""
    for pitch in (60, 62, 64, 65, 67, 65, 64, 60):
        keyboard.play(ON, pitch, 80)
        time.sleep(0.2)
        keyboard.play(OFF, pitch, 0)
        time.sleep(0.05)


def ons(taken):
    return [data[1] for _, data in taken if data[0] & 0xF0 == ON and data[2]]


def one_answer(partner, keyboard, recorder, during=()):
    """A phrase and its answer, with these messages sent while it sounds."""
    line = len(partner.said)
    play(keyboard)
    taken = recorder.take(2, 3.0)
    for message in during:
        keyboard.play(*message)
        time.sleep(0.1)
    partner.wait_for("answer over", line)
    return taken + recorder.rest(0.3)


CHANGES = [
    [*((CONTROL, 3, value) for value in (10, 50, 90)), (ON, 20, 64), (OFF, 20, 0), (PROGRAM, 0)],
    [(CONTROL, 3, 127), (PROGRAM, 0), (CONTROL, 1, 64)],
]


class Wire:
    """What the mind and its player say to each other, listened to on the way."""

    def __init__(self, monkeypatch):
        self.orders, self.reports = [], []
        send, receive = PlayerLink.send, PlayerLink.receive

        def sent(link, *messages):
            self.orders += messages
            send(link, *messages)

        def received(link, now):
            messages = receive(link, now)
            self.reports += messages
            return messages

        monkeypatch.setattr(PlayerLink, "send", sent)
        monkeypatch.setattr(PlayerLink, "receive", received)

    def of(self, kind):
        return [each for each in (*self.orders, *self.reports) if isinstance(each, kind)]

    def wait_for(self, kind, count):
        end = time.monotonic() + 2 * PATIENCE
        while len(self.of(kind)) < count:
            assert time.monotonic() < end, f"no {kind.__name__} {count}"
            time.sleep(0.01)

    def notes(self, answer):
        """How many notes of this answer were planned, and how late each one went out."""
        planned = [note for play in self.of(Play) if play.answer == answer for note in play.notes]
        rows = [row for sent in self.of(Sent) for row in sent.events if row[0] == answer]
        late = [actual - wanted for _, wanted, actual, status, *_ in rows if status & 0xF0 == ON]
        return len(planned), late


def test_whatever_is_changed_while_it_answers_no_note_is_lost_or_late(
    jackd, keyboard, recorder, tmp_path, monkeypatch
):
    for name, value in (jackd.env | {"XDG_RUNTIME_DIR": str(tmp_path)}).items():
        monkeypatch.setenv(name, value)
    (tmp_path / "config.toml").write_text(as_toml(VIRTUAL | TABLES))
    wire = Wire(monkeypatch)
    service = build(load_config(tmp_path / "config.toml"))

    def hands():
        service.wait_until_ready()
        jackd.connect(keyboard.port, "improvd:hears")
        jackd.connect("improvd:plays", recorder.port)
        for turn in range(2):
            play(keyboard)
            wire.wait_for(Sent, 2 if not turn else len(wire.of(Sent)) + 2)
            for message in CHANGES[turn]:
                keyboard.play(*message)
                time.sleep(0.05)
            wire.wait_for(Ended, turn + 1)
        service.stop()

    playing = Thread(target=hands, daemon=True)
    playing.start()
    service.run()
    playing.join(PATIENCE)
    assert not playing.is_alive()
    assert not wire.of(Dropped) + wire.of(Cut)
    for answer in (1, 2):
        planned, late = wire.notes(answer)
        assert planned == len(late) > 2
        assert max(late) <= LATE
    assert not sounding(recorder.rest(0.3))
    assert service._desk.settings.now.turns.length == 1
    assert service._desk._exchange.name == "melody-mono"


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
