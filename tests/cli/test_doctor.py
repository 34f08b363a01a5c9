"""`improvd doctor`: what is well, what is wrong, and the cure. The machine itself is not judged."""

import json
from types import SimpleNamespace

import pytest
from tiny import a_card, tiny_model

from improvd.cli import _checks, doctor, main
from improvd.cli._checks import Finding
from improvd.core.places import NO_HOME
from improvd.engine import library, session, trial
from improvd.ports import survey
from improvd.ports.base import NoMidiSystemError


@pytest.fixture
def finds(monkeypatch):
    """Let the doctor find just this."""

    def find(*findings):
        monkeypatch.setattr(doctor, "CHECKS", [lambda: iter(findings)])

    return find


@pytest.fixture
def installed(monkeypatch):
    """Let these distributions be installed."""

    def install(*names):
        packages = [SimpleNamespace(metadata={"Name": name}) for name in names]
        monkeypatch.setattr(_checks, "distributions", lambda: packages)

    return install


WELL = Finding("ok", "timing", "in time")
ODD = Finding("warning", "realtime rights", "not granted", "join the group audio")
WRONG = Finding("fault", "models", "there are none", "put one there")


def test_a_line_for_each_finding_and_the_cure_below_it(finds, capsys):
    finds(WELL, ODD)
    assert main.run(["doctor"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "ok       timing: in time",
        "warning  realtime rights: not granted",
        "         cure: join the group audio",
    ]


def test_a_fault_is_an_exit_code(finds, capsys):
    finds(WELL, WRONG)
    assert main.run(["doctor", "--json"]) == 1
    assert [found["state"] for found in json.loads(capsys.readouterr().out)] == ["ok", "fault"]


@pytest.mark.jackd
def test_one_working_midi_system_is_enough(jackd, monkeypatch):
    monkeypatch.setenv("JACK_DEFAULT_SERVER", jackd.name)
    (found,) = _checks.midi()
    assert found.state == "ok"
    assert "jack" in found.found
    assert "improvd-doctor" not in "".join(jackd.ports()), "it has left again"


def test_no_midi_system_is_a_fault_with_a_cure(monkeypatch):
    def nothing_there(name, _):
        raise NoMidiSystemError(name)

    monkeypatch.setattr(survey, "survey", nothing_there)
    (found,) = _checks.midi()
    assert found.state == "fault"
    assert "jackd" in found.cure


def test_two_onnxruntimes_overwrite_each_other(installed):
    installed("numpy", "onnxruntime", "onnxruntime_gpu")
    (found,) = _checks.onnxruntime()
    assert found.state == "fault"
    assert found.found == "onnxruntime and onnxruntime-gpu overwrite each other"
    assert found.cure.endswith("; pip install onnxruntime-gpu")


def test_one_onnxruntime_is_right_and_none_is_not(installed):
    installed("onnxruntime")
    assert [found.state for found in _checks.onnxruntime()] == ["ok"]
    installed("numpy")
    assert [found.cure for found in _checks.onnxruntime()] == ["pip install onnxruntime"]


def test_every_model_is_loaded_and_stepped(tmp_path, monkeypatch):
    monkeypatch.setattr(library, "folders", lambda: [tmp_path])
    assert [found.state for found in _checks.models()] == ["fault"]
    tiny_model(tmp_path / "tiny.onnx", card=a_card())
    (tmp_path / "broken.onnx").write_bytes(b"no model")
    states = {found.subject: found.state for found in _checks.models()}
    assert states == {"model broken": "fault", "model tiny": "ok"}


@pytest.mark.parametrize(
    ("times", "state", "said"),
    [
        (
            {"cpu": 900.0, "cuda": 90.0},
            "ok",
            "run on cuda: a step on cuda 90 us, a step on cpu 900",
        ),
        ({"cpu": 900.0}, "warning", "CUDA does not run it"),
    ],
)
def test_where_there_is_a_driver_the_device_is_told(tmp_path, monkeypatch, times, state, said):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(library, "folders", lambda: [tmp_path])
    monkeypatch.setattr(session, "has_driver", lambda: True)
    monkeypatch.setattr(trial, "trial", lambda _: times)
    tiny_model(tmp_path / "tiny.onnx", card=a_card())
    _, found = _checks.models()
    assert found.state == state
    assert said in found.found


@pytest.mark.parametrize(
    ("place", "state", "said"),
    [("data", "ok", "0 in "), ("file", "warning", "cannot be written to"), ("", "warning", "home")],
)
def test_where_takes_go_is_looked_at(tmp_path, monkeypatch, place, state, said):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / place) if place else str(NO_HOME))
    (found,) = _checks.takes()
    assert (found.state, said in found.found) == (state, True), found


def test_timing_and_rights_are_looked_at_without_a_fault(monkeypatch):
    monkeypatch.setattr(_checks, "_WAKES", 20)
    found = [*_checks.timing(), *_checks.rights()]
    assert all(each.state in ("ok", "warning") for each in found)
    assert found[0].subject == "timing"
