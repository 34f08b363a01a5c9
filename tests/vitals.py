"""What a process holds, as the kernel tells it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Vitals(NamedTuple):
    """Of one process at one moment."""

    pid: int
    megabytes: float  # RssAnon: what is its own, and resident
    descriptors: int  # files, sockets and pipes that are open
    threads: int

    @classmethod
    def of(cls, pid: int) -> Vitals:
        """Look at it now."""
        told = dict(
            line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        )
        descriptors = sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
        return cls(pid, int(told["RssAnon"].split()[0]) / 1024, descriptors, int(told["Threads"]))
