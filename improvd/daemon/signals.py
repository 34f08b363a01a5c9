"""Which signal does what to the daemon. A handler only leaves word, and a socket wakes the loop."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Act = Callable[[], None]


def has_terminal() -> bool:
    """Was it started from a terminal, whose end SIGHUP would then tell?"""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


@contextmanager
def signals(stop: Act, reload: Act | None) -> Iterator[socket.socket]:
    """SIGINT and SIGTERM stop. SIGHUP reloads, but where it tells that a terminal was closed.

    What ignored SIGHUP before (nohup) goes on to do so. Yields a socket that wakes up a `select`.
    """
    does = {signal.SIGINT: stop, signal.SIGTERM: stop, signal.SIGHUP: reload or stop}
    if has_terminal():
        does[signal.SIGHUP] = stop
        if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
            del does[signal.SIGHUP]
    ours, theirs = socket.socketpair()
    for end in (ours, theirs):
        end.settimeout(0)
    before = {number: signal.signal(number, _handler(act)) for number, act in does.items()}
    descriptor = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
    try:
        yield ours
    finally:
        signal.set_wakeup_fd(descriptor)
        for number, handler in before.items():
            signal.signal(number, handler)
        ours.close()
        theirs.close()


def _handler(act: Act) -> Callable[..., None]:
    return lambda *_: act()
