"""What somebody plays now, in beats and in steps, and a model that is kept there with it.

Every sound is fed as soon as it can no longer change, so a phrase that is over costs no more than
its last step, however long it was. Silence is not fed: whether it belongs to the phrase is only
known when somebody plays on.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from typing import Final

from improvd.config import Config
from improvd.core.course import Grid
from improvd.core.note import Note
from improvd.core.tempo import Tempo
from improvd.core.units import Beats, Bpm, Seconds
from improvd.daemon.grid import Grids
from improvd.daemon.log import Turn, whole_beats
from improvd.engine.improviser import Improviser
from improvd.engine.primer import Primer
from improvd.listen.held import Sound
from improvd.listen.phrase import Phrase
from improvd.listen.tempo import STEADY, Estimate, estimate, same_grid
from improvd.models.base import Encoder, Step

_EARLY: Final = Beats(0.25)  # a first onset so little before a beat belongs to it
_NO_PHRASE: Final = 2  # bars that count as its length


class Ear:
    """One phrase after another. Seconds are those of the events."""

    def __init__(self, config: Config, improviser: Improviser, grids: Grids) -> None:
        self.phrase = Phrase()
        self.tempo: Grid = Tempo(config.tempo.bpm)
        self.grids = grids
        self.keeps = False  # the grid of the last answer, for the phrase that comes
        self.confidence = 0.0  # in the tempo: 1 where it is not estimated
        self.transposition = 0
        self._line: Beats | None = None  # where the grid cuts the phrase off
        self._config = config
        self._improviser = improviser
        self._primer = Primer(improviser)
        self._memory: list[Step] = []
        self._steps: list[Step] = []  # what the model should have heard: memory, then the phrase
        self._encoder: Encoder = improviser.encoder(0)

    def remember(self, turns: Sequence[Turn]) -> None:
        """A new phrase begins after these turns: the model starts from a fresh state."""
        encode = self._improviser.encode
        self._memory = [step for turn in turns for step in encode(turn.notes, turn.length)]
        self.phrase, self._line = Phrase(), None
        self._encoder = self._improviser.encoder(self.transposition)
        self._steps = list(self._memory)
        self._primer.restart(self._steps)

    def play_with(self, improviser: Improviser, turns: Sequence[Turn]) -> None:
        """Another model hears what this one heard: these turns, and the phrase so far."""
        self._improviser, self._primer = improviser, Primer(improviser)
        phrase = self.phrase
        self.remember(turns)
        if phrase:
            self.phrase = phrase
            self._moved()
            self._encode_again()
            self._primer.restart(self._steps)

    def configure(self, config: Config) -> None:
        """This holds from now on."""
        self._config = config

    def hear(self, sound: Sound) -> None:
        """The next sound of the phrase."""
        self._line = None
        self.phrase.hear(sound)
        if not self.phrase:
            return
        if sound.kind == "on" and self._moved():
            self._encode_again()
        else:
            self._encode(len(self.phrase.sounds) - 1)

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
            self._encode_again()

    def advance(self, now: Seconds) -> None:
        """Time passes while something sounds."""
        if self.phrase:
            self._steps += self._encoder.advance(self.tempo.beat_at(now))

    def work(self, most: int) -> bool:
        """Feed at most so many steps. True when the model is where the playing is."""
        return self._primer.work(most)

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

    def rest(self) -> list[Step]:
        """The steps that are still to come if the phrase ends here, padded to a whole beat."""
        if not self.phrase:
            return []
        return list(copy.deepcopy(self._encoder).close(self.end))

    def notes(self, now: Seconds) -> list[Note]:
        """The phrase so far, in beats."""
        return self.phrase.notes(self.tempo, now)

    def turn(self, now: Seconds) -> Turn:
        """The phrase as a turn of the log."""
        start = self.tempo.second_at(Beats(0.0))
        return Turn("player", start, self.tempo, tuple(self.notes(now)), self.end)

    def _moved(self) -> bool:
        """Look at grid and octave again. True when steps that were made are wrong by now."""
        phrase = self.phrase
        dropped = phrase.forget(self._grid(self.tempo.bpm), self.grids.meter)
        found = self._estimate()
        self.confidence = found.confidence
        tempo = self._grid(self._steady(found.bpm))
        pitches = [sound.pitch for sound in phrase.sounds if sound.kind == "on"]
        transposition = self._improviser.transposition(pitches)
        if not dropped and (tempo, transposition) == (self.tempo, self.transposition):
            return False
        self.tempo, self.transposition = tempo, transposition
        return True

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

    def _encode_again(self) -> None:
        self._encoder = self._improviser.encoder(self.transposition)
        self._steps = list(self._memory)
        self._encode(0)
        self._primer.aim(self._steps)

    def _encode(self, start: int) -> None:
        encoder = self._encoder
        for kind, beat, pitch, velocity in self.phrase.replay(self.tempo, start):
            if kind == "on":
                self._steps += encoder.note_on(beat, pitch, velocity)
            else:
                close = encoder.key_up if kind == "key_up" else encoder.note_off
                self._steps += close(beat, pitch)
