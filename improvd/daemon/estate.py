"""What a player leaves to the one that takes its place. Pure; knows no process.

These are its connections, the notes that may still sound, the pedals that may be down, what it was
told to be from then on, and the line of a MIDI clock: pulses say nothing of their place.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

from improvd.core.note import SUSTAIN
from improvd.core.units import Channel, Pitch, Seconds
from improvd.play.clock import State
from improvd.play.messages import (
    Alive,
    Connection,
    Connections,
    Cut,
    Ended,
    Heard,
    Looped,
    Mute,
    Play,
    Restore,
    Restored,
    Resume,
    SetControls,
    SetThru,
    ToMind,
    ToPlayer,
    Transport,
)
from improvd.play.midi_clock import SOURCE as MIDI_CLOCK
from improvd.ports import wire

_SETTING: Final[Mapping[type, str]] = {SetThru: "thru", Mute: "muted", SetControls: "controls"}
# Settings that say what to connect.
_WIRING: Final = ("backend", "input", "output", "clock_input", "controls_input")

Key = tuple[Channel, Pitch]


class _Sounding(NamedTuple):
    """What may sound."""

    keys: set[Key]
    pedals: set[Channel]


class Estate:
    """Hears what the player is told, and what it says. `settings`: what a new one begins with."""

    def __init__(
        self,
        settings: Mapping[str, Any],
        connections: Sequence[Connection] = (),
        sounding: Collection[Key] = (),
    ) -> None:
        """`connections` are those of a daemon before that was killed, `sounding` what it left."""
        self.settings = dict(settings)
        self.connections: list[Connection] = []
        self.awaited = list(connections)  # to be made when their ports are there
        self._wired = bool(connections)  # else a player connects what is wished by itself
        self._planned: dict[int, _Sounding] = {}  # by each answer that is on
        self._thru = _Sounding(set(), set())  # passed on, and held
        self._left = _Sounding(set(sounding), {channel for channel, _ in sounding})
        self._clock: Transport | None = None  # the line of a MIDI clock that runs
        self._lag = Seconds(0.0)  # of its seconds behind those of a new player

    @property
    def wiring(self) -> list[Connection]:
        """What is to be connected by a player that takes over."""
        return [*self.connections, *self.awaited]

    def told(self, message: ToPlayer) -> None:
        """The player is told this."""
        if isinstance(message, Play):
            keys, pedals = self._planned.setdefault(message.answer, _Sounding(set(), set()))
            keys |= {(note.channel, note.pitch) for note in message.notes}
            pedals |= {move.channel for move in message.pedal}
        elif isinstance(message, SetThru | Mute | SetControls):
            self.settings[_SETTING[type(message)]] = message[0]

    def said(self, message: ToMind) -> None:
        """The player says this."""
        match message:
            case Connections(connections, awaited):
                self.connections, self.awaited, self._wired = connections, list(awaited), True
            case Restored():
                self._left = _Sounding(set(), set())
            case Cut(answer) | Ended(answer):
                self._planned.pop(answer, None)
            case Looped(thru=True):
                self.settings["thru"] = False
            case Transport(state=State.RUNNING):
                self._clock = message if message.source == MIDI_CLOCK else None
            case Transport(state=State.STOPPED):
                self._clock = None
            case Alive(lag=lag):
                self._lag = lag
            case Heard(events) if self.settings["thru"]:
                for _, status, data1, data2 in events:
                    self._pass_on(status, data1, data2)

    def orders(self) -> list[ToPlayer]:
        """What the new player is told when it is ready; the first one nothing."""
        every = [self._left, self._thru, *self._planned.values()]
        keys, pedals = (sorted(set().union(*each)) for each in zip(*every, strict=True))
        restore = Restore(self.wiring, keys, tuple(pedals))
        orders: list[ToPlayer] = [restore] if self._wired else []
        if clock := self._clock:
            orders.append(Resume(Seconds(clock.second + self._lag), clock.beat, clock.bpm))
        self._forget()
        self._left = _Sounding(set(keys), set(pedals))  # until that player has ended them
        return orders

    def renew(self, settings: Mapping[str, Any]) -> None:
        """The one before has ended its notes; a new one begins with these settings.

        Where they wish for other connections, it is wired as a first one.
        """
        self._wired &= all(settings[each] == self.settings[each] for each in _WIRING)
        self.settings |= settings
        self._forget()

    def _forget(self) -> None:
        self._left = _Sounding(set(), set())
        self._planned.clear()
        self._thru = _Sounding(set(), set())

    def _pass_on(self, status: int, data1: int, data2: int) -> None:
        channel = Channel((status & 0x0F) + 1)
        key = channel, Pitch(data1)
        match status & 0xF0:
            case wire.NOTE_ON if data2:
                self._thru.keys.add(key)
            case wire.NOTE_ON | wire.NOTE_OFF:
                self._thru.keys.discard(key)
            case wire.CONTROL if data1 == SUSTAIN:
                (self._thru.pedals.add if data2 else self._thru.pedals.discard)(channel)
