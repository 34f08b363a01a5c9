"""A benchmark set from its file to how likely its test rolls are, as a user does it."""

import signal
import subprocess
import sys

import pytest
from rolls import write_benchmark

from improvd.train.runs.run import Run, Settings

MINUTE = 60
SMALL = "faithful,window=12,rnn_layer_sizes=[8,6]"


def improvd(*words):
    command = [sys.executable, "-m", "improvd", *map(str, words)]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=2 * MINUTE)


@pytest.fixture
def data(tmp_path):
    write_benchmark(tmp_path / "Nottingham.mat")
    made = improvd(
        *("dataset", "rnnrbm", "--config", "faithful", "--benchmark", "nottingham"),
        *("--data", tmp_path, "-o", tmp_path / "data"),
    )
    assert "7  melodies" in made.stdout, made.stderr
    return tmp_path / "data"


def test_a_set_is_learnt_until_interrupted_and_measured(tmp_path, data):
    run = tmp_path / "run"
    words = ("train", "rnnrbm", "--config", "faithful", "--data", data, "--run", run)
    command = [sys.executable, "-m", "improvd", *words, "--hparams", SMALL, "--summary-every", "2"]
    with subprocess.Popen(list(map(str, command)), stderr=subprocess.PIPE, text=True) as training:
        said = []
        for line in training.stderr:
            said.append(line)
            if "held out" in line:
                break
        training.send_signal(signal.SIGINT)
        said += training.communicate(timeout=MINUTE)[1].splitlines()
    assert training.returncode == 0
    assert any("loss by pseudo-likelihood" in line for line in said)
    assert "interrupted after" in said[-1]
    assert Run(run, Settings.load(run)).best()
    assert (run / "curve.png").stat().st_size > 1000
    scored = improvd(
        *("evaluate", run, "--benchmark", "nottingham", "--data", tmp_path, "--temperatures", 50)
    )
    assert scored.stdout.startswith("nottingham, test: -"), scored.stderr
    assert "72 steps" in scored.stdout


def test_epochs_are_counted(tmp_path, data):
    run = tmp_path / "run"
    words = ("train", "rnnrbm", "--config", "faithful", "--data", data, "--run", run)
    trained = improvd(*words, "--hparams", SMALL, "--epochs", 2)
    assert trained.returncode == 0, trained.stderr
    assert Run(run, Settings.load(run)).latest().update == 2 * 5 * 2  # windows of five rolls


def test_what_is_missing_is_said_in_a_line(tmp_path):
    missing = improvd("evaluate", "melody-basic", "--benchmark", "jsb", "--data", tmp_path)
    assert missing.returncode != 0
    assert "88 keys" in missing.stderr
    assert "Traceback" not in missing.stderr
    none = improvd("dataset", "rnnrbm", "--benchmark", "jsb", "--data", tmp_path, "-o", tmp_path)
    assert "which live does not learn; `rnnrbm faithful` does" in none.stderr
    words = ("dataset", "rnnrbm", "--config", "faithful", "--benchmark", "jsb")
    none = improvd(*words, "--data", tmp_path, "-o", tmp_path / "data")
    assert "JSB_Chorales.mat is neither" in none.stderr
