"""Notes <-> tones, as they happen, both ways. Knows no network.

Onsets and ends fall on the nearest tick. Tones follow each other by onset, those of one tick from
the lowest up. A tone tells its length, so it is told when its note is over, and all that began
before it are.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from improvd.core.note import Note
from improvd.core.units import Beats, Pitch, Velocity
from improvd.models.base import ENDLESS
from improvd.models.crnngan.configuration import FARTHEST, LONGEST, Configuration, Tone, rests
from improvd.models.unheeded import Unheeded

_TWICE = "notes begun twice at once"


@dataclass(slots=True)
class _Heard:
    """A note that was begun, and where it ended, None: it sounds."""

    onset: int  # ticks
    pitch: Pitch
    velocity: Velocity
    end: int | None = None


class Encoder(Unheeded):
    """Playing -> tones: `models.base.Encoder`.

    A note that sounds longer than a tone may last ends there. Where nothing begins for longer than
    a tone can tell there are rests before it.
    """

    left_out = 0  # what is beyond the range is moved by octaves

    def __init__(self, configuration: Configuration, transposition: int) -> None:
        self._configuration = configuration
        self._transposition = transposition
        self._told = 0  # ticks that the tones so far reach
        self._waiting: list[_Heard] = []  # by onset and pitch
        self._sounding: dict[Pitch, _Heard] = {}  # by the key that was struck

    def note_on(self, beat: Beats, pitch: Pitch, velocity: Velocity) -> Sequence[Tone]:
        """A note begins; if it sounds already, that ends."""
        tones = self.note_off(beat, pitch)
        moved = self._configuration.folded(pitch + self._transposition)
        onset = max(self._told, self._tick(beat))  # a clock may waver
        heard = self._sounding[pitch] = _Heard(onset, moved, velocity)
        self._waiting.append(heard)
        self._waiting.sort(key=lambda each: (each.onset, each.pitch))
        return tones

    def note_off(self, beat: Beats, pitch: Pitch) -> Sequence[Tone]:
        """A note ends: one tick after it began at the earliest."""
        if heard := self._sounding.pop(pitch, None):
            heard.end = max(heard.onset + 1, self._tick(beat))
        return self.advance(beat)

    def advance(self, beat: Beats) -> Sequence[Tone]:
        """Time has passed: the tones that nothing can come before, nor change, any more."""
        now = self._tick(beat)
        tones: list[Tone] = []
        while self._waiting and self._is_over(self._waiting[0], now):
            tones += self._tone(self._waiting.pop(0))
        return tones

    def close(self, beat: Beats) -> Sequence[Tone]:
        """The phrase ends at `beat`: what sounds ends there, then rests up to it."""
        tones = [tone for pitch in list(self._sounding) for tone in self.note_off(beat, pitch)]
        tones += [tone for heard in self._waiting for tone in self._tone(heard)]
        self._waiting.clear()
        return [*tones, *self._rests(self._tick(beat))]

    def _tick(self, beat: Beats) -> int:
        """The nearest."""
        return math.floor(beat / self._configuration.grid + 0.5)

    @staticmethod
    def _is_over(heard: _Heard, now: int) -> bool:
        """Can it change no more, and nothing come before it? On its own tick a lower one may."""
        ended = heard.end is not None or now - heard.onset >= LONGEST
        return ended and now > heard.onset

    def _tone(self, heard: _Heard) -> list[Tone]:
        """The tone, after the rests that it needs before it."""
        before = self._rests(heard.onset - FARTHEST)
        length = LONGEST if heard.end is None else min(heard.end - heard.onset, LONGEST)
        since, self._told = heard.onset - self._told, heard.onset
        style = self._configuration.style
        return [*before, Tone(since, heard.pitch, heard.velocity, length, style)]

    def _rests(self, tick: int) -> list[Tone]:
        """Those up to a tick, where it is not reached."""
        passed = max(0, tick - self._told)
        self._told += passed
        return list(rests(passed, self._configuration.style))


class Decoder:
    """Tones -> notes: `models.base.Decoder`.

    A note is complete when the tones so far reach its end: struck again before, it ends there.
    """

    pedal = False

    def __init__(
        self, configuration: Configuration, transposition: int, longest: Beats = ENDLESS
    ) -> None:
        self.repairs = Counter[str]()
        self.attacks = 0
        self._configuration = configuration
        self._transposition = transposition
        self._longest = max(1, int(min(longest / configuration.grid, LONGEST)))  # ticks
        self._now = 0  # ticks
        self._begun = -1  # the tick at which last a note began
        self._over = 0  # the tick at which the last note ended
        self._open: dict[Pitch, Tone] = {}  # `since`: the tick at which it began

    @property
    def beat(self) -> Beats:
        """How far the tones so far reach: to where the last one begins."""
        return self._beats(self._now)

    @property
    def sounding(self) -> int:
        """How many notes sound."""
        return len(self._open)

    @property
    def rest(self) -> Beats:
        """How long nothing has sounded."""
        return Beats(0.0) if self._open else self._beats(self._now - self._over)

    @property
    def settled(self) -> Beats:
        """Every note that begins before here is complete."""
        return self._beats(min([each.since for each in self._open.values()], default=self._now))

    def step(self, step: Tone) -> Sequence[Note]:
        """The notes that have ended where this tone begins."""
        self._now += step.since
        over = [pitch for pitch, each in self._open.items() if _end(each) <= self._now]
        notes = [self._end(pitch) for pitch in over]
        if step.velocity:
            notes += self._begin(step)
        return _in_order(notes)

    def close(self) -> Sequence[Note]:
        """What sounds ends at `beat`, or a tick after it began."""
        return _in_order([self._end(pitch) for pitch in list(self._open)])

    def _begin(self, step: Tone) -> list[Note]:
        """Let a note begin; what it ends."""
        pitch = self._configuration.folded(step.pitch - self._transposition)
        known = self._open.get(pitch)
        if known and known.since == self._now:
            self.repairs[_TWICE] += 1
            return []
        ended = [self._end(pitch)] if known else []
        length = min(step.length, self._longest)
        self._open[pitch] = step._replace(since=self._now, length=length)
        self.attacks += self._now > self._begun
        self._begun = self._now
        return ended

    def _end(self, pitch: Pitch) -> Note:
        """The note, which ends as it was told, but not after the tones."""
        tone = self._open.pop(pitch)
        end = max(tone.since + 1, min(_end(tone), self._now))
        self._over = max(self._over, end)
        onset, length = self._beats(tone.since), self._beats(end - tone.since)
        return Note(onset, length, pitch, Velocity(tone.velocity))

    def _beats(self, ticks: int) -> Beats:
        return Beats(ticks * self._configuration.grid)


def _end(tone: Tone) -> int:
    """The tick at which one ends that began at tick `since`."""
    return tone.since + tone.length


def _in_order(notes: list[Note]) -> list[Note]:
    return sorted(notes, key=lambda note: (note.onset, note.pitch))
