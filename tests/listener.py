"""Sends a clock to the daemon, and hears how well its answers keep to it."""

from __future__ import annotations

import time

from witness import OFF, ON

from improvd.bench.clients import RATE, Witness, is_on
from improvd.bench.clocks import PULSE, START, pulses, steady
from improvd.bench.daw import Sequencer
from improvd.bench.figure import spread

SETTLED = 8 * 4  # sixteenths after its start from which on a clock is followed


class Listener:
    """Hears the answers: which keys are down, and how far note-ons fall from the clock's grid."""

    def __init__(self, bpm: float) -> None:
        self.down: set[tuple[int, int]] = set()
        self.twice = 0  # keys that were struck again without an end
        self.ons = 0
        self.off: list[float] = []  # ms
        self._witness = witness = Witness("improvd:plays")
        self._began = time.monotonic() - witness.now / RATE
        self._daw = Sequencer("improvd:clock")
        self._read = self._start = 0
        self._bpm = bpm
        self._sixteenth = round(RATE * 60 / bpm / 4)  # frames

    def start_clock(self, minutes: float) -> None:
        """A clock begins, and with it the grid."""
        self.listen()
        truth = pulses(steady(self._bpm), self._bpm * minutes)
        self._start = self._daw.play([(-0.01, START), *((second, PULSE) for second in truth)])

    def listen(self) -> None:
        """Take what has come since."""
        heard = self._witness.heard[self._read :]
        self._read += len(heard)
        for frame, data in heard:
            key = data[0] & 0x0F, data[1]
            if is_on(data):
                self.twice += key in self.down
                self.down.add(key)
                self.ons += 1
                self._judge(frame - self._start)
            elif data[0] & 0xF0 in (ON, OFF):
                self.down.discard(key)

    @property
    def lost(self) -> float:
        """Milliseconds of jackd's frames, since the beginning."""
        return (time.monotonic() - self._began - self._witness.now / RATE) * 1000

    def spread(self) -> dict[str, float]:
        """How far they were off since the last time."""
        off, self.off = self.off, []
        return spread(off)

    def close(self) -> None:
        self._daw.close()
        self._witness.close()

    def _judge(self, frame: int) -> None:
        if frame > SETTLED * self._sixteenth:
            half = self._sixteenth // 2
            self.off.append(abs((frame + half) % self._sixteenth - half) * 1000 / RATE)
