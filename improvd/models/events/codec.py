"""Notes <-> tokens, as they happen, both ways. Knows no network."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from improvd.core.chord import Chord
from improvd.core.note import Note
from improvd.core.units import Beats, Pitch, Velocity
from improvd.models.base import ENDED, ENDLESS
from improvd.models.events.configuration import Configuration
from improvd.models.events.vocabulary import Kind, Token

_UNBEGUN = "note-offs without a note"
_TWICE = "notes begun twice at once"


class Encoder:
    """Playing -> tokens: `models.base.Encoder`.

    A note ends where its sound does, but where the pedal is told of, it ends with its key.
    """

    left_out = 0  # what is beyond the range is moved by octaves

    def __init__(self, configuration: Configuration, transposition: int) -> None:
        self._configuration = configuration
        self._transposition = transposition
        self._now = 0  # ticks that the tokens so far last
        self._sounding: set[Pitch] = set()
        self._pedal = False  # is it down, as the tokens tell?

    def note_on(self, beat: Beats, pitch: Pitch, velocity: Velocity) -> Sequence[int]:
        """A note begins; if it sounds already, that ends."""
        ended = self.note_off(beat, pitch)
        begun = self._token(beat, Kind.ON, pitch, velocity)
        if begun:
            self._sounding.add(pitch)
        return [*ended, *begun]

    def key_up(self, beat: Beats, pitch: Pitch) -> Sequence[int]:
        """The pedal keeps the note, which is its end where the pedal is told of."""
        return self.note_off(beat, pitch) if self._configuration.pedal else []

    def note_off(self, beat: Beats, pitch: Pitch) -> Sequence[int]:
        """A note ends."""
        if pitch not in self._sounding:
            return []
        self._sounding.remove(pitch)
        return self._token(beat, Kind.OFF, pitch)

    def pedal(self, beat: Beats, *, down: bool) -> Sequence[int]:
        """The pedal moves."""
        if down == self._pedal or not self._configuration.pedal:
            return []
        self._pedal = down
        return self._event(Token(self._passed(beat), Kind.DOWN if down else Kind.UP))

    def chord(self, beat: Beats, chord: Chord | None) -> Sequence[int]:
        """The chord is not told of."""
        del chord
        return self.advance(beat)

    def advance(self, beat: Beats) -> Sequence[int]:
        """Time has passed: it will be told with what happens next."""
        del beat
        return []

    def close(self, beat: Beats) -> Sequence[int]:
        """The phrase ends at `beat`, and with it the pedal comes up."""
        ends = [step for pitch in sorted(self._sounding) for step in self.note_off(beat, pitch)]
        ends += self.pedal(beat, down=False)
        return [*ends, *self._told(self._configuration.vocabulary.waits(self._passed(beat)))]

    def _token(self, beat: Beats, kind: Kind, pitch: Pitch, velocity: int = 0) -> Sequence[int]:
        moved = self._configuration.folded(pitch + self._transposition)
        return self._event(Token(self._passed(beat), kind, moved, velocity))

    def _event(self, token: Token) -> Sequence[int]:
        return self._told(self._configuration.vocabulary.event(token))

    def _passed(self, beat: Beats) -> int:
        """Ticks since the last token; time never goes back."""
        return max(0, math.floor(beat / self._configuration.grid + 0.5) - self._now)

    def _told(self, steps: list[int]) -> list[int]:
        """The same; where they do not last just so long, the next token makes up for it."""
        self._now += sum(self._configuration.tokens[step].delta for step in steps)
        return steps


class Decoder:
    """Tokens -> notes: `models.base.Decoder`. A note is a tick long at least."""

    def __init__(
        self, configuration: Configuration, transposition: int, longest: Beats = ENDLESS
    ) -> None:
        self.repairs = Counter[str]()
        self.pedal = False
        self._configuration = configuration
        self._transposition = transposition
        self._longest = round(
            longest / configuration.grid, 3
        )  # ticks; as a float it may be endless
        self._now = 0  # ticks
        self._open: dict[Pitch, tuple[int, Velocity]] = {}  # since when, how loud
        self._ends: dict[Pitch, int] = {}  # where the last note of each pitch did
        self._begun = -1  # the tick at which last a note began
        self.attacks = 0

    @property
    def beat(self) -> Beats:
        """How far the tokens so far reach."""
        return self._beats(self._now)

    @property
    def sounding(self) -> int:
        """How many notes sound."""
        return len(self._open)

    @property
    def rest(self) -> Beats:
        """How long nothing has sounded."""
        if self._open:
            return Beats(0.0)
        return self._beats(max(0, self._now - max(self._ends.values(), default=0)))

    @property
    def settled(self) -> Beats:
        """Every note that begins before here is complete."""
        return self._beats(min([onset for onset, _ in self._open.values()], default=self._now))

    def step(self, step: int) -> Sequence[Note]:
        """The notes that end with this token."""
        token = self._configuration.tokens[step]
        self._now += token.delta
        notes = self._overdue()
        if token.kind in (Kind.DOWN, Kind.UP):
            self.pedal = token.kind is Kind.DOWN
        if token.kind not in (Kind.ON, Kind.OFF):
            return notes
        pitch = self._sounds_as(token.pitch)
        if token.kind is Kind.OFF:
            if pitch not in self._open:
                self.repairs[_UNBEGUN] += 1
                return notes
            return [*notes, self._end(pitch, self._now)]
        if pitch in self._open and self._open[pitch][0] < self._now:
            notes.append(self._end(pitch, self._now))  # struck again
        if pitch in self._open or self._ends.get(pitch, 0) > self._now:
            self.repairs[_TWICE] += 1
        else:
            self._open[pitch] = self._now, Velocity(token.velocity)
            self.attacks += self._now > self._begun
            self._begun = self._now
        return notes

    def close(self) -> Sequence[Note]:
        """What sounds ends at `beat`."""
        return self._in_order([self._end(pitch, self._now) for pitch in list(self._open)])

    def _overdue(self) -> list[Note]:
        """What has sounded as long as a note may."""
        late = [
            pitch for pitch, (onset, _) in self._open.items() if self._now - onset > self._longest
        ]
        self.repairs[ENDED] += len(late)
        ends = [self._end(pitch, self._open[pitch][0] + int(self._longest)) for pitch in late]
        return self._in_order(ends)

    def _end(self, pitch: Pitch, tick: int) -> Note:
        onset, velocity = self._open.pop(pitch)
        self._ends[pitch] = max(tick, onset + 1)
        length = self._beats(self._ends[pitch] - onset)
        return Note(self._beats(onset), length, pitch, velocity)

    def _sounds_as(self, pitch: int) -> Pitch:
        """The pitch that is played, moved by octaves into the range if it must be."""
        return self._configuration.folded(pitch - self._transposition)

    def _beats(self, ticks: int) -> Beats:
        return Beats(ticks * self._configuration.grid)

    @staticmethod
    def _in_order(notes: list[Note]) -> list[Note]:
        return sorted(notes, key=lambda note: (note.onset, note.pitch))
