"""What systemd wants to be told: sd_notify(3), which is a datagram to a socket that it names."""

from __future__ import annotations

import math
import os
import socket
import time
from collections.abc import Mapping
from typing import Final

from improvd.core.units import Seconds

_PATIENCE: Final = 1.0  # seconds
_OFTEN: Final = 4  # times in the interval after which the watchdog bites


def supervised() -> bool:
    """Did systemd start us, and does it listen?"""
    return bool(os.environ.get("NOTIFY_SOCKET"))


def notify(*lines: str) -> None:
    """Send "READY=1", "STATUS=..." and the like; does nothing when systemd did not start us.

    Only READY is waited with where nobody reads: all else may be lost, but must not hold up music.
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]  # a name in the abstract namespace
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
        out.settimeout(_PATIENCE if "READY=1" in lines else 0.0)
        try:
            out.sendto("\n".join(lines).encode(), address)
        except OSError:
            return  # a manager that went away, or does not read, must not stop the music


def notify_reloading() -> None:
    """The configuration is being read again; "READY=1" says that this is over."""
    notify("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")


class Watchdog:
    """Feeds systemd's watchdog, where the unit has one for us (sd_watchdog_enabled(3))."""

    def __init__(self, told: Mapping[str, str] = os.environ) -> None:
        ours = told.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        bites = float(told.get("WATCHDOG_USEC", math.inf)) / 1e6 if ours else math.inf
        self._every = bites / _OFTEN
        self._due = Seconds(math.inf if math.isinf(bites) else -math.inf)

    def feed(self, now: Seconds) -> None:
        """All is well at `now`."""
        if now >= self._due:
            self._due = Seconds(now + self._every)
            notify("WATCHDOG=1")
