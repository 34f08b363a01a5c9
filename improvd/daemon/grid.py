"""Which grid holds: the phrase's own, or that of a clock outside, as the player reports it. Pure.

Beats of a clock count from its own start; those of a phrase from its first onset, or from the bar
line at or before it where a clock runs.
"""

from __future__ import annotations

import logging
import math
from typing import Final

from improvd.config import Config
from improvd.config.schema import Tempo as Settings
from improvd.core.course import Course, Grid, Lines
from improvd.core.tempo import Meter, Tempo
from improvd.core.units import Beats, Bpm, Seconds
from improvd.play.clock import Hold, State
from improvd.play.messages import SetTempo, Transport

_EARLY: Final = Beats(0.25)  # a sixteenth before the bar line counts as on it

_NAMES: Final = {
    "midi-clock": "the MIDI clock",
    "jack": "the JACK transport",
    "link": "the Link session",
}
_TOLD: Final = {
    State.RUNNING: (logging.INFO, "%s runs: following it at %.1f bpm"),
    State.LOST: (logging.WARNING, "%s is lost: going on without it at %.1f bpm"),
    State.STOPPED: (logging.INFO, "%s has stopped at %.1f bpm"),
}

log = logging.getLogger(__name__)


class Grids:
    """What the player's transport says, and what that means for the next phrase."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._own = self._clock = Lines(0, Tempo(settings.bpm))
        self._tapped: Lines | None = None
        self._said: Transport | None = None

    def take(self, said: Transport) -> bool:
        """Hear the player. True: from now on another grid, meter or tempo source holds."""
        before, self._said = self._said, said
        self._tell(before, said)
        tempo = Tempo(said.bpm, said.second, said.beat)
        if said.grid == (lines := self._own if said.grid > 0 else self._clock).grid:
            lines.bend(tempo)
        elif said.grid < 0:
            self._clock = Lines(said.grid, tempo)
        return before is None or _kind(before) != _kind(said)

    def configure(self, config: Config) -> None:
        """This holds from now on."""
        self._settings = config.tempo

    def tap(self, tempo: Tempo) -> SetTempo | None:
        """Hear a tempo that was tapped. What the transport is to do at once: go on from there.

        None where `tempo.source` is another.
        """
        if self._settings.source != "tap":
            return None
        self._tapped = Lines(0, tempo)
        second = tempo.anchor_second
        return SetTempo(second, self._own.last.beat_at(second), tempo.bpm, self._own.grid)

    def forget(self) -> None:
        """The player is another one: it has heard of no clock yet, and numbers places anew."""
        self._said = None
        self._clock = Lines(0, self._clock.last)

    @property
    def meter(self) -> Meter:
        """The meter of the clock that runs, where it has one, else the one that is set."""
        told = self._said.meter if self._said and self._holds is Hold.GRID else ""
        return Meter.parse(told) if told else self._settings.meter

    @property
    def bpm(self) -> Bpm | None:
        """The tempo of a clock or of taps; None where it is to be had from the phrase."""
        if self._settings.source == "tap":
            return self._tapped.last.bpm if self._tapped else self._settings.bpm
        return self._said.bpm if self._said and self._holds is not Hold.NOTHING else None

    @property
    def stopped(self) -> bool:
        """Has the clock been stopped?"""
        return self._said is not None and self._said.state == State.STOPPED

    @property
    def silent(self) -> bool:
        """Are phrases to go without an answer?"""
        return self.stopped and self._settings.on_stop == "silent"

    def around(self, onset: Seconds, *, kept: bool) -> Course | None:
        """The grid of a phrase that begins here, from a bar line on, where it is not its own.

        It is a clock's, where one holds; else, if it is to be `kept`, that of the last answer; else
        what was tapped.
        """
        if self._said and self._holds is Hold.GRID:
            lines, line = self._clock, self._said.bar_line
        elif kept and self._said and 0 < self._own.grid == self._said.grid:
            lines, line = self._own, Beats(0.0)
        elif self._tapped and self._settings.source == "tap":
            lines, line = self._tapped, Beats(0.0)
        else:
            return None
        bar, beat = self.meter.bar, lines.at(onset).beat_at(onset)
        bars = math.floor((beat + _EARLY - line) / bar)
        return Course(lines, Beats(line + bars * bar))

    def first_bar(self, grid: Grid) -> Beats:
        """A beat of the lines of `grid`, less than a bar, on which one begins."""
        if self._said and isinstance(grid, Course) and grid.lines is self._clock:
            return Beats(self._said.bar_line % self.meter.bar)
        return Beats(0.0)

    def place(self, grid: Grid, number: int) -> Course:
        """Where an answer to a phrase on `grid` lives: a clock's, or its own with this number."""
        if isinstance(grid, Tempo):
            self._own = Lines(number, grid)
            return Course(self._own)
        if grid.lines is self._tapped:
            self._own = Lines(number, grid.lines.last)
            return Course(self._own, grid.origin)
        return grid

    @property
    def _holds(self) -> Hold:
        return Hold(self._said.hold) if self._said else Hold.NOTHING

    def _tell(self, before: Transport | None, said: Transport) -> None:
        if before and before.state == said.state:
            return
        if told := _TOLD.get(State(said.state)):
            level, words = told
            log.log(level, words, _NAMES[said.source], said.bpm)


def _kind(said: Transport) -> tuple[object, ...]:
    clock = said.grid if said.hold == Hold.GRID else 0
    return clock, said.hold, said.source, said.meter
