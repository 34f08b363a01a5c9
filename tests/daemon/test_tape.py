"""Every jam is kept, by a thread that nobody waits for; where it cannot be, that is said once."""

import os
import resource
import shutil
import subprocess
import threading
import time

import pytest
from stillness import Watch

from improvd.config import Config
from improvd.core.tempo import Meter
from improvd.daemon import tape as module
from improvd.daemon.tape import Tape
from improvd.errors import DataError
from improvd.play.messages import Alive, Heard, Sent
from improvd.takes import shelf

ON, OFF = 0x90, 0x80
PATIENCE = 5.0


@pytest.fixture
def start(tmp_path):
    """Starts tapes whose jams are over after a quarter of a second or so."""
    started = []

    def start(folder=lambda: tmp_path / "takes", **takes):
        config = Config.model_validate({"takes": takes})
        quick = config.takes.model_copy(update={"pause": 0.25})
        started.append(Tape(config.model_copy(update={"takes": quick}), folder))
        return started[-1]

    yield start
    for tape in started:
        tape.close()


def jam(tape):
    """A note from each."""
    now = time.monotonic()
    tape.take(Heard([[now, ON, 60, 80], [now + 0.1, OFF, 60, 0]]), Meter())
    tape.take(Sent([[1, now, now, ON, 62, 80], [1, now, now + 0.1, OFF, 62, 0]]), Meter())


def wait_until(holds):
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def told(caplog):
    """Why jams are not recorded, each time that it was said."""
    lines = [record.getMessage() for record in caplog.records]
    assert all(line.startswith("jams go on, but are not recorded: ") for line in lines)
    return [line.rsplit(": ", 1)[1] for line in lines]


def kept(folder):
    return [take for take in shelf.takes(folder) if not take.unfinished]


def test_each_jam_becomes_a_file_of_its_own_for_nobody_else_to_read(start, tmp_path):
    tape, folder = start(), tmp_path / "takes"
    for count in (1, 2):
        jam(tape)
        wait_until(lambda count=count: len(kept(folder)) == count)
    wait_until(lambda: {path.suffix for path in folder.iterdir()} == {".mid"})  # no journal is left
    assert [(take.about.played, take.about.answered) for take in kept(folder)] == [(1, 1), (1, 1)]
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_when_the_daemon_ends_so_does_the_jam(start, tmp_path):
    tape = start()
    jam(tape)
    tape.close()
    assert len(kept(tmp_path / "takes")) == 1


def test_while_nobody_plays_nothing_is_written(start, tmp_path):
    tape = start()
    tape.take(Heard([[1.0, 0xB0, 1, 5]]), Meter())
    tape.take(Alive(1.0, 0.0, 0, 0, 0, 0, 0), Meter())
    tape.close()
    assert not (tmp_path / "takes").exists()


def test_turned_off_it_keeps_nothing_and_has_no_thread(start, tmp_path):
    before = threading.active_count()
    tape = start(keep=False)
    jam(tape)
    assert threading.active_count() == before
    tape.close()
    assert not (tmp_path / "takes").exists()


def test_what_another_daemon_left_over_is_finished_but_not_what_one_still_plays(start, tmp_path):
    folder = tmp_path / "takes"
    left, played = (shelf.start(folder, f"2026-11-2{day}T10:00:00+01:00", "left") for day in (1, 2))
    rows = shelf.journal.written(shelf.journal.Began(1.0, "2026-11-21T10:00:00+01:00", "left"))
    rows += shelf.journal.written(shelf.journal.Line(1.0, 0.0, 120.0, 0, 0.0, "4/4"))
    rows += shelf.journal.written(shelf.journal.Event(1.0, "player", ON, 60, 80))
    for descriptor in (left, played):
        os.write(descriptor, rows.encode())
    os.close(left)
    start()
    wait_until((folder / "2026-11-21_10-00-00_left.mid").exists)
    assert (folder / "2026-11-22_10-00-00_left.journal").exists()
    os.close(played)


def full(folder):
    """A disk of a page."""
    if os.geteuid():
        pytest.skip("NOT ROOT: a full disk is not tested, only a limit of the process")
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("NO MOUNT: a full disk is not tested, only a limit of the process")


def read_only(folder):
    """A disk that cannot be written to."""
    full(folder)
    subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)


@pytest.fixture
def disk(tmp_path):
    yield tmp_path / "disk"
    subprocess.run(["umount", str(tmp_path / "disk")], check=False, capture_output=True)


@pytest.mark.parametrize("fault", [full, read_only])
def test_a_full_or_read_only_disk_is_said_once_and_the_jam_goes_on(start, disk, caplog, fault):
    fault(disk)
    tape = start(lambda: disk / "takes")
    for _ in range(100):
        jam(tape)
    time.sleep(1.0)
    for _ in range(100):
        jam(tape)
    tape.close()
    assert told(caplog) in (["No space left on device"], ["Read-only file system"])


def test_a_file_that_may_not_grow_keeps_what_it_has(start, tmp_path, caplog):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, before[1]))
    try:
        tape = start()
        for _ in range(20):
            jam(tape)
        wait_until(lambda: caplog.records)
        tape.close()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [record.getMessage().rsplit(": ", 1)[1] for record in caplog.records] == [
        "File too large"
    ]
    assert kept(tmp_path / "takes")[0].about.played > 5


def test_a_folder_that_cannot_be_is_said_once(start, tmp_path, caplog):
    (tmp_path / "takes").write_text("in the way")
    tape = start()
    jam(tape)
    tape.close()
    assert told(caplog) == ["Not a directory"] or told(caplog) == ["File exists"]


def test_no_home_is_said_once(start, caplog):
    def nowhere():
        raise DataError("there is no home folder to keep takes in")

    tape = start(nowhere)
    jam(tape)
    tape.close()
    assert told(caplog) == ["there is no home folder to keep takes in"]


def test_when_the_disk_is_good_again_so_are_the_takes(start, tmp_path, caplog):
    folder = tmp_path / "takes"
    folder.write_text("in the way")
    tape = start()
    jam(tape)
    wait_until(lambda: caplog.records)
    wait_until(lambda: tape._recorder.due is None)
    folder.unlink()
    jam(tape)
    wait_until(lambda: folder.exists() and kept(folder))
    wait_until(lambda: not tape._told)  # it may still have been about to look
    shutil.rmtree(folder)
    folder.write_text("in the way again")
    jam(tape)
    wait_until(lambda: len(caplog.records) == 2)


def test_a_disk_that_hangs_holds_up_nobody_and_is_said_once(start, tmp_path, caplog, monkeypatch):
    monkeypatch.setattr(module, "_LEAVING", 0.1)
    answers = threading.Event()

    def hangs():
        answers.wait()
        return tmp_path / "takes"

    tape = start(hangs)
    slowest = 0.0
    with Watch() as watch:
        for _ in range(module._WAITING):
            began = time.monotonic()
            jam(tape)
            slowest = max(slowest, time.monotonic() - began)
    assert slowest - watch.longest < 1.0, "longer than all of this process stood still"
    assert told(caplog) == ["the disk does not keep up"]
    tape.close()
    answers.set()
    tape._thread.join()
