"""Two workers on one machine train one network."""

import json
import os
import socket
import subprocess
import sys

import numpy as np
from scales import scales

WORKER = """
import sys
from pathlib import Path
import numpy as np
from improvd.train.learn.fit import Trainer, use_threads, workers
from improvd.train.data.dataset import Dataset
from improvd.train.runs.hparams import Hparams
from improvd.train.runs.run import Run, Settings

folder, steps = Path(sys.argv[1]), int(sys.argv[2])
use_threads(1)
strategy = workers()
dataset = Dataset.load(folder / "data")
small = Hparams(batch_size=2, window=8, rnn_layer_sizes=(8,))
settings = Settings("melody", "basic", str(folder / "data"), (), small)
trainer = Trainer(Run(folder / "run", settings), dataset, strategy=strategy)
trainer.fit(steps, summary_every=1)
np.savez(folder / f"worker-{trainer._worker}.npz", *trainer.network.get_weights())
"""


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def train_together(folder, steps):
    addresses = [f"127.0.0.1:{port}" for port in free_ports(2)]
    started = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, str(folder), str(steps)],
            env=os.environ
            | {
                "TF_CONFIG": json.dumps(
                    {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
                )
            },
            stderr=subprocess.PIPE,
            text=True,
        )
        for index in range(2)
    ]
    try:
        for each in started:
            _, told = each.communicate(timeout=120)
            assert each.returncode == 0, told[-3000:]
    finally:
        for each in started:
            each.kill()  # one that waits for the other would wait on


def test_two_workers_end_with_the_same_weights_and_the_chief_writes(tmp_path):
    scales().save(tmp_path / "data")
    train_together(tmp_path, 10)
    one, other = (np.load(tmp_path / f"worker-{index}.npz") for index in range(2))
    for name in one.files:
        np.testing.assert_array_equal(one[name], other[name])
    names = sorted(path.name for path in (tmp_path / "run").glob("step-*"))
    assert names == ["step-00000010.npz"]
