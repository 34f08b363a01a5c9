"""A clock that keeps its own time, whatever becomes of JACK's, on a MIDI interface."""

import time
from collections import deque

import jack

from improvd.bench.clients import RATE
from improvd.bench.clocks import PULSE, START, pulses, steady

BEATS = 40  # until it has no more to say


class Box:
    """Starts soon. As drivers do, a cycle hands over what came in while the last one passed."""

    def __init__(self, target, bpm):
        self.bpm = bpm
        self._began = time.monotonic() + 0.2
        self._score = deque((each, PULSE) for each in pulses(steady(bpm), BEATS, self._began))
        self._score.appendleft((self._began - 0.01, START))
        self._client = jack.Client("box", no_start_server=True)
        self._port = self._client.midi_outports.register("out")
        self._client.set_process_callback(self._process)
        self._client.activate()
        self._client.connect(self._port, target)

    def beat_at(self, second):
        """Of what JACK's clients are handed then."""
        return (second - self._began - self._client.blocksize / RATE) * self.bpm / 60

    def close(self):
        self._client.deactivate()
        self._client.close()

    def _process(self, frames):
        self._port.clear_buffer()
        now = time.monotonic()
        while self._score and self._score[0][0] <= now:
            second, data = self._score.popleft()
            ago = round((now - second) * RATE)
            self._port.write_midi_event(max(0, frames - 1 - ago), data)
