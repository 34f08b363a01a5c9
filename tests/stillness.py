"""A machine that stands still, and what a test in real time is worth that failed meanwhile.

A virtual machine whose processors are taken away for a while is late with everything, and JACK
loses frames: nobody can play in time on it. So such a test is asked once more, and that is told.
"""

from __future__ import annotations

import threading
import time

import pytest
from _pytest.runner import runtestprotocol

STILL = 0.03  # seconds that a thread with nothing to do oversleeps
_EVERY = 0.005


class Watch(threading.Thread):
    """Sleeps all the time; tells the longest that it overslept."""

    def __init__(self):
        super().__init__(daemon=True)
        self.longest = 0.0  # seconds
        self._over = threading.Event()

    def run(self):
        before = time.monotonic()
        while not self._over.wait(_EVERY):
            now = time.monotonic()
            self.longest = max(self.longest, now - before - _EVERY)
            before = now

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self.join()


def asked(item, nextitem):
    """The reports of a test, of the second time where it failed while the machine stood still."""
    with Watch() as watch:
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
    if watch.longest < STILL or not any(report.failed for report in reports):
        return reports
    told = f"failed while the machine stood still for {watch.longest * 1000:.0f} ms; asked again"
    item.warn(pytest.PytestWarning(f"{item.nodeid} {told}"))
    return runtestprotocol(item, nextitem=nextitem, log=False)
