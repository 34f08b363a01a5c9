"""Does the JACK server of the bench keep time? What it loses, no program on it can play in time.

A dummy driver that wakes up later than a period after its turn lets the frames of that time fall
out, as hardware does in an xrun. In a virtual machine whose processors are taken away now and then
this happens with no program on it at all.
"""

from __future__ import annotations

import time

from improvd.bench.clients import RATE


class Timekeeper:
    """The frames of the server against the monotonic clock, from now on."""

    def __init__(self) -> None:
        import jack  # noqa: PLC0415 - the bench's own client, only when it runs

        self._client = jack.Client("timekeeper", no_start_server=True)
        self._second, self._frame = time.monotonic(), self._client.frame_time

    def over(self) -> str:
        """Leave the server; what it has lost until now."""
        passed = time.monotonic() - self._second
        kept = (self._client.frame_time - self._frame) % (1 << 32) / RATE
        self._client.close()
        return f"the server itself lost {(passed - kept) * 1000:.0f} ms of {passed:.0f} s"
