"""What a DAW does beside the daemon: MIDI at exact frames, and the timebase of JACK's transport.

Nothing here is part of the daemon.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable
from typing import Any, Final

from improvd.bench.clients import RATE

TICKS: Final = 960  # a quarter note
_BBT: Final = 0x10  # jack_position_t.valid: bar, beat and tick
_GLANCE: Final = 0.005  # seconds between two looks
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


class Timebase:
    """The master of JACK's transport: moves it, and says in which bar it is, in whole ticks."""

    def __init__(self, bpm: float, name: str = "master") -> None:
        import jack  # noqa: PLC0415 - the bench's own client, only when it runs

        self.ahead = 0  # frames of JACK minus those of the transport, as of the last cycle
        self._client = jack.Client(name, no_start_server=True)
        self._turns = [(0, 0.0, bpm)]  # transport frame, beat, bpm from there on
        self._next = bpm
        self._client.set_process_callback(self._process)
        self._client.activate()
        self._client.set_timebase_callback(self._tell)

    def start(self) -> None:
        """Go to the beginning, and when it is there, roll."""
        self._client.transport_frame = 0
        while self._client.transport_frame:
            time.sleep(_GLANCE)
        self._client.transport_start()

    def stop(self) -> None:
        """Stand still."""
        self._client.transport_stop()

    def locate(self, beat: float) -> None:
        """Go to this beat, rolling on."""
        self._client.transport_frame = self.frame_of(beat)

    def change(self, bpm: float) -> None:
        """Another tempo from the next cycle on."""
        self._next = bpm

    def frame_of(self, beat: float) -> int:
        """The frame of the transport on which this beat falls."""
        frame, first, bpm = [turn for turn in self._turns if turn[1] <= beat][-1]
        return frame + round((beat - first) * RATE * 60 / bpm)

    def beat_at(self, frame: int) -> float:
        """The beat on this frame of the transport."""
        first, beat, bpm = [turn for turn in self._turns if turn[0] <= frame][-1]
        return beat + (frame - first) / RATE * bpm / 60

    def close(self) -> None:
        """Leave the server; the transport stops."""
        self._client.transport_stop()
        self._client.deactivate()
        self._client.close()

    def _process(self, _: int) -> None:
        _, position = self._client.transport_query_struct()
        self.ahead = self._client.last_frame_time - position.frame

    def _tell(self, _: int, __: int, position: Any, ___: bool) -> None:  # noqa: FBT001 - JACK's
        if self._next != self._turns[-1][2]:
            self._turns.append((position.frame, self.beat_at(position.frame), self._next))
        ticks = int(self.beat_at(position.frame) * TICKS + 1e-6)
        position.valid = _BBT
        position.beats_per_bar, position.beat_type, position.ticks_per_beat = 4.0, 4.0, TICKS
        position.beats_per_minute = self._turns[-1][2]
        position.bar, rest = 1 + ticks // (4 * TICKS), ticks % (4 * TICKS)
        position.beat, position.tick = 1 + rest // TICKS, rest % TICKS
        position.bar_start_tick = ticks - rest
