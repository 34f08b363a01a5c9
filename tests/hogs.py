"""What starves a machine: `python hogs.py SECONDS`, or `python hogs.py SECONDS FILE`.

Without a file one CPU is kept busy; with one all memory that is free becomes page cache, of which
a part is written over and over. Each ends by itself after so many seconds, with whoever started
it, and when its input is closed; and with it its file, and so the cache.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import sys
import time
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

DIES_WITH_PARENT = 1  # PR_SET_PDEATHSIG, as prctl(2) says
CHUNK = 1 << 20
MEMORY = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")  # bytes, all there is
SPARED = 400 << 20  # bytes of memory that stay free: below them the kernel takes cache away anyway
OFTEN = 64  # chunks between two looks at what is free
WRITTEN = 256  # chunks
PATIENCE = 3.0  # seconds


def free() -> int:
    """Bytes of memory that nothing uses, not even the page cache."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("MemFree:")) * 1024


def compute() -> None:
    """A busy moment."""
    sum(range(100_000))


def cache(path: Path) -> None:
    """Read holes of a sparse file whenever memory is free; write and sync the rest of it."""
    holes = cycle(range(WRITTEN * CHUNK, MEMORY, CHUNK))
    with path.open("w+b", buffering=0) as file:
        path.unlink()  # it is there as long as this process
        file.truncate(MEMORY)
        fill(file.fileno(), holes)
        print("full", flush=True)  # noqa: T201 - how it tells
        while not over():
            file.seek(0)
            for _ in range(WRITTEN):
                file.write(os.urandom(CHUNK))
            os.fdatasync(file.fileno())
            fill(file.fileno(), holes)


def fill(descriptor: int, holes: Iterator[int]) -> None:
    """Until no memory is free, or no less than a while ago: some kernels keep a part of it free."""
    chunk, least, when = bytearray(CHUNK), free(), time.monotonic()
    while least > SPARED and time.monotonic() < when + PATIENCE and not over():
        for hole in islice(holes, OFTEN):
            os.preadv(descriptor, [chunk], hole)
        if free() < least - CHUNK:
            least, when = free(), time.monotonic()


def over() -> bool:
    """Is the input closed?"""
    return bool(select.select([sys.stdin], [], [], 0.0)[0])


def main(seconds: str, path: str = "") -> None:
    ctypes.CDLL(None).prctl(DIES_WITH_PARENT, signal.SIGKILL)
    signal.alarm(int(seconds))
    if path:
        cache(Path(path))
        return
    print("busy", flush=True)  # noqa: T201
    while not over():
        compute()


if __name__ == "__main__":
    main(*sys.argv[1:])
