"""A test in real time is asked twice only where it failed while the machine stood still."""

import os
import signal
import sys
import time
from pathlib import Path
from subprocess import PIPE, Popen
from types import SimpleNamespace

import pytest
import stillness
from stillness import STILL, Watch, asked

FAILED, PASSED = SimpleNamespace(failed=True), SimpleNamespace(failed=False)


class Item:
    """A test that fails the first time it is asked, and what is said of it."""

    nodeid = "a test"

    def __init__(self):
        self.told = []
        self.reports = [[FAILED], [PASSED]]

    def warn(self, warning):
        self.told.append(str(warning))


@pytest.mark.parametrize(("longest", "reports", "told"), [(0.2, [PASSED], 1), (0.001, [FAILED], 0)])
def test_what_failed_is_asked_again_where_the_machine_stood_still(
    monkeypatch, longest, reports, told
):
    monkeypatch.setattr(stillness, "runtestprotocol", lambda item, **_: item.reports.pop(0))
    monkeypatch.setattr(Watch, "run", lambda watch: setattr(watch, "longest", longest))
    item = Item()
    assert asked(item, None) == reports
    assert len(item.told) == told


def test_what_passed_is_not(monkeypatch):
    monkeypatch.setattr(stillness, "runtestprotocol", lambda item, **_: item.reports.pop())
    monkeypatch.setattr(Watch, "run", lambda watch: setattr(watch, "longest", 1.0))
    item = Item()
    assert asked(item, None) == [PASSED]
    assert item.reports == [[FAILED]]


def test_the_watch_sees_that_it_stood_still():
    watch = "with Watch() as watch: print(flush=True); input()"
    code = f"from stillness import Watch\n{watch}\nprint(watch.longest)"
    command = [sys.executable, "-c", code]
    here = str(Path(__file__).parent)
    with Popen(
        command, stdin=PIPE, stdout=PIPE, text=True, env=os.environ | {"PYTHONPATH": here}
    ) as watcher:
        watcher.stdout.readline()
        watcher.send_signal(signal.SIGSTOP)
        time.sleep(3 * STILL)
        watcher.send_signal(signal.SIGCONT)
        time.sleep(STILL)
        told, _ = watcher.communicate("\n")
    assert float(told) > STILL
