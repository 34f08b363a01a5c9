"""How long a step of a model takes on each device there is, tried in a process of its own.

A driver that crashes or hangs then takes nobody along, and the memory that CUDA needs goes with the
process. It says what it has measured line by line, so that what came before a crash counts.
"""

from __future__ import annotations

import logging
import os
import re
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Final, get_args

import numpy as np
from numpy.typing import NDArray

from improvd.engine.session import Device, Session
from improvd.errors import ModelError

Times = dict[Device, float]  # the median of a step in microseconds, by device

_STEPS: Final = 300
_NEAR: Final = 1e-3  # a device whose heads differ more from the CPU's computes something else
_PATIENCE: Final = 60  # seconds
_UNIMPORTANT: Final = 10  # niceness: somebody may be playing meanwhile
_LINE: Final = re.compile(r"^a step on (.+) takes ([0-9.]+) us$", re.MULTILINE)

log = logging.getLogger(__name__)


def trial(path: Path) -> Times:
    """Try the model on every device. One that it cannot run on, or runs wrongly, is not in it."""
    command = [sys.executable, "-P", "-m", "improvd.engine.trial", str(path)]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    for line in done.stderr.splitlines():
        log.debug("trial: %s", line)
    measured = dict(_LINE.findall(done.stdout))
    return {name: float(measured[name]) for name in get_args(Device) if name in measured}


def measure(session: Session) -> tuple[float, NDArray[np.float32]]:
    """The median of a hot step in microseconds, and what the heads said: [steps, classes]."""
    vectors = np.random.default_rng(0).random((_STEPS, session.inputs), np.float32)
    session.warm()
    took, said = [], []
    for vector in vectors:
        start = time.perf_counter()
        heads = session.step(vector)
        took.append(time.perf_counter() - start)
        said.append(np.concatenate([head[0].ravel() for head in heads.values()]))
    return statistics.median(took) * 1e6, np.array(said)


def main(path: Path) -> None:
    """Say how long a step takes on each device; the CPU comes first."""
    os.nice(_UNIMPORTANT)
    signal.alarm(_PATIENCE)  # ends the process even where a driver never comes back
    expected = None
    for device in get_args(Device):
        try:
            microseconds, said = measure(Session.load(path, device))
        except ModelError as fault:
            print(f"not on {device}: {fault}", file=sys.stderr)  # noqa: T201 - its way to speak
            continue
        expected = said if expected is None else expected
        if np.allclose(said, expected, rtol=_NEAR, atol=_NEAR):
            print(f"a step on {device} takes {microseconds:.2f} us", flush=True)  # noqa: T201 - same
        else:
            print(f"not on {device}: its numbers are wrong", file=sys.stderr)  # noqa: T201 - same


if __name__ == "__main__":
    main(Path(sys.argv[1]))
