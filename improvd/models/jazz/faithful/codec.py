"""Notes over chords <-> musical values, as they happen, both ways. Knows no network."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from improvd.core.chord import Chord
from improvd.core.note import Note
from improvd.core.units import PITCHES, Beats, Pitch, Velocity, fold
from improvd.models.base import ENDED, ENDLESS
from improvd.models.jazz.configuration import TICKS, folded
from improvd.models.jazz.faithful.configuration import Configuration
from improvd.models.jazz.faithful.values import Value, kind_of, pitch_of
from improvd.models.unheeded import Unheeded

_PLAIN = Velocity(80)
_BAR = 4 * TICKS
# What a value that stands for another one costs: a tick, another kind, a bar's first or not one.
_TICK, _KIND, _FIRST = 1000.0, 200.0, 100.0


class _Open(NamedTuple):
    """The note that is held."""

    tick: int
    pitch: Pitch
    chord: Chord | None


class Encoder(Unheeded):
    """Playing -> values: `models.base.Encoder`. A note is told when its length is known.

    One note at a time: the next one ends it, and of those that begin at once the highest is heard.
    What the vocabulary does not have is the nearest that it has.
    """

    def __init__(self, configuration: Configuration, transposition: int) -> None:
        self._configuration = configuration
        self._transposition = transposition
        self._now = 0  # ticks that the steps so far last
        self._open: _Open | None = None
        self._last: tuple[int, Pitch] | None = None  # the last note: its bar, and its pitch
        self._chord: Chord | None = None
        self.left_out = 0

    def note_on(self, beat: Beats, pitch: Pitch, velocity: Velocity) -> Sequence[int]:
        """A note begins, and what is held ends. Its velocity is not heard."""
        del velocity
        tick, moved = self._tick(beat), folded(pitch + self._transposition)
        if self._open and self._open.tick == tick:
            self.left_out += 1
            self._open = self._open._replace(pitch=max(self._open.pitch, moved))
            return []
        steps = self._end(tick)
        self._open = _Open(tick, moved, self._chord)
        return steps

    def note_off(self, beat: Beats, pitch: Pitch) -> Sequence[int]:
        """A note ends."""
        held = self._open and self._open.pitch == folded(pitch + self._transposition)
        return self._end(self._tick(beat)) if held else []

    def chord(self, beat: Beats, chord: Chord | None) -> Sequence[int]:
        """Over this chord begins what begins from now on."""
        self._chord = chord
        return self.advance(beat)

    def advance(self, beat: Beats) -> Sequence[int]:
        """Time has passed: it will be told with what happens next."""
        del beat
        return []

    def close(self, beat: Beats) -> Sequence[int]:
        """The phrase ends at `beat`."""
        steps = self._end(self._tick(beat))
        return [*steps, *self._rests(self._tick(beat))]

    def _tick(self, beat: Beats) -> int:
        return math.floor(beat / self._configuration.grid + 0.5)

    def _end(self, tick: int) -> list[int]:
        """The steps of the note that is held, up to its end."""
        if self._open is None:
            return []
        held, self._open = self._open, None
        rests = list(self._rests(held.tick))
        bar = held.tick // _BAR
        first = self._last is None or self._last[0] != bar
        interval = None if self._last is None or first else held.pitch - self._last[1]
        self._last = bar, held.pitch
        number = self._nearest(max(1, tick - held.tick), held, interval)
        self._now += self._configuration.values[number].ticks
        return [*rests, self._configuration.step(number, held.pitch)]

    def _rests(self, tick: int) -> Iterator[int]:
        """The waits up to there, the longest first."""
        while self._now < tick:
            step = self._configuration.wait(tick - self._now)
            self._now += self._configuration.told(step).value.ticks
            yield step

    def _nearest(self, ticks: int, held: _Open, interval: int | None) -> int:
        """The number of the value that is most like this note."""
        kind = kind_of(held.pitch, held.chord)

        def cost(value: Value) -> float:
            other = not value.begins or (kind is not None and value.kind is not kind)
            leap = abs((value.interval or 0) - (interval or 0))
            first = (value.interval is None) is not (interval is None)
            lack = math.inf if not value.begins else 0.0
            return lack + _TICK * abs(value.ticks - ticks) + _KIND * other + _FIRST * first + leap

        values = self._configuration.values
        return min(range(len(values)), key=lambda number: cost(values[number]))


class Decoder:
    """Values -> notes: `models.base.Decoder`. One note at a time, velocity a plain 80."""

    pedal = False
    sounding = 0  # a note comes with its length

    def __init__(
        self, configuration: Configuration, transposition: int, longest: Beats = ENDLESS
    ) -> None:
        self.repairs = Counter[str]()
        self.attacks = 0
        self._configuration = configuration
        self._transposition = transposition
        self._longest = longest
        self._ticks = 0
        self._silent = 0  # ticks since a note sounded
        self._before: Pitch | None = None

    @property
    def beat(self) -> Beats:
        """How far the steps so far reach."""
        return Beats(self._ticks * self._configuration.grid)

    @property
    def rest(self) -> Beats:
        """How long nothing has sounded."""
        return Beats(self._silent * self._configuration.grid)

    @property
    def settled(self) -> Beats:
        """Every note that begins before here is complete."""
        return self.beat

    def step(self, step: int) -> Sequence[Note]:
        """The note that it is; of a value without a pitch the one that its distance leads to."""
        value, pitch = self._configuration.told(step)
        onset, self._ticks = self.beat, self._ticks + value.ticks
        if not value.begins:
            self._silent += value.ticks
            return []
        self._silent = 0
        self.attacks += 1
        self._before = pitch_of(value, None, self._before) if pitch is None else folded(pitch)
        duration = Beats(self.beat - onset)
        if duration > self._longest:
            self.repairs[ENDED] += 1
            duration = self._longest
        moved = fold(self._before - self._transposition, PITCHES[0], PITCHES[-1])
        return [Note(onset, duration, moved, _PLAIN)]

    def close(self) -> Sequence[Note]:
        """All notes have ended."""
        return []
