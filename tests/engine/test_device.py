"""Which device a model runs on. The GPU is made up: a session of the CPU that says it is one."""

import json
import logging

import pytest
from tiny import a_card, tiny_model

from improvd.engine import device
from improvd.engine import trial as trials
from improvd.engine.device import Chooser, fastest, recall, remember
from improvd.engine.session import Session
from improvd.engine.trial import trial
from improvd.errors import ModelError

FASTER = {"cpu": 900.0, "cuda": 90.0, "cuda graph": 30.0}
SLOWER = {"cpu": 20.0, "cuda": 90.0, "cuda graph": 30.0}


@pytest.fixture
def path(tmp_path, monkeypatch):
    """A model on a machine with a driver, where nothing was measured yet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(device, "has_driver", lambda: True)
    return tiny_model(tmp_path / "tiny.onnx", card=a_card())


def on_paper(path, name):
    session = Session.load(path)
    session.device = name
    return session


def gone(path, name):
    if name != "cpu":
        raise ModelError("the GPU fell off the bus")
    return Session.load(path)


def gone_at_its_first_step(path, name):
    session = on_paper(path, name)
    if name != "cpu":
        session._heads = None  # any fault of a step
    return session


def never(_):
    raise AssertionError("nothing was to be tried")


def chooser(path, times, load=on_paper):
    """A chooser whose trial is over."""
    chosen = Chooser(path, "auto", lambda _: times, load)
    search = chosen._search
    chosen.ready()
    search.join()
    return chosen


def test_auto_begins_on_the_cpu_and_offers_the_faster_device_once(path, caplog):
    caplog.set_level(logging.INFO)
    chosen = chooser(path, FASTER)
    assert chosen.session.device == "cpu"
    assert chosen.better().device == "cuda graph"
    assert chosen.better() is None
    assert [line for line in caplog.messages if "runs on" in line] == [
        "the model runs on cpu",
        "the model runs on cuda graph from now on",
    ]


def test_a_slower_gpu_is_left_alone(path):
    assert chooser(path, SLOWER).better() is None


@pytest.mark.parametrize(("times", "begins"), [(FASTER, "cuda graph"), (SLOWER, "cpu")])
def test_the_next_start_goes_straight_there(path, times, begins):
    chooser(path, times)
    again = Chooser(path, "auto", never, on_paper)
    again.ready()
    assert again.session.device == begins
    assert again.better() is None


def test_another_model_is_measured_on_its_own(path, tmp_path):
    chooser(path, FASTER)
    assert recall(tiny_model(tmp_path / "other.onnx", units=4, card=a_card())) == {}


def test_another_machine_measures_for_itself(path, monkeypatch):
    chooser(path, FASTER)
    monkeypatch.setattr(device.platform, "node", lambda: "elsewhere")
    assert recall(path) == {}


@pytest.mark.parametrize("load", [gone, gone_at_its_first_step])
def test_a_gpu_that_is_gone_is_a_warning_and_the_cpu(path, caplog, load):
    remember(path, FASTER)
    assert Chooser(path, "auto", never, load).session.device == "cpu"
    assert "cuda graph was the fastest, but now: " in caplog.text


@pytest.mark.parametrize("load", [gone, gone_at_its_first_step])
def test_a_gpu_that_fails_after_its_trial_changes_nothing(path, caplog, load):
    chosen = chooser(path, FASTER, load)
    assert chosen.better() is None
    assert chosen.session.device == "cpu"
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_where_cuda_does_not_run_nothing_is_kept_so_that_it_is_tried_again(path):
    assert chooser(path, {"cpu": 20.0}).better() is None
    assert recall(path) == {}


def test_without_a_driver_nothing_is_tried(path, monkeypatch):
    monkeypatch.setattr(device, "has_driver", lambda: False)
    chosen = Chooser(path, "auto", never)
    chosen.ready()
    assert chosen.session.device == "cpu"


def test_a_choice_is_obeyed(path):
    assert Chooser(path, "cuda", never, on_paper).session.device == "cuda"
    assert Chooser(path, "cpu", never, on_paper).session.device == "cpu"
    with pytest.raises(ModelError, match="fell off"):
        Chooser(path, "cuda", never, gone)


@pytest.mark.parametrize("content", ["", "[]", "{", '{"x": 1}', "\x00", "[" * 10_000], ids=len)
def test_a_broken_cache_counts_as_none_and_is_mended(path, content):
    remember(path, FASTER)
    device._file().write_text(content)
    assert recall(path) == {}
    remember(path, SLOWER)
    assert recall(path) == SLOWER


@pytest.mark.parametrize("times", [3, {"cpu": "fast"}, {"abacus": 3.0}])
def test_a_verdict_that_makes_no_sense_counts_as_none(path, times):
    remember(path, FASTER)
    device._file().write_text(json.dumps({device._key(path): times}))
    assert recall(path) == {}


def test_a_cache_that_cannot_be_written_is_a_warning(path, monkeypatch, caplog):
    monkeypatch.setenv("XDG_CACHE_HOME", str(path))  # a file, not a folder
    remember(path, FASTER)
    assert "not kept" in caplog.text
    assert recall(path) == {}


def test_the_trial_measures_in_a_process_of_its_own(path):
    times = trial(path)
    assert times["cpu"] > 0
    assert fastest(times) in times


def test_a_trial_that_dies_has_measured_nothing(tmp_path):
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no model")
    assert trial(broken) == {}


def test_a_device_that_computes_something_else_is_left_out(path, tmp_path, monkeypatch, capsys):
    wrong = tiny_model(tmp_path / "wrong.onnx", card=a_card(), likes={1: 5.0})
    files, load = {"cpu": path, "cuda": path, "cuda graph": wrong}, Session.load
    monkeypatch.setattr(Session, "load", lambda _, name: load(files[name]))
    monkeypatch.setattr(trials.os, "nice", lambda _: None)
    monkeypatch.setattr(trials.signal, "alarm", lambda _: None)
    trials.main(path)
    said = capsys.readouterr()
    assert [line.split(" takes ")[0] for line in said.out.splitlines()] == [
        "a step on cpu",
        "a step on cuda",
    ]
    assert said.err == "not on cuda graph: its numbers are wrong\n"
