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
from pathlib import Path

DIES_WITH_PARENT = 1  # PR_SET_PDEATHSIG, as prctl(2) says
CHUNK = 1 << 20
SPARED = 400 << 20  # bytes of memory that stay free: below them the kernel takes cache away anyway
OFTEN = 64  # chunks between two looks at what is free
WRITTEN = 256  # chunks


def free() -> int:
    """Bytes of memory that nothing uses, not even the page cache."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("MemFree:")) * 1024


def compute() -> None:
    """A busy moment."""
    sum(range(100_000))


def cache(path: Path) -> None:
    """Read holes of a sparse file for as long as memory is free; write and sync the rest."""
    with path.open("w+b", buffering=0) as file:
        path.unlink()  # it is there as long as this process
        file.truncate(max(CHUNK, free()))
        chunk = bytearray(CHUNK)
        while free() > SPARED and all(file.readinto(chunk) for _ in range(OFTEN)):
            pass
        print("full", flush=True)  # noqa: T201 - how it tells
        while not over():
            file.seek(0)
            for _ in range(WRITTEN):
                file.write(os.urandom(CHUNK))
            os.fdatasync(file.fileno())


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
