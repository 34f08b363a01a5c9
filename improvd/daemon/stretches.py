"""An answer stretch by stretch. One is drawn in one go, by a model that has heard what came before.

Most answers are one stretch. Beside the player each bar is one, drawn after what both have played
up to it; an answer without an end has another one where another model takes over. No note crosses
the line between two of them. Knows no port and no clock: whoever draws the notes sees to it that a
stretch is begun just before its line.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple, Protocol

from improvd.core.harmony import Harmony
from improvd.core.note import Note
from improvd.core.pedal import Part, Pedal, merged, moves, presses
from improvd.core.units import Beats, Bpm
from improvd.daemon.ear import Ear
from improvd.daemon.log import Turn
from improvd.daemon.voice import Voice
from improvd.engine.improviser import Chunk, Improviser, Plan
from improvd.engine.primer import Primer
from improvd.models.base import ENDLESS, USUAL

_BESIDE: Final = 4  # bars that are heard before each bar: what a tenth of a second allows
_SLICE: Final = 32  # steps that it hears between two looks at the player: some 4 ms
_ALONE: Final = 16  # bars that are heard of an answer that is taken over


class Heard(NamedTuple):
    """Notes, and the pedal, in a stretch of `length` beats, from its own beat 0."""

    notes: Sequence[Note]
    length: Beats
    pedal: Sequence[Pedal] = ()
    harmony: Harmony | None = None
    bpm: Bpm = USUAL


class Setting(Protocol):
    """Where an answer is played."""

    @property
    def span(self) -> Beats:
        """How long a stretch is."""
        ...

    @property
    def kept(self) -> Beats:
        """How much of the answer is still wanted by `heard`."""
        ...

    def heard(self, line: Beats, drawn: Part, *, pedal: bool) -> Sequence[Heard]:
        """What a model hears before the stretch from `line` on, of an answer drawn so far.

        `pedal`: it knows the pedal, so notes need not be as long as they sound.
        """
        ...


@dataclass(frozen=True)
class Alone:
    """After these turns, with nobody beside it."""

    before: Sequence[Turn]
    bar: Beats
    span: Beats = ENDLESS

    @property
    def kept(self) -> Beats:
        """The last bars."""
        return Beats(_ALONE * self.bar)

    def heard(self, line: Beats, drawn: Part, *, pedal: bool) -> list[Heard]:
        """The turns, then the last bars of the answer itself."""
        del pedal  # of one player it says the same
        since = Beats(max(0.0, line - self.kept))
        turns = [Heard(*each.told) for each in self.before]
        return [*turns, _heard(drawn.between(since, line), Beats(line - since))]


@dataclass(frozen=True)
class Beside:
    """Beside the player, from beat `start` of the ear's grid on."""

    ear: Ear
    start: Beats
    bar: Beats

    @property
    def span(self) -> Beats:
        """A bar."""
        return self.bar

    @property
    def kept(self) -> Beats:
        """The last bars."""
        return Beats(_BESIDE * self.bar)

    def heard(self, line: Beats, drawn: Part, *, pedal: bool) -> list[Heard]:
        """The last bars of both as one; what the player still holds sounds up to the line."""
        since = Beats(max(line - self.kept, -self.start))
        begin, end = Beats(self.start + since), Beats(self.start + line)
        grid, phrase = self.ear.tempo, self.ear.phrase
        keys = phrase.notes(grid, grid.second_at(end), keys=True)
        played = Part(keys, presses(phrase.pedal(grid), end))
        parts = [played.between(begin, end), drawn.between(since, line)]
        as_told = parts if pedal else [part.sounding() for part in parts]
        return [_heard(merged(as_told), Beats(line - since))]


class Stretches:
    """An answer of `voice` by this plan, which may be given an end on the way."""

    def __init__(self, voice: Voice, plan: Plan, setting: Setting) -> None:
        self.plan = plan
        self.setting = setting
        self.dynamics = False  # have the notes that came last velocities of their own?
        self._voice = voice
        self._begin = Beats(0.0)  # of the stretch that is drawn
        self._stretch = plan
        self._notes = deque[Note]()  # the last of it
        self._pedal = deque[Pedal]()

    def end(self, length: Beats, cadence: Beats) -> None:
        """The answer is to be no longer than this, its last note as long as `cadence`."""
        self.plan.end(length, cadence)
        if self.plan.length - self._begin <= self._stretch.length:
            self._stretch.length = Beats(self.plan.length - self._begin)
            self._stretch.last_onset = Beats(self.plan.last_onset - self._begin)

    def play_over(self, harmony: Harmony | None) -> None:
        """These chords from now on, as the player holds others by now."""
        self.plan.harmony = self._stretch.harmony = harmony

    def begin_on(self, start: Beats) -> None:
        """The answer begins on this beat of the bars."""
        self.plan.start = start
        self._stretch.start = Beats(start + self._begin)

    def part(self, line: Beats) -> None:
        """The stretch that is drawn ends on this line: another model may take over there."""
        self._stretch.length = Beats(min(self._stretch.length, line - self._begin))

    def chunks(self) -> Iterator[Chunk]:
        """All of it. A chunk without notes, and no further, comes while a model only hears."""
        improviser, move = self._voice.improviser, self._voice.transposition
        while True:
            self._stretch = self._planned()
            self.dynamics = improviser.family.dynamics
            for chunk in improviser.answer(self._stretch, move):
                yield self._placed(chunk)
            self._begin = line = Beats(self._begin + self._stretch.length)
            if line >= self.plan.length:
                return
            improviser = self._voice.improviser
            drawn = Part(self._notes, presses(self._pedal, line))
            heard = self.setting.heard(line, drawn, pedal=improviser.configuration.pedal)
            move = improviser.octave(heard[-1].notes)
            for _ in _hearing(improviser, [*heard[:-1], self._over(heard[-1], line)]):
                yield Chunk(line, (), line)

    def _over(self, heard: Heard, line: Beats) -> Heard:
        """The same at the answer's tempo and with its chords, where it ends on this line of it."""
        heard = heard._replace(bpm=self.plan.bpm)
        harmony, start = self.plan.harmony, self.plan.start
        if harmony is None or start is None:
            return heard
        since = Beats(start + line - heard.length)
        return heard._replace(harmony=harmony.counted_from(since))

    def _planned(self) -> Plan:
        """The plan of the stretch, whose beats count from its own line."""
        begin, plan = self._begin, self.plan
        length = Beats(min(plan.length - begin, self.setting.span))
        last_onset = Beats(plan.last_onset - begin)
        start = None if plan.start is None else Beats(plan.start + begin)
        at_once = not begin
        return replace(plan, length=length, last_onset=last_onset, at_once=at_once, start=start)

    def _placed(self, chunk: Chunk) -> Chunk:
        settled, begin = Beats(self._begin + chunk.settled), self._begin
        notes = [replace(note, onset=Beats(begin + note.onset)) for note in chunk.notes]
        pedal = [Pedal(Beats(begin + beat), down) for beat, down in chunk.pedal]
        self._notes += notes
        self._pedal += pedal
        oldest = settled - self.setting.kept
        while self._notes and self._notes[0].end < oldest:
            self._notes.popleft()
        while len(self._pedal) > 1 and self._pedal[1].beat < oldest:
            self._pedal.popleft()
        return Chunk(settled, notes, Beats(begin + chunk.beat), pedal)


def _hearing(improviser: Improviser, heard: Sequence[Heard]) -> Iterator[None]:
    """Let it hear this from a fresh state, a slice at a time."""
    primer = Primer(improviser)
    primer.restart([step for each in heard for step in improviser.encode(*each)])
    while not primer.work(_SLICE):
        yield


def _heard(part: Part, length: Beats) -> Heard:
    return Heard(part.notes, length, moves(part.held))
