"""What sounds while somebody plays: held keys and the sustain pedal. Knows no phrase.

A key or pedal that has said nothing for too long is given up: it counts as let go at that moment,
so that neither a lost note-off nor an inverted pedal keeps a phrase open for ever.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from improvd.core.note import (
    ALL_NOTES_OFF,
    ALL_SOUND_OFF,
    PEDAL_DOWN,
    SUSTAIN,
    Control,
    Event,
    NoteOff,
    NoteOn,
)
from improvd.core.units import Channel, Pitch, Seconds, Velocity

_NONE = Velocity(0)
_NO_KEY = Pitch(0)

ChannelPitch = tuple[Channel, Pitch]
Kind = Literal["on", "key_up", "off", "pedal"]


class Sound(NamedTuple):
    """A note began ("on"), its key was let go under the pedal ("key_up"), or it ended ("off").

    Or the pedal moved: one for all channels, which is down while that of any is.
    """

    kind: Kind
    second: Seconds
    pitch: Pitch = _NO_KEY
    velocity: Velocity = _NONE  # of an "on"
    pedal: bool = False  # is it down by then?


class Held:
    """The keys and pedals that are down. `max_hold`: seconds after which one is given up.

    `silent_since` is the second at which the last sound ended, None while anything sounds.
    `given_up` names what was given up, in words, in order.
    """

    def __init__(self, max_hold: Seconds) -> None:
        self.silent_since: Seconds | None = Seconds(0.0)
        self.given_up: list[str] = []
        self.max_hold = max_hold
        self._keys: dict[ChannelPitch, Seconds] = {}  # down, since when
        self._pedals: dict[Channel, Seconds] = {}  # down, last heard of when
        self._ringing: dict[ChannelPitch, None] = {}  # the key is up, the pedal keeps it; in order

    def hear(self, event: Event) -> list[Sound]:
        """What `event` does to what sounds; what is due to be given up by then goes first."""
        sounds = self.give_up(event.second)
        match event:
            case NoteOn(second, channel, pitch, velocity):
                sounds += self._strike((channel, pitch), second, velocity)
            case NoteOff(second, channel, pitch):
                sounds += self._let_go((channel, pitch), second)
            case Control(second, channel, number, value) if number == SUSTAIN:
                sounds += self._pedal(channel, second, down=value >= PEDAL_DOWN)
            case Control(second, channel, number) if number in (ALL_SOUND_OFF, ALL_NOTES_OFF):
                sounds += self._silence(channel, second)
        return sounds

    def give_up(self, now: Seconds) -> list[Sound]:
        """Let go of what has been silent about itself for `max_hold`, at the moment it is due."""
        sounds: list[Sound] = []
        while (due := self.due) is not None and due <= now:
            sounds += self._give_up_first(due)
        return sounds

    @property
    def due(self) -> Seconds | None:
        """When the next key or pedal is given up, if nothing is heard of it; None: none is down."""
        heard = min([*self._keys.values(), *self._pedals.values()], default=None)
        return None if heard is None else Seconds(heard + self.max_hold)

    def resync(
        self, keys: Iterable[ChannelPitch], pedals: Iterable[Channel], now: Seconds
    ) -> list[Sound]:
        """Reports were lost: only these are down now. A key not known of holds, without a note."""
        keys, pedals = set(keys), set(pedals)
        sounds: list[Sound] = []
        for channel in self._pedals.keys() - pedals:
            sounds += self._pedal(channel, now, down=False)
        for key in [key for key in self._keys if key not in keys]:
            sounds += self._let_go(key, now)
        for channel in pedals - self._pedals.keys():
            sounds += self._pedal(channel, now, down=True)
        self._keys |= dict.fromkeys(keys - self._keys.keys(), now)
        self._note_silence(now)
        return sounds

    def _strike(self, key: ChannelPitch, second: Seconds, velocity: Velocity) -> list[Sound]:
        again = self._sounds(key[1])
        for other in [held for held in self._ringing if held[1] == key[1]]:
            del self._ringing[other]
        self._keys[key] = second
        self.silent_since = None
        ended = [self._sound("off", second, key[1])] if again else []
        return [*ended, self._sound("on", second, key[1], velocity)]

    def _let_go(self, key: ChannelPitch, second: Seconds) -> list[Sound]:
        if self._keys.pop(key, None) is None:
            return []
        if key[0] in self._pedals:
            self._ringing[key] = None
            return [self._sound("key_up", second, key[1])]
        return self._end(key, second)

    def _pedal(self, channel: Channel, second: Seconds, *, down: bool) -> list[Sound]:
        was = bool(self._pedals)
        if down:
            self._pedals[channel] = second
            return [] if was else [self._sound("pedal", second)]
        self._pedals.pop(channel, None)
        sounds = [self._sound("pedal", second)] if was and not self._pedals else []
        for key in [key for key in self._ringing if key[0] == channel]:
            del self._ringing[key]
            sounds += self._end(key, second)
        return sounds

    def _silence(self, channel: Channel, second: Seconds) -> list[Sound]:
        sounds = self._pedal(channel, second, down=False)
        for key in [key for key in self._keys if key[0] == channel]:
            sounds += self._let_go(key, second)
        return sounds

    def _give_up_first(self, due: Seconds) -> list[Sound]:
        late = [key for key, heard in self._keys.items() if heard + self.max_hold <= due]
        if late:
            self.given_up.append(f"key {late[0][1]} on channel {late[0][0]}")
            return self._let_go(late[0], due)
        channel = min(self._pedals, key=self._pedals.__getitem__)
        self.given_up.append(f"the sustain pedal on channel {channel}")
        return self._pedal(channel, due, down=False)

    def _end(self, key: ChannelPitch, second: Seconds) -> list[Sound]:
        """The note ends, unless another channel still holds its pitch."""
        self._note_silence(second)
        return [] if self._sounds(key[1]) else [self._sound("off", second, key[1])]

    def _sound(
        self,
        kind: Kind,
        second: Seconds,
        pitch: Pitch = _NO_KEY,
        velocity: Velocity = _NONE,
    ) -> Sound:
        return Sound(kind, second, pitch, velocity, bool(self._pedals))

    def _sounds(self, pitch: Pitch) -> bool:
        return any(key[1] == pitch for key in (*self._keys, *self._ringing))

    def _note_silence(self, second: Seconds) -> None:
        if self._keys or self._ringing:
            self.silent_since = None
        elif self.silent_since is None:
            self.silent_since = second
