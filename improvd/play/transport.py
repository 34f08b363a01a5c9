"""Where the music is: the one tempo of the program, with one writer, the player. Knows no clock."""

from __future__ import annotations

from improvd.core.tempo import Tempo
from improvd.core.units import Bpm, Seconds
from improvd.play import messages


class Transport:
    """A steady tempo from one change to the next; `version` counts the changes."""

    def __init__(self, bpm: Bpm, now: Seconds) -> None:
        self.tempo = Tempo(bpm, now)
        self.version = 0

    def set(self, order: messages.SetTempo) -> None:
        """Change the tempo."""
        self.tempo = Tempo(order.bpm, order.second, order.beat)
        self.version += 1

    def report(self) -> messages.Transport:
        """What the mind is told of it."""
        tempo = self.tempo
        return messages.Transport(tempo.anchor_second, tempo.anchor_beat, tempo.bpm, self.version)
