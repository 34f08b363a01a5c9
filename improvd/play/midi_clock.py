"""MIDI clock as it is heard -> where the music is. Pure: each message comes with its second.

MIDI 1.0, "System Real Time Messages" and "Song Position Pointer": 24 pulses a quarter note; the
first pulse after Start is beat 0, the first after Continue is where it stopped or where the pointer
was set since; the pointer counts sixteenths, of six pulses.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from improvd.core.tempo import Tempo
from improvd.core.units import Beats, Bpm, Seconds
from improvd.play.clock import Clock, State
from improvd.play.pulses import PulseLoop
from improvd.ports import wire

SOURCE: Final = "midi-clock"
PULSES: Final = 24  # a beat
_POINTED: Final = 6  # pulses, a step of the song position pointer
_SILENT: Final = 24  # pulses that do not come: the clock is lost

_SILENCED: Final = {State.RUNNING: State.LOST, State.PULSES: State.ABSENT}


class MidiClock:
    """One MIDI clock. Ask `at` after all that was heard until then."""

    def __init__(self) -> None:
        self._loop = PulseLoop()
        self._pulse = 0  # the number of the last pulse
        self._place = 0  # the number of the first pulse after a Continue
        self._told = State.PULSES  # what Start and Stop made of it
        self._line: Tempo | None = None  # on which the next pulse is, whatever was counted
        self._said = Clock(SOURCE, State.ABSENT)

    def resume(self, line: Tempo) -> None:
        """It ran on this line before it was heard here: the next pulse is the nearest of it."""
        self._line = line

    def slip(self, seconds: Seconds) -> None:
        """Of so long the system that brings it has seen nothing: no pulse is missing."""
        self._loop.slip(seconds)

    def hear(self, second: Seconds, message: bytes) -> None:
        """A clock message; others change nothing."""
        if act := _ACTS.get(message[0]):
            act(self, second, message)

    def at(self, now: Seconds) -> Clock:
        """What it says at `now`."""
        if not self._loop.period:  # after one pulse, or none
            return self._said
        state = self._told
        if self._is_silent(now):
            state = _SILENCED.get(state, state)
        bpm, beat = Bpm(60 / PULSES / self._loop.period), Beats(self._pulse / PULSES)
        said = Clock(SOURCE, state, Tempo(bpm, self._loop.second, beat))
        if said != self._said:  # one and the same as long as nothing changes
            self._said = said
        return self._said

    def _is_silent(self, now: Seconds) -> bool:
        return now - self._loop.heard > _SILENT * self._loop.period > 0

    # --- what is heard

    def _tick(self, second: Seconds, _: bytes) -> None:
        line, self._line = self._line, None
        if line:
            self._told = State.RUNNING
        if self._is_silent(second):  # found again: the pulse that was due is the nearest
            line = line or self.at(second).tempo
            self._loop = PulseLoop()
        passed = self._loop.hear(second)
        self._pulse = round(line.beat_at(second) * PULSES) if line else self._pulse + passed

    def _start(self, second: Seconds, message: bytes) -> None:
        self._place = 0
        self._continue(second, message)

    def _continue(self, second: Seconds, _: bytes) -> None:
        if self._is_silent(second):
            self._loop = PulseLoop()
        self._pulse, self._line = self._place - 1, None
        self._told = State.RUNNING

    def _stop(self, second: Seconds, _: bytes) -> None:
        if self._line:
            self._pulse = math.floor(self._line.beat_at(second) * PULSES)
            self._line = None
        self._place = self._pulse + 1
        self._told = State.STOPPED
        self._said = self._said._replace(state=State.STOPPED)

    def _point(self, _: Seconds, message: bytes) -> None:
        self._place = (message[1] | message[2] << 7) * _POINTED
        if self._told is State.RUNNING:
            self._pulse = self._place - 1


_ACTS: Final[dict[int, Callable[[MidiClock, Seconds, bytes], None]]] = {
    wire.CLOCK: MidiClock._tick,  # noqa: SLF001 - the table of its own methods, here as below
    wire.START: MidiClock._start,  # noqa: SLF001
    wire.CONTINUE: MidiClock._continue,  # noqa: SLF001
    wire.STOP: MidiClock._stop,  # noqa: SLF001
    wire.SONG_POSITION: MidiClock._point,  # noqa: SLF001
}
