"""Does a JACK server keep time? A dummy driver that is late, since the machine is, loses frames."""

import time

import jack

from improvd.bench.rig import RATE


class Timekeeper:
    """The frames of this server against the monotonic clock."""

    def __init__(self, server: str) -> None:
        self._client = jack.Client("timekeeper", servername=server, no_start_server=True)
        self._frame, self._second = self._client.frame_time, time.monotonic()

    @property
    def lost(self) -> float:
        """Seconds, from the beginning until now."""
        passed = time.monotonic() - self._second
        return float(passed - (self._client.frame_time - self._frame) / RATE)

    def close(self) -> None:
        """Leave the server."""
        self._client.close()
