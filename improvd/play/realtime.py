"""What a process can do to wake in time: realtime scheduling, no garbage collector, short turns."""

from __future__ import annotations

import gc
import os
import sys
from typing import Final

_SWITCH: Final = 0.0005  # seconds after which a thread that runs Python gives way to another
_NICE: Final = -15


def hurry(priority: int) -> str:
    """Make this process wake in time, as far as that is granted; in words, what it got."""
    gc.collect()
    gc.freeze()
    gc.disable()  # a collection lasts longer than a note may be late; nothing here makes cycles
    sys.setswitchinterval(_SWITCH)
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))
    except (AttributeError, OSError):  # another system, or no right to it
        return _nicer()
    return f"realtime priority {priority}"


def _nicer() -> str:
    try:
        os.setpriority(os.PRIO_PROCESS, 0, _NICE)
    except (AttributeError, OSError):
        return "normal priority: no right to realtime scheduling"
    return f"nice {_NICE}: no right to realtime scheduling"
