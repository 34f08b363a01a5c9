"""A pianist who plays into the daemon and a witness who listens: two JACK clients of their own.

What they see went through the server; a moment is a frame of it.
"""

from __future__ import annotations

import math
import time
from bisect import bisect_right
from collections import deque
from collections.abc import Sequence
from operator import itemgetter
from typing import Final, NamedTuple

RATE: Final = 48_000
NOTE_ON: Final = 0x90
NOTE_OFF: Final = 0x80
PATIENCE: Final = 20.0  # seconds until something that must happen has not
_AGREED: Final = 4  # cycles, of which one at least woke in time


class Arrival(NamedTuple):
    """What the witness heard, and when."""

    frame: int
    data: bytes


def is_on(data: bytes) -> bool:
    """Does this message begin a note?"""
    return data[0] & 0xF0 == NOTE_ON and data[2] > 0


class Pianist:
    """Sends MIDI into the daemon's input; knows the frame at which each message left."""

    def __init__(self, target: str) -> None:
        import jack  # noqa: PLC0415 - the bench's own client, only when it runs

        self._client = jack.Client("pianist", no_start_server=True)
        self._port = self._client.midi_outports.register("out")
        self._waiting: deque[bytes] = deque()
        self.sent: list[Arrival] = []
        self._client.set_process_callback(self._process)
        self._client.activate()
        self._client.connect(self._port, target)

    def send(self, data: bytes) -> None:
        """Send at the start of the next period."""
        self._waiting.append(data)

    def play(self, notes: Sequence[tuple[float, float, int]], velocity: int = 80) -> None:
        """Play (onset, end, pitch), in seconds from now. Comes back with the last release."""
        offs = [(end, 0, bytes((NOTE_OFF, pitch, 0))) for _, end, pitch in notes]
        ons = [(onset, 1, bytes((NOTE_ON, pitch, velocity))) for onset, _, pitch in notes]
        began = time.monotonic()
        for second, _, data in sorted([*offs, *ons]):
            time.sleep(max(0.0, began + second - time.monotonic()))
            self.send(data)

    def close(self) -> None:
        """Leave the server."""
        self._client.deactivate()
        self._client.close()

    def _process(self, frames: int) -> None:  # noqa: ARG002 - JACK hands it
        self._port.clear_buffer()
        while self._waiting:
            data = self._waiting.popleft()
            self._port.write_midi_event(0, data)
            self.sent.append(Arrival(self._client.last_frame_time, data))


class Witness:
    """Hears what leaves the daemon's output, to the frame."""

    def __init__(self, source: str) -> None:
        import jack  # noqa: PLC0415 - the bench's own client, only when it runs

        self._client = jack.Client("witness", no_start_server=True)
        self._port = self._client.midi_inports.register("in")
        self.heard: list[Arrival] = []
        self._zeros = deque[float](maxlen=_AGREED)  # the second of frame 0, by each cycle
        self._courses: list[tuple[int, float]] = []  # the same since a frame, until some are lost
        self._client.set_process_callback(self._process)
        self._client.activate()
        self._client.connect(source, self._port)
        self._await_cycles()

    def ons(self, since: int = 0) -> list[Arrival]:
        """The note-ons from index `since` of what was heard."""
        return [arrival for arrival in self.heard[since:] if is_on(arrival.data)]

    def wait_for_on(self, since: int, count: int = 1) -> list[Arrival]:
        """Wait until so many note-ons came after index `since`."""
        deadline = time.monotonic() + PATIENCE
        while len(ons := self.ons(since)) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"no note came within {PATIENCE:.0f} s{self._deaf()}")
            time.sleep(0.002)
        return ons

    @property
    def period(self) -> float:
        """Of the server, in ms."""
        return float(self._client.blocksize) / RATE * 1000.0

    @property
    def now(self) -> int:
        """The server's frame now."""
        return round((time.monotonic() - self._zero) * RATE)

    def second_of(self, frame: int) -> float:
        """The monotonic second of a frame that it saw, whatever the server lost since."""
        at = bisect_right(self._courses, frame, key=itemgetter(0))
        return self._courses[max(at - 1, 0)][1] + frame / RATE

    def _await_cycles(self) -> None:
        """Until it can tell the second of a frame."""
        deadline = time.monotonic() + PATIENCE
        while not self._courses:
            if time.monotonic() > deadline:
                raise TimeoutError(f"JACK has not called who listens for {PATIENCE:.0f} s")
            time.sleep(0.002)

    def _deaf(self) -> str:
        before = list(self._zeros)
        time.sleep(1.0)
        return "; JACK no longer calls who listens" if before == list(self._zeros) else ""

    @property
    def _zero(self) -> float:
        """Of the last cycles, as some woke late. JACK's own guess is far off after an xrun."""
        return min(self._zeros)

    def quiet(self, seconds: float) -> None:
        """Wait until nothing has come for so long."""
        count = -1
        while count != len(self.heard):
            count = len(self.heard)
            time.sleep(seconds)

    def close(self) -> None:
        """Leave the server."""
        self._client.deactivate()
        self._client.close()

    def _process(self, frames: int) -> None:  # noqa: ARG002 - JACK hands it
        self._keep_course()
        for offset, data in self._port.incoming_midi_events():
            self.heard.append(Arrival(self._client.last_frame_time + offset, bytes(data)))

    def _keep_course(self) -> None:
        """Whoever wakes late sees a later zero, once; where frames were lost all of them do."""
        frame = self._client.last_frame_time
        self._zeros.append(time.monotonic() - frame / RATE)
        if len(self._zeros) < _AGREED:
            return
        since, zero = self._courses[-1] if self._courses else (0, -math.inf)
        if self._zero > zero + self.period / 2000:
            oldest = frame - (_AGREED - 1) * self._client.blocksize
            self._courses.append((oldest, self._zero))
        elif self._zero < zero:
            self._courses[-1] = since, self._zero
