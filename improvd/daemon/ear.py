"""What somebody plays now, on its grid, for all voices that are to answer it. Knows no model.

Silence is not fed: whether it belongs to the phrase is only known when somebody plays on.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from improvd.config import Config
from improvd.core.course import Grid
from improvd.core.harmony import Harmony
from improvd.core.note import Note
from improvd.core.tempo import Tempo
from improvd.core.units import Beats, Bpm, Seconds
from improvd.daemon.chords import Chords
from improvd.daemon.grid import Grids
from improvd.daemon.log import Turn, whole_beats
from improvd.daemon.voice import Voice
from improvd.listen.held import Sound
from improvd.listen.phrase import Phrase
from improvd.listen.tempo import STEADY, Estimate, estimate, same_grid

_EARLY: Final = Beats(0.25)  # a first onset so little before a beat belongs to it
_NO_PHRASE: Final = 2  # bars that count as its length


class Ear:
    """One phrase after another. Seconds are those of the events."""

    def __init__(
        self, config: Config, voices: Sequence[Voice], grids: Grids, chords: Chords
    ) -> None:
        self.phrase = Phrase()
        self.tempo: Grid = Tempo(config.tempo.bpm)
        self.grids = grids
        self.chords = chords
        self.keeps = False  # the grid of the last answer, for the phrase that comes
        self.confidence = 0.0  # in the tempo: 1 where it is not estimated
        self._line: Beats | None = None  # where the grid cuts the phrase off
        self._config = config
        self._voices = voices

    def remember(self) -> None:
        """A new phrase begins, after the turns that each voice remembers."""
        self.phrase, self._line = Phrase(), None
        for voice in self._voices:
            voice.remember(self._config.turns.memory)

    def catch_up(self, voice: Voice) -> None:
        """A voice with another model hears what the one before heard."""
        voice.catch_up(self._config.turns.memory, self.phrase, self.tempo, self.harmony)

    def configure(self, config: Config) -> None:
        """This holds from now on."""
        self._config = config

    def hear(self, sound: Sound) -> None:
        """The next sound of the phrase."""
        self._line = None
        self.phrase.hear(sound)
        if self.phrase:
            self._tell(again=sound.kind == "on" and self._moved())

    def join(self, sound: Sound) -> None:
        """The same beside an answer: the grid stands, and the model is the answer's."""
        self._line = None
        self.phrase.hear(sound)
        if self.phrase and self.phrase.forget(self.tempo, self.grids.meter):
            self.tempo = self._grid(self.tempo.bpm)

    def stand_in(self, now: Seconds) -> None:
        """Nothing is there to be answered: a grid to go on from here."""
        self.tempo = self.grids.around(now, kept=True) or Tempo(self.tempo.bpm, now)

    def end_at(self, now: Seconds) -> None:
        """The phrase ends here, whatever still sounds."""
        self._line = whole_beats(self.tempo.beat_at(now))

    def cut_off(self, line: Beats, number: int) -> None:
        """The phrase ends on this line of its grid, which is that of answer `number` too."""
        self._line = line
        self.tempo = self.grids.place(self.tempo, number)

    def look_again(self) -> None:
        """Another grid may hold by now."""
        if self.phrase and self._moved():
            self._tell(again=True)

    def advance(self, now: Seconds) -> None:
        """Time passes while something sounds."""
        if self.phrase:
            beat = self.tempo.beat_at(now)
            harmony = self.harmony
            for voice in self._voices:
                voice.advance(beat, harmony)

    @property
    def trusted(self) -> bool:
        """Can the grid be trusted where the phrase ends?"""
        return self.confidence >= STEADY

    @property
    def end(self) -> Beats:
        """The beat of the grid at which the phrase ends: the whole one at its last release.

        Or that of the line that cuts it off.
        """
        if self._line is not None:
            return self._line
        end = self.phrase.last_release
        return whole_beats(self.tempo.beat_at(end)) if end is not None else Beats(1.0)

    @property
    def length(self) -> Beats:
        """The phrase in whole beats, at least one, from that of its first onset on.

        Two bars where there is none.
        """
        if not self.phrase:
            return Beats(_NO_PHRASE * self.grids.meter.bar)
        first = self.tempo.beat_at(self.phrase.onsets[0])
        return Beats(max(1.0, self.end - math.floor(first + _EARLY)))

    @property
    def harmony(self) -> Harmony | None:
        """The chords on the beats of the phrase's grid, as far as they are known."""
        return self.over(self.tempo)

    def over(self, grid: Grid) -> Harmony | None:
        """The same on those of `grid`."""
        return self.chords.over(grid, self.grids.meter.bar, self.grids.first_bar(grid))

    def notes(self, now: Seconds) -> list[Note]:
        """The phrase so far, in beats, as it sounds."""
        return self.phrase.notes(self.tempo, now)

    def turn(self, now: Seconds) -> Turn:
        """The phrase as a turn of the log."""
        start = self.tempo.second_at(Beats(0.0))
        keys = self.phrase.notes(self.tempo, now, keys=True)
        pedal = tuple(self.phrase.pedal(self.tempo))
        return Turn("player", start, self.tempo, tuple(keys), self.end, pedal, self.harmony)

    def _moved(self) -> bool:
        """Look at the grid again. True when what was made of the phrase is wrong by now."""
        phrase, before = self.phrase, self.tempo
        dropped = phrase.forget(self._grid(before.bpm), self.grids.meter)
        found = self._estimate()
        self.confidence = found.confidence
        self.tempo = self._grid(self._steady(found.bpm))
        return dropped or self.tempo != before

    def _grid(self, bpm: Bpm) -> Grid:
        """A clock's, where one runs, else the phrase's own at this tempo."""
        assert self.phrase.origin is not None  # noqa: S101 - an empty phrase has no grid
        around = self.grids.around(self.phrase.origin, kept=self.keeps)
        return around or self.phrase.tempo(bpm)

    def _estimate(self) -> Estimate:
        bpm, source = self._config.tempo.bpm, self._config.tempo.source
        told = bpm if source == "internal" else self.grids.bpm
        return Estimate(told, 1.0) if told else estimate(self.phrase.onsets, bpm)

    def _steady(self, bpm: Bpm) -> Bpm:
        """The tempo so far, where the new one would move no note."""
        span = Seconds(self.phrase.sounds[-1].second - self.tempo.second_at(Beats(0.0)))
        return self.tempo.bpm if same_grid(bpm, self.tempo.bpm, span) else bpm

    def _tell(self, *, again: bool) -> None:
        harmony = self.harmony
        for voice in self._voices:
            voice.hear(self.phrase, self.tempo, harmony, again=again)
