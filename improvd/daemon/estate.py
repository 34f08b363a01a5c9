"""What a player leaves to the one that takes its place. Pure; knows no process.

These are its connections, the notes that may still sound, what it was told to be from then on, and
the line of a MIDI clock: pulses say nothing of their place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from improvd.core.units import Channel, Pitch
from improvd.play.clock import State
from improvd.play.messages import (
    Connection,
    Connections,
    Cut,
    Ended,
    Heard,
    Looped,
    Mute,
    Play,
    Restore,
    Resume,
    SetControls,
    SetThru,
    ToMind,
    ToPlayer,
    Transport,
)
from improvd.play.midi_clock import SOURCE as MIDI_CLOCK

_SETTING: Final[Mapping[type, str]] = {SetThru: "thru", Mute: "muted", SetControls: "controls"}
_NOTE_OFF: Final = 0x80
_NOTE_ON: Final = 0x90

Key = tuple[Channel, Pitch]


class Estate:
    """Hears what the player is told, and what it says. `settings`: what a new one begins with."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.settings = dict(settings)
        self.connections: list[Connection] = []
        self._planned: dict[int, set[Key]] = {}  # keys of each answer that is on
        self._thru: set[Key] = set()  # keys that are held, and passed on
        self._clock: Transport | None = None  # the line of a MIDI clock that runs

    def told(self, message: ToPlayer) -> None:
        """The player is told this."""
        if isinstance(message, Play):
            keys = self._planned.setdefault(message.answer, set())
            keys |= {(note.channel, note.pitch) for note in message.notes}
        elif isinstance(message, SetThru | Mute | SetControls):
            self.settings[_SETTING[type(message)]] = message[0]

    def said(self, message: ToMind) -> None:
        """The player says this."""
        match message:
            case Connections(connections):
                self.connections = connections
            case Cut(answer) | Ended(answer):
                self._planned.pop(answer, None)
            case Looped(thru=True):
                self.settings["thru"] = False
            case Transport(state=State.RUNNING):
                self._clock = message if message.source == MIDI_CLOCK else None
            case Transport(state=State.STOPPED):
                self._clock = None
            case Heard(events) if self.settings["thru"]:
                for _, status, pitch, velocity in events:
                    self._pass_on(status, pitch, velocity)

    def orders(self) -> list[ToPlayer]:
        """What the new player is told when it is ready."""
        sounding = sorted(self._thru.union(*self._planned.values()))
        orders: list[ToPlayer] = [Restore(self.connections, sounding)]
        if clock := self._clock:
            orders.append(Resume(clock.second, clock.beat, clock.bpm))
        self._planned.clear()
        self._thru.clear()
        return orders

    def _pass_on(self, status: int, pitch: int, velocity: int) -> None:
        key = (Channel((status & 0x0F) + 1), Pitch(pitch))
        if status & 0xF0 == _NOTE_ON and velocity:
            self._thru.add(key)
        elif status & 0xF0 in (_NOTE_ON, _NOTE_OFF):
            self._thru.discard(key)
