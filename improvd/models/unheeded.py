"""What an encoder is told of and its steps cannot tell: time passes, and nothing else."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from improvd.core.chord import Chord
from improvd.core.units import Beats, Pitch


class Unheeded(ABC):
    """The calls of `models.base.Encoder` that a family may leave as they are."""

    def key_up(self, beat: Beats, pitch: Pitch) -> Sequence[Any]:
        """A key is let go, the pedal keeps its note."""
        del pitch
        return self.advance(beat)

    def pedal(self, beat: Beats, *, down: bool) -> Sequence[Any]:
        """The pedal is not told of, only what it keeps."""
        del down
        return self.advance(beat)

    def chord(self, beat: Beats, chord: Chord | None) -> Sequence[Any]:
        """The chord is not told of."""
        del chord
        return self.advance(beat)

    @abstractmethod
    def advance(self, beat: Beats) -> Sequence[Any]:
        """Time has passed: the steps that can no longer change."""
