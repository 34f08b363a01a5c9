"""Notes <-> events, as they happen, both ways. Knows no network.

Polyphony is heard by its top line. Onsets and ends fall on the nearest step of the grid; a step can
no longer change once time is half a step past it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from improvd.core.note import Note
from improvd.core.units import Beats, Pitch, Velocity
from improvd.models.melody.configuration import FIRST_PITCH, NO_EVENT, NOTE_OFF, Configuration
from improvd.models.one_voice import OneVoice
from improvd.models.unheeded import Unheeded


class Encoder(Unheeded):
    """Playing -> events: `models.base.Encoder`.

    At one step the highest onset wins. A lower note that begins while the key of a higher one is
    still held is left out, unless that key is let go within a step: then it was legato playing, and
    the lower note takes over. A note that only the pedal keeps sounding yields to any other.
    """

    left_out = 0  # what is beyond the range is moved by octaves

    def __init__(self, configuration: Configuration, transposition: int) -> None:
        self._configuration = configuration
        self._transposition = transposition
        self._slot = 0  # the step that is being gathered
        self._onset: Pitch | None = None  # what begins in it
        self._ended = False  # does something end in it?
        self._sounding: Pitch | None = None
        self._held = False  # is the key of what sounds still down?
        self._waiting: tuple[int, Pitch] | None = None  # a lower note, and the step it began in

    def note_on(self, beat: Beats, pitch: Pitch, velocity: Velocity) -> Sequence[int]:
        """A note begins. Its velocity is not heard."""
        del velocity
        steps = self.advance(beat)
        if self._onset is not None:
            if pitch >= self._onset:
                self._begin(pitch)
        elif self._sounding is not None and self._held and pitch < self._sounding:
            self._wait(pitch)
        else:
            self._begin(pitch)
        return steps

    def key_up(self, beat: Beats, pitch: Pitch) -> Sequence[int]:
        """A key is let go, the pedal keeps its note."""
        steps = self.advance(beat)
        if pitch == self._sounding:
            self._held = False
            self._take_over()
        return steps

    def note_off(self, beat: Beats, pitch: Pitch) -> Sequence[int]:
        """A note ends: one step after it began at the earliest."""
        steps = self.advance(beat)
        if self._waiting is not None and pitch == self._waiting[1]:
            self._waiting = None
        if pitch == self._sounding:
            self._sounding, self._held, self._ended = None, False, True
            self._take_over()
        return steps

    def advance(self, beat: Beats) -> Sequence[int]:
        """Time has passed: the steps that lie more than half a step back."""
        slot = self._nearest(beat)
        return [self._finish() for _ in range(self._slot, slot)]

    def close(self, beat: Beats) -> Sequence[int]:
        """The phrase ends at the step nearest to `beat`; a note that would begin there is left."""
        return self.advance(beat)

    def _nearest(self, beat: Beats) -> int:
        return math.floor(beat / self._configuration.grid + 0.5)

    def _begin(self, pitch: Pitch) -> None:
        self._onset = self._sounding = pitch
        self._held, self._ended, self._waiting = True, False, None

    def _wait(self, pitch: Pitch) -> None:
        if self._waiting is None or self._waiting[0] < self._slot or pitch > self._waiting[1]:
            self._waiting = (self._slot, pitch)

    def _take_over(self) -> None:
        if self._onset is None and self._waiting and self._slot - self._waiting[0] <= 1:
            self._begin(self._waiting[1])

    def _finish(self) -> int:
        """Close the step that is being gathered and open the next."""
        self._slot += 1
        if self._onset is not None:
            pitch = Pitch(self._onset + self._transposition)
            self._onset = None  # an end in this very step belongs to the next one
            return self._configuration.event(pitch)
        ended, self._ended = self._ended, False
        return NOTE_OFF if ended else NO_EVENT


class Decoder(OneVoice):
    """Events -> notes: `models.base.Decoder`."""

    def step(self, step: int) -> Sequence[Note]:
        """The note that ends where this step begins, or within it where it must."""
        notes = self.close() if step != NO_EVENT else []
        if step >= FIRST_PITCH:
            self._begin(self._configuration.pitch(step))
        self._ticks += 1
        return notes or self._overdue()
