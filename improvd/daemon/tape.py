"""Keeps every jam, from a thread of its own: the disk must never hold up the mind.

The mind leaves its messages in a queue and goes on. The thread gathers them a quarter of a second
long and writes them to the journal of the jam, so a SIGKILL loses no more than that; what the
kernel has not yet put on the disk when the power fails is lost too. When the jam is over, a
process of its own makes a MIDI file of its journal (`takes/finish`). A disk that is full, cannot be
written to or does not come back costs the recording of this jam, which is said once, and nothing
else.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Final

from improvd.config.schema import Config
from improvd.core.tempo import Meter
from improvd.core.units import Seconds
from improvd.daemon.recorder import KEPT, Recorder
from improvd.errors import DataError
from improvd.play.messages import Heard, Message, Sent
from improvd.takes import shelf
from improvd.takes.journal import Began, Row, written

_GATHERED: Final = 0.25  # seconds
_WAITING: Final = 32_768  # rows that wait at most: minutes of the densest playing
_LEAVING: Final = 2.0  # seconds that the last jam is given to become a file

log = logging.getLogger(__name__)

Said = tuple[Seconds, Message, Meter]


class Tape:
    """Hears what player and mind say to each other; `folder` is asked for by the thread.

    With `takes.keep` off it hears nothing.
    """

    def __init__(self, config: Config, folder: Callable[[], Path] = shelf.folder) -> None:
        self._takes = config.takes
        self._name = config.midi.name
        self._folder = folder
        self._recorder = Recorder(self._name, self._takes.pause, config.tempo.bpm)
        self._queue: SimpleQueue[Said | None] = SimpleQueue()  # None: the daemon ends
        self._put = self._got = 0  # rows: what the mind left in the queue, what was taken from it
        self._closing = threading.Event()
        self._lost = False  # were messages, as the queue was full?
        self._rows: list[Row] = []  # to be written
        self._journal: int | None = None  # its descriptor
        self._failed = False  # this jam is not recorded any more
        self._told = False  # was that said?
        self._thread = threading.Thread(target=self._run, name="takes", daemon=True)
        if self._takes.keep:
            self._thread.start()

    def take(self, message: Message, meter: Meter) -> None:
        """A message, in the mind's thread, which never waits here."""
        if not (self._takes.keep and isinstance(message, KEPT)):
            return
        if self._put - self._got < _WAITING:
            self._put += _rows(message)
            self._queue.put((_now(), message, meter))
        elif not self._lost:
            self._lost = True
            self._tell("the disk does not keep up")

    def close(self) -> None:
        """The daemon ends, and the jam with it. A disk that hangs is not waited for."""
        self._closing.set()
        self._queue.put(None)
        if self._takes.keep:
            self._thread.join(_LEAVING)

    # --- in the thread

    def _run(self) -> None:
        self._tidy()
        leaving = False
        while not leaving:
            batch = self._gathered()
            leaving = None in batch
            for said in filter(None, batch):
                self._got += _rows(said[1])
                self._hear(*said)
            self._write()
            if self._lost:
                self._give_up()
                self._lost = False
            if leaving or self._is_over(_now()):
                self._end(_now())

    def _gathered(self) -> list[Said | None]:
        """What came within a quarter of a second; nothing when the jam is over before."""
        due = self._recorder.due
        try:
            batch = [self._queue.get(timeout=None if due is None else max(0.0, due - _now()))]
        except Empty:
            return []
        self._closing.wait(_GATHERED)
        return batch + [self._queue.get_nowait() for _ in range(self._queue.qsize())]

    def _hear(self, now: Seconds, message: Message, meter: Meter) -> None:
        if self._is_over(now):
            self._end(now)
        self._rows += self._recorder.take(now, message, meter)

    def _is_over(self, now: Seconds) -> bool:
        return self._recorder.due is not None and now >= self._recorder.due

    def _write(self) -> None:
        rows, self._rows = self._rows, []
        if self._failed or not rows:
            return
        try:
            if self._journal is None:
                self._journal = shelf.start(self._folder(), _when(rows), self._name)
            _append(self._journal, "".join(map(written, rows)).encode())
        except (OSError, DataError) as fault:
            self._tell(self._why(fault))
            self._give_up()

    def _end(self, now: Seconds) -> None:
        """The jam is over: its journal becomes a take."""
        self._rows += self._recorder.end(now)
        self._write()
        self._close_journal()
        kept = not self._failed
        self._failed = False
        if self._tidy() and kept:
            self._told = False

    def _tidy(self) -> bool:
        """Finish what is left over, delete what is too much; whether that worked."""
        takes = self._takes
        try:
            _finish(self._folder())
            shelf.rotate(self._folder(), takes.size, None if takes.days == "off" else takes.days)
        except (OSError, DataError) as fault:
            self._tell(self._why(fault))
            return False
        return True

    def _give_up(self) -> None:
        """What is still to come of the jam that is on, if one is, is not recorded."""
        self._failed = self._recorder.due is not None
        self._close_journal()

    def _close_journal(self) -> None:
        if self._journal is not None:
            os.close(self._journal)
            self._journal = None

    def _why(self, fault: OSError | DataError) -> str:
        return f"{self._folder()}: {fault.strerror}" if isinstance(fault, OSError) else str(fault)

    def _tell(self, why: str) -> None:
        """Once, until a jam has been kept again."""
        if not self._told:
            log.warning("jams go on, but are not recorded: %s", why)
        self._told = True


def _rows(message: Message) -> int:
    return len(message.events) if isinstance(message, Heard | Sent) else 1


def _finish(folder: Path) -> None:
    """Make takes of what is left over. Raises DataError."""
    if not any(folder.glob(f"*{shelf.JOURNAL}")):
        return
    # No signal of our terminal is for it: it may outlive us, and finishes what we have left.
    command = [sys.executable, "-P", "-m", "improvd.takes.finish", str(folder)]
    done = subprocess.run(
        command, stderr=subprocess.PIPE, text=True, start_new_session=True, check=False
    )
    if done.returncode:
        raise DataError(done.stderr.strip().rpartition("\n")[2])


def _when(rows: list[Row]) -> str:
    """When the jam began that these rows open."""
    return next(row.when for row in rows if isinstance(row, Began))


def _append(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _now() -> Seconds:
    return Seconds(time.monotonic())
