"""What a DAW does beside the daemon: a JACK client that sends MIDI at exact frames.

Nothing here is part of the daemon.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final

from improvd.bench.rig import RATE

_SOON: Final = RATE // 5  # frames from now to the first second of a score


class Sequencer:
    """Sends a score to `target`, each message at its frame."""

    def __init__(self, target: str, name: str = "daw") -> None:
        import jack  # noqa: PLC0415 - the bench's own client, only when it runs

        self._client = jack.Client(name, no_start_server=True)
        self._port = self._client.midi_outports.register("out")
        self._score = deque[tuple[int, bytes]]()
        self._client.set_process_callback(self._process)
        self._client.activate()
        self._client.connect(self._port, target)

    def play(self, score: Iterable[tuple[float, bytes]]) -> int:
        """Send from soon on what `score` says, by second; the frame of its second 0."""
        start = int(self._client.frame_time) + _SOON
        self._score = deque((start + round(second * RATE), data) for second, data in score)
        return start

    def stop(self) -> None:
        """Send nothing more."""
        self._score = deque()

    def close(self) -> None:
        """Leave the server."""
        self._client.deactivate()
        self._client.close()

    def _process(self, frames: int) -> None:
        self._port.clear_buffer()
        first, score = self._client.last_frame_time, self._score
        while score and score[0][0] < first + frames:
            frame, data = score.popleft()
            self._port.write_midi_event(max(0, frame - first), data)
