"""A training and its follower, as a user starts them: two processes over one run."""

import re
import signal
import subprocess
import sys

import pytest
from scales import scales

from improvd.train.runs.run import Run, Settings

MINUTE = 60


@pytest.fixture
def start():
    """Start a verb of improvd with its output at hand; whatever still runs at the end is killed."""
    started = []

    def verb(*words, output):
        command = [sys.executable, "-m", "improvd", *map(str, words)]
        process = subprocess.Popen(command, **{output: subprocess.PIPE}, text=True)
        started.append(process)
        return process

    yield verb
    for process in started:
        process.kill()
        process.communicate()


def test_a_training_is_followed_from_beside_and_keeps_what_it_reached(tmp_path, start):
    scales().save(tmp_path / "data")
    run = tmp_path / "run"
    training = start(
        *("train", "melody", "--data", tmp_path / "data", "--run", run, "--summary-every", 1),
        *("--keep", 0, "--hparams", "batch_size=4,window=8,rnn_layer_sizes=[8]"),
        output="stderr",
    )
    for line in training.stderr:
        if "held out" in line:
            break
    following = start("evaluate", run, "--follow", output="stdout")
    followed = [following.stdout.readline() for _ in range(2)]
    training.send_signal(signal.SIGTERM)
    *_, last = training.communicate(timeout=MINUTE)[1].splitlines()
    reached = int(re.search(r"interrupted after (\d+) updates", last)[1])
    assert training.returncode == 0
    assert Run(run, Settings.load(run)).latest().update == reached
    while int(followed[-1].split()[0]) < reached:
        followed.append(following.stdout.readline())
    updates = [int(line.split()[0]) for line in followed]
    assert updates == [*range(10, reached, 10), reached]
    assert all("nats a step" in line for line in followed)
    following.send_signal(signal.SIGINT)
    assert following.wait(MINUTE) != 0
    assert len(list((run / "summaries" / "evaluation").iterdir())) == 1
