"""One of those who answer: a model, and what it has heard of the turns and of the phrase.

Every sound is fed as soon as it can no longer change, so a phrase that is over costs no more than
its last step, however long it was. Knows no clock, and of the phrase only what it is told.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Final, Protocol

from improvd.core.course import Grid
from improvd.core.harmony import Harmony
from improvd.core.units import Beats, Bpm
from improvd.daemon.hearing import Hearing
from improvd.daemon.log import HeardLog
from improvd.engine.improviser import Improviser
from improvd.engine.primer import Primer
from improvd.engine.session import Session
from improvd.listen.phrase import Phrase
from improvd.models.base import USUAL, Step

SLICE: Final = 4  # steps of the model between two looks at the player
_MEMORY: Final = 16  # turns: the most that turns.memory may be at any time
_STEADY: Final = 0.01  # of a tempo: a clock wavers by so much


class Source(Protocol):
    """Where the model of a voice comes from."""

    @property
    def improviser(self) -> Improviser:
        """What answers now."""
        ...

    def better(self) -> Session | None:
        """A session of the same model that it should run in from now on, once."""
        ...

    def other(self) -> Improviser | None:
        """Another model that should answer from now on, once."""
        ...


class Voice:
    """It remembers what the player played and what it answered itself."""

    def __init__(self, source: Source) -> None:
        self.log = HeardLog(_MEMORY)
        self.transposition = 0
        self.bpm = USUAL  # of the phrase
        self._source = source
        self._memory: list[Step] = []
        self._steps: list[Step] = []  # what the model should have heard: memory, then the phrase
        self.play_with(source.improviser)

    def play_with(self, improviser: Improviser) -> None:
        """This model answers from now on. It has heard nothing yet."""
        self.improviser = improviser
        self._primer = Primer(improviser)
        self._hearing = self._fresh()

    def other(self) -> bool:
        """Take another model, if there is one. True: it has heard nothing yet."""
        if improviser := self._source.other():
            self.play_with(improviser)
        return improviser is not None

    def better(self) -> None:
        """Let the model run where it is faster, if that is known by now; it has heard the same."""
        if session := self._source.better():
            self.improviser.swap(session)

    def remember(self, count: int) -> None:
        """A new phrase begins after the last `count` turns: the model is in a fresh state."""
        encode = self.improviser.encode
        turns = self.log.last(count)
        self._memory = [step for turn in turns for step in encode(*turn.told)]
        self._begin()
        self._primer.restart(self._steps)

    def catch_up(self, count: int, phrase: Phrase, grid: Grid, harmony: Harmony | None) -> None:
        """The same for a model that comes in the middle of a phrase, which it hears as well."""
        self.remember(count)
        if phrase:
            self.hear(phrase, grid, harmony, again=True)
            self._primer.restart(self._steps)

    def hear(
        self, phrase: Phrase, grid: Grid, harmony: Harmony | None, *, again: bool = False
    ) -> None:
        """The phrase has one more sound, over `harmony`.

        `again`: what was made of those before is wrong by now.
        """
        move = self.transposition
        again = again or self._paces(grid.bpm)
        if again or phrase.sounds[-1].kind == "on":
            move = self._octave(phrase)
        if not again and move == self.transposition:
            self._encode(phrase, grid, harmony, len(phrase.sounds) - 1)
            return
        self.transposition, self.bpm = move, grid.bpm
        self._begin()
        self._encode(phrase, grid, harmony, 0)
        self._primer.aim(self._steps)

    def advance(self, beat: Beats, harmony: Harmony | None) -> None:
        """Time passes, up to `beat`, while something sounds."""
        self._steps += self._hearing.advance(beat, harmony)

    def work(self, most: int) -> bool:
        """Feed at most so many steps. True when the model is where the playing is."""
        return self._primer.work(most)

    def rest(self, end: Beats, harmony: Harmony | None) -> list[Step]:
        """The steps that are still to come if the phrase ends there."""
        return copy.deepcopy(self._hearing).close(end, harmony)

    def _octave(self, phrase: Phrase) -> int:
        """The move in semitones that suits what was played."""
        pitches = phrase.pitches
        return self.improviser.transposition(pitches) if pitches else self.transposition

    def _paces(self, bpm: Bpm) -> bool:
        """Is another tempo than before another one for the model, too?"""
        if abs(bpm - self.bpm) < _STEADY * bpm:
            return False
        return bool(self.improviser.paced(bpm) != self.improviser.paced(self.bpm))

    def _fresh(self) -> Hearing:
        return Hearing(self.improviser.encoder(self.transposition, self.bpm))

    def _begin(self) -> None:
        self._hearing = self._fresh()
        self._steps = list(self._memory)

    def _encode(self, phrase: Phrase, grid: Grid, harmony: Harmony | None, start: int) -> None:
        for played in phrase.replay(grid, start):
            self._steps += self._hearing.hear(played, harmony)


def work(voices: Sequence[Voice], most: int) -> bool:
    """Let all of them feed at most so many steps together. True when each is where the playing is.

    A share each, so that a slow one holds up nobody for long.
    """
    share = max(1, most // len(voices))
    there = [voice.work(share) for voice in voices]
    return all(there)
