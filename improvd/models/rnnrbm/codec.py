"""Notes <-> frames, as they happen, both ways. Knows no network.

Onsets and ends fall on the nearest step of the grid; a frame can no longer change once time is half
a step past it. Where strikes are not told, equal neighbouring frames are one held chord.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from improvd.core.note import Note
from improvd.core.units import PITCHES, Beats, Pitch, Velocity, fold
from improvd.models.base import ENDED, ENDLESS
from improvd.models.rnnrbm.configuration import KEYS, Configuration
from improvd.models.unheeded import Unheeded

_PLAIN = Velocity(80)
_ALL_KEYS = (1 << KEYS) - 1
_UNBEGUN = "keys held that were not struck"
_UNHEARD = "keys struck that do not sound"


class Encoder(Unheeded):
    """Playing -> frames: `models.base.Encoder`.

    A note lasts a step at least. A key beyond the range is left out, and counted.
    """

    def __init__(self, configuration: Configuration, transposition: int) -> None:
        self.left_out = 0  # notes beyond the range
        self._configuration = configuration
        self._transposition = transposition
        self._slot = 0  # the frame that is being gathered
        self._struck = 0  # the keys that are struck in it, one bit each
        self._sounding = 0  # the keys that sound from it on

    def note_on(self, beat: Beats, pitch: Pitch, velocity: Velocity) -> Sequence[int]:
        """A note begins. Its velocity is not heard."""
        del velocity
        steps = self.advance(beat)
        key = self._key(pitch)
        self.left_out += not key
        self._struck |= key
        self._sounding |= key
        return steps

    def note_off(self, beat: Beats, pitch: Pitch) -> Sequence[int]:
        """A note ends: one step after it began at the earliest."""
        steps = self.advance(beat)
        self._sounding &= ~self._key(pitch)
        return steps

    def advance(self, beat: Beats) -> Sequence[int]:
        """Time has passed: the frames that lie more than half a step back."""
        slot = math.floor(beat / self._configuration.grid + 0.5)
        return [self._finish() for _ in range(self._slot, slot)]

    def close(self, beat: Beats) -> Sequence[int]:
        """The phrase ends at the step nearest to `beat`; a note that would begin there is left."""
        return self.advance(beat)

    def _key(self, pitch: Pitch) -> int:
        """The bit of a key, 0 beyond the range."""
        key = pitch + self._transposition - self._configuration.lowest
        return 1 << key if 0 <= key < KEYS else 0

    def _finish(self) -> int:
        """Close the frame that is being gathered and open the next."""
        self._slot += 1
        struck, self._struck = self._struck, 0
        sounds = self._sounding | struck
        return sounds | struck << KEYS if self._configuration.strikes else sounds


class Decoder:
    """Frames -> notes: `models.base.Decoder`. Velocity a plain 80.

    A key that is held in the first frame was struck before, by whoever played then: it is silent.
    """

    pedal = False

    def __init__(
        self, configuration: Configuration, transposition: int, longest: Beats = ENDLESS
    ) -> None:
        self.repairs = Counter[str]()
        self.attacks = 0
        self._configuration = configuration
        self._transposition = transposition
        self._longest = longest
        self._frames = 0  # so far
        self._before: set[Pitch] = set()  # what the last of them says to sound
        self._open: dict[Pitch, Beats] = {}  # since when it sounds
        self._silent_since = Beats(0.0)

    @property
    def beat(self) -> Beats:
        """How far the frames so far reach."""
        return Beats(self._frames * self._configuration.grid)

    @property
    def sounding(self) -> int:
        """How many notes sound."""
        return len(self._open)

    @property
    def rest(self) -> Beats:
        """How long nothing has sounded."""
        return Beats(0.0) if self._open else Beats(self.beat - self._silent_since)

    @property
    def settled(self) -> Beats:
        """Every note that begins before here is complete."""
        return min(self._open.values(), default=self.beat)

    def step(self, step: int) -> Sequence[Note]:
        """The notes that end where this frame begins."""
        sounds, begun = self._told(step)
        over = [pitch for pitch in self._open if pitch not in sounds or pitch in begun]
        late = [pitch for pitch in self._open if pitch not in over and self._too_long(pitch)]
        self._mended(ENDED, len(late))
        notes = self._end([*over, *late])
        self._open |= dict.fromkeys(begun, self.beat)
        self.attacks += bool(begun)
        self._before = sounds
        self._frames += 1
        return notes

    def close(self) -> Sequence[Note]:
        """What sounds ends at `beat`."""
        return self._end(list(self._open))

    def _told(self, step: int) -> tuple[set[Pitch], set[Pitch]]:
        """What sounds in the frame, and what begins with it."""
        sounds, struck = self._pitches(step & _ALL_KEYS), self._pitches(step >> KEYS)
        if not self._configuration.strikes:
            return sounds, sounds - self._before
        self._mended(_UNHEARD, len(struck - sounds))
        if self._frames:
            self._mended(_UNBEGUN, len(sounds - self._before - struck))
        return sounds | struck, struck

    def _pitches(self, keys: int) -> set[Pitch]:
        """The pitches that these keys are to sound as."""
        lowest = self._configuration.lowest - self._transposition
        found = set()
        while keys:
            key = keys.bit_length() - 1
            keys ^= 1 << key
            found.add(fold(lowest + key, PITCHES[0], PITCHES[-1]))
        return found

    def _mended(self, what: str, count: int) -> None:
        if count:
            self.repairs[what] += count

    def _too_long(self, pitch: Pitch) -> bool:
        """Has the note no end where it must have one?"""
        return self.beat - self._open[pitch] >= self._longest

    def _end(self, pitches: Sequence[Pitch]) -> list[Note]:
        """These notes, which end here, or where they had to."""
        ended = ((self._open.pop(pitch), pitch) for pitch in pitches)
        notes = [
            Note(onset, Beats(min(self.beat - onset, self._longest)), pitch, _PLAIN)
            for onset, pitch in sorted(ended)
        ]
        if notes and not self._open:
            self._silent_since = max(note.end for note in notes)
        return notes
