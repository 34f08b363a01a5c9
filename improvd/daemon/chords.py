"""The chords that are played over: of a chart on the grid, of the left hand, or of a channel. Pure.

Chords that are held are kept in seconds, as the grid may still change; a chart lies on any grid.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from improvd.config import Config
from improvd.config.chart import Chart
from improvd.core.chord import Chord
from improvd.core.course import Course, Grid
from improvd.core.harmony import Change, Harmony
from improvd.core.note import Control, Event, NoteOff, NoteOn
from improvd.core.units import Beats, Channel, Pitch, Seconds
from improvd.listen.comping import Comping

_KEPT: Final = 256  # chords that were held: more than in the longest phrase that is remembered

Key = tuple[Channel, Pitch]

log = logging.getLogger(__name__)


class Chords:
    """Hears what is held as chords, and tells what sounds on which beat."""

    def __init__(self, config: Config) -> None:
        self._settings = config.chords
        self._comping = Comping()
        self._held: list[tuple[Seconds, Chord]] = []  # by second
        self._chart: Chart | None = None
        self.configure(config)

    def configure(self, config: Config) -> None:
        """This holds from now on."""
        if self._settings.source != config.chords.source:
            self._comping, self._held = Comping(), []
        self._settings, before = config.chords, self._chart
        chart = self._settings.chart if self._settings.source == "chart" else "off"
        self._chart = None if chart == "off" else chart
        if self._chart and self._chart != before:
            log.info("playing over %d bars: %s", len(self._chart.bars), self._chart)
            for symbol, chord in self._chart.reduced:
                log.info("of %s it knows %s", symbol, chord.symbol)

    @property
    def source(self) -> str:
        """Where they come from, as the configuration names it."""
        return self._settings.source

    # --- what is held

    def takes(self, event: Event) -> bool:
        """Is it the chord that is played here, and no phrase?"""
        match self.source, event:
            case "channel", _:
                return event.channel == self._settings.channel
            case "left_hand", NoteOn() | NoteOff():
                return event.pitch < self._settings.split
        return False

    def hear(self, event: Event) -> bool:
        """A key moves. True: from now on another chord is held."""
        silences = isinstance(event, Control) and self.source == "left_hand"
        if not silences and not self.takes(event):
            return False
        return self._keep(event.second, changed=self._comping.hear(event))

    def resync(self, keys: Sequence[Key], second: Seconds) -> bool:
        """Reports were lost: only these are down. True: from now on another chord is held."""
        ours = [key for key in keys if self.takes(NoteOff(second, *key))]
        return self._keep(second, changed=self._comping.resync(ours))

    def let_go(self) -> None:
        """Nobody will say any more what is down; the chord stays."""
        self._comping.resync(())

    def _keep(self, second: Seconds, *, changed: bool) -> bool:
        if changed and (chord := self._comping.chord):
            log.debug("chord %s at %.6f", chord.symbol, second)
            self._held.append((second, chord))
            del self._held[:-_KEPT]
        return changed

    # --- what sounds

    @property
    def held(self) -> Chord | None:
        """The chord that was held last."""
        return self._held[-1][1] if self._held else None

    def over(self, grid: Grid, bar: Beats, first: Beats = Beats(0.0)) -> Harmony | None:
        """What sounds on the beats of `grid`; None where nobody says.

        `first`: where in its lines a bar begins that is the first one of the chart.
        """
        if self._chart:
            origin = grid.origin if isinstance(grid, Course) else Beats(0.0)
            return _laid(self._chart, bar, Beats(origin - first))
        if self.source in ("none", "chart") or not self._held:
            return None
        return Harmony(tuple(_by_beat(self._held, grid)))


@lru_cache(maxsize=4)
def _laid(chart: Chart, bar: Beats, beat: Beats) -> Harmony:
    """A chart whose beats count from `beat`; asked for with each sound."""
    return chart.harmony(bar).counted_from(beat)


def _by_beat(held: Sequence[tuple[Seconds, Chord]], grid: Grid) -> list[Change]:
    """These chords on the beats of `grid`; of those on one beat the last."""
    found: list[Change] = []
    for second, chord in held:
        change = Change(grid.beat_at(second), chord)
        while found and found[-1].beat >= change.beat:
            found.pop()
        found.append(change)
    return found
