"""Whose turn it is now, and when that changes: by the mode, the silence, the bars of the grid.

Decides, and does nothing about it. Knows no model and no port.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final

from improvd.config import Config
from improvd.core.course import Course, Lines
from improvd.core.tempo import next_line
from improvd.core.units import Beats, Seconds
from improvd.daemon.ear import Ear
from improvd.daemon.log import BEAT
from improvd.daemon.plan import PREPARE, Cue, lead
from improvd.listen.held import Held, Sound
from improvd.listen.modes import MODES, Action, Happening, Over, Span, State
from improvd.listen.turn import Decision, decide
from improvd.models.base import ENDLESS

_SLACK: Final = Seconds(0.05)  # so little after a line it is still the one to come in on
_NEVER: Final = Seconds(math.inf)
_NOTHING: Final = Decision(None, _NEVER)
_ANSWERED: Final = (Happening.LINE, Happening.PHRASE_OVER)


class Turns:
    """The state, and the mode that rules it; `change` waits until no answer is on."""

    def __init__(self, config: Config, ear: Ear, held: Held) -> None:
        self.state = State.WAITING
        self.name: str = config.turns.mode  # of the mode that is wanted
        self._mode = MODES[self.name]
        self._config = config
        self._prepare = PREPARE + lead(config)
        self._interrupt = config.turns.interrupt
        self._ear = ear
        self._held = held
        self._line: Beats | None = None  # of the ear's grid, on which the partner comes in
        self._bars: tuple[Lines, Beats] | None = None  # where the player's bars end, while counted

    @property
    def endless(self) -> bool:
        """Do answers go on until something ends them?"""
        return self._mode.span is Span.ENDLESS

    @property
    def on_lines(self) -> bool:
        """Does the partner come in on a line of the grid? Until then rests belong to the phrase."""
        return self._mode.over in (Over.BARS, Over.BEAT)

    @property
    def along(self) -> bool:
        """Does the player go on beside the answer?"""
        return self._mode.over is Over.BEAT

    @property
    def answers_silence(self) -> bool:
        """Will the phrase be answered when there has been enough of it?"""
        asked = self._interrupt, self.state, Happening.PHRASE_OVER
        answers = self._mode.turn(*asked).action is Action.ANSWER
        enough = len(self._ear.phrase.onsets) >= self._config.turns.min_notes
        return answers and enough and not self._ear.grids.silent

    def happens(self, happening: Happening) -> Action:
        """This happens: what is to be done."""
        self.state, action = self._mode.turn(self._interrupt, self.state, happening)
        return action

    def hears(self, sound: Sound) -> Action:
        """The player begins or ends a note, or moves the pedal."""
        split = self._config.midi.split
        if sound.kind != "on":
            return self.happens(Happening.NOTE_OFF)
        low = split != "off" and sound.pitch < split
        return self.happens(Happening.LOW_NOTE if low else Happening.NOTE_ON)

    def configure(self, config: Config) -> None:
        """This holds from now on, but for the rules of an answer that is on."""
        self._config = config
        self._prepare = PREPARE + lead(config)

    def settle(self) -> bool:
        """No answer is on: the mode that is wanted rules from now on. True: it is another one."""
        self._interrupt = self._config.turns.interrupt
        if self._mode is MODES[self.name]:
            return False
        self._mode = MODES[self.name]
        self.state = State.LISTENING if self._ear.phrase else State.WAITING
        self.count(None)
        return True

    def count(self, line: tuple[Lines, Beats] | None) -> None:
        """The player's bars begin on this line; None: no bars are counted any more."""
        self._bars = (line[0], Beats(line[1] + self._bars_each)) if line else None
        self._ear.keeps = line is not None

    # --- when the turn changes

    def over(self, now: Seconds) -> Decision:
        """Is the player's turn over at `now`? `held` has given up by then what was due."""
        if self.state is State.ANSWERING and self.along:
            happening, ask_at = self._silence(now)
            return Decision(happening and Happening.PHRASE_OVER, ask_at)
        if self.state is not State.LISTENING:
            return _NOTHING
        decision = _OVER[self._mode.over](self, now)
        if decision.happening in _ANSWERED and self._ear.grids.silent:
            return Decision(Happening.TOO_SHORT)
        return decision

    def start(self, now: Seconds) -> None:
        """Asked for by hand: the next line is the one to come in on."""
        if not self._ear.phrase:
            self._ear.stand_in(now)
        elif self._held.silent_since is None:
            self._ear.end_at(now)
        self._line = self._next_line(Seconds(now + self._prepare), Beats(0.0))

    def cue(self, number: int) -> Cue:
        """When answer `number` comes in, and for how long."""
        lengths = {Span.BARS: self._bars_each, Span.ENDLESS: ENDLESS, Span.LENGTH: None}
        line = self._line if self.on_lines else None
        if line is not None:
            self._ear.cut_off(line, number)
        self._ear.keeps = self.along or self._bars is not None
        cut = self._mode.cut_by_input(self._interrupt)
        return Cue(line, lengths[self._mode.span], self.along, cut)

    def _silence(self, now: Seconds) -> Decision:
        turns = self._config.turns
        more = self._ear.tempo.seconds(self._ear.grids.meter.bar) if self.along else 0.0
        then, clock = Seconds(now - more), self._ear.grids.bpm
        phrase, held = self._ear.phrase, self._held
        happening, at = decide(phrase, held, then, turns.silence, turns.min_notes, clock=clock)
        return Decision(happening, Seconds(at + more) if at is not None else _NEVER)

    def _by_bars(self, now: Seconds) -> Decision:
        if self._ear.phrase:
            return self._at(now, self._next_line(now, self._end_of_bars))
        if not self._bars:
            return _NOTHING
        lines, beat = self._bars
        end = lines.on(beat).second_at(beat)
        return Decision(Happening.TOO_SHORT) if now >= end else Decision(None, end)

    def _by_beat(self, now: Seconds) -> Decision:
        if not self._ear.phrase:
            return _NOTHING
        first = self._ear.tempo.beat_at(self._ear.phrase.onsets[0])
        decision = self._at(now, self._next_line(now, Beats(first + BEAT)))
        if decision.happening is Happening.LINE:
            return decision
        silence = self._silence(now)
        ask_at = min(decision.ask_at or _NEVER, silence.ask_at or _NEVER)
        return Decision(silence.happening, ask_at)

    def _by_hand(self, _: Seconds) -> Decision:
        return _NOTHING

    # --- lines of the grid

    @property
    def _bars_each(self) -> Beats:
        return Beats(self._config.turns.trade * self._ear.grids.meter.bar)

    @property
    def _end_of_bars(self) -> Beats:
        """The beat of the ear's grid on which the player's bars end."""
        grid = self._ear.tempo
        if self._bars and isinstance(grid, Course) and grid.lines is self._bars[0]:
            return Beats(self._bars[1] - grid.origin)
        return self._bars_each

    def _next_line(self, now: Seconds, soonest: Beats) -> Beats:
        """The bar line at `now` or after it, and not before the one at `soonest`."""
        beat = self._ear.tempo.beat_at(Seconds(now - _SLACK))
        return next_line(Beats(max(beat, soonest)), self._ear.grids.meter.bar)

    def _at(self, now: Seconds, line: Beats) -> Decision:
        """The partner comes in on this line, if enough has been played by then."""
        self._line = line
        prepare = Seconds(self._ear.tempo.second_at(line) - self._prepare)
        if now < prepare:
            return Decision(None, prepare)
        if len(self._ear.phrase.onsets) >= self._config.turns.min_notes:
            return Decision(Happening.LINE)
        if self._mode.over is Over.BARS:
            return Decision(Happening.TOO_SHORT)
        return Decision(None, Seconds(now + self._prepare))


_OVER: Final[Mapping[Over, Callable[[Turns, Seconds], Decision]]] = {
    Over.SILENCE: Turns._silence,  # noqa: SLF001 - the table of its own methods, here as below
    Over.BARS: Turns._by_bars,  # noqa: SLF001
    Over.BEAT: Turns._by_beat,  # noqa: SLF001
    Over.HAND: Turns._by_hand,  # noqa: SLF001
}
