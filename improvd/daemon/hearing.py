"""What a model hears of a phrase: what is played, and the chords that it is played over.

Knows no clock: beats come with what happens.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from improvd.core.chord import Chord
from improvd.core.harmony import Harmony
from improvd.core.units import Beats
from improvd.listen.phrase import Played
from improvd.models.base import START, Encoder, Step


class Hearing:
    """An encoder, and the chord that it was told last. Steps that are returned stay as they are."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._told = START  # up to here it knows the chords
        self._chord: Chord | None = None

    def hear(self, played: Played, harmony: Harmony | None) -> list[Step]:
        """What is played, after the chords up to it."""
        return [*self._change(played.beat, harmony), *_tell(self._encoder, played)]

    def advance(self, beat: Beats, harmony: Harmony | None) -> list[Step]:
        """Time has passed, up to `beat`."""
        return [*self._change(beat, harmony), *self._encoder.advance(beat)]

    def close(self, end: Beats, harmony: Harmony | None) -> list[Step]:
        """The phrase ends there; a chord that begins there is not of it."""
        before = Beats(math.nextafter(end, -math.inf))
        return [*self._change(before, harmony), *self._encoder.close(end)]

    def _change(self, beat: Beats, harmony: Harmony | None) -> list[Step]:
        """The chords up to `beat` that are news to it; a late one begins where it was told last."""
        if harmony is None or beat < self._told:
            return []
        steps: list[Step] = []
        for change in harmony.between(self._told, Beats(math.nextafter(beat, math.inf))):
            if change.chord != self._chord:
                steps += self._encoder.chord(*change)
                self._chord = change.chord
        self._told = beat
        return steps


def _tell(encoder: Encoder, played: Played) -> Sequence[Step]:
    kind, beat, pitch, velocity = played
    match kind:
        case "on":
            return encoder.note_on(beat, pitch, velocity)
        case "key_up":
            return encoder.key_up(beat, pitch)
        case "off":
            return encoder.note_off(beat, pitch)
    return encoder.pedal(beat, down=kind == "down")
