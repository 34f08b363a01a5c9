"""The rows of a journal -> a recording of two tracks, and what is to be known of it. Pure.

1. Every note of a track ends: where its key is struck again, where its track is over, at the latest
   with the last row. Note-offs without a note are left out; a pedal that is down at the end is
   lifted.
2. The partner's channels are moved away from the player's, so that no pedal of one holds notes of
   the other in a file that is played back.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from statistics import median
from typing import Final, NamedTuple, get_type_hints

from improvd.core.event import DATA_BYTES
from improvd.core.note import SUSTAIN
from improvd.core.units import CHANNELS, Channel, Pitch, Seconds, Velocity
from improvd.ports import wire
from improvd.ports.recording import Recording, Timed
from improvd.takes.journal import PARTNER, PLAYER, Began, Event, Held, Line, Over, Row
from improvd.takes.tempi import tempi

_DRUMS: Final = Channel(10)  # of General MIDI
_UNKNOWN: Final = Velocity(64)  # of a key that is down and was not heard
_MOST: Final = 1e9  # seconds or notes: more than any jam has


class About(NamedTuple):
    """What `improvd takes list` tells of a take."""

    name: str  # of the daemon
    when: str  # local time: ISO 8601, with the offset from UTC
    seconds: float  # from the first event to the last
    played: int  # notes
    answered: int
    bpm: float  # of the median note


def recording(rows: Sequence[Row]) -> tuple[About, Recording] | None:
    """What these rows tell; None where they tell of no note."""
    began = next((row for row in rows if isinstance(row, Began)), None)
    lines = [row for row in rows if isinstance(row, Line)]
    if not (began and lines):
        return None
    tracks = _tracks(sorted((row for row in rows if not isinstance(row, Line)), key=_second))
    sounds = sorted(second for track in tracks.values() for second, _ in track)
    played, answered = _onsets(tracks[PLAYER]), _onsets(tracks[PARTNER])
    if not played + answered:
        return None
    course = tempi(lines, sounds)
    bpm = round(median(map(course.bpm_at, played + answered)), 1)
    length = round(sounds[-1] - sounds[0], 3)
    about = About(began.name, began.when, length, len(played), len(answered), bpm)
    return about, Recording(json.dumps(about), course.tempi, course.meters, tracks)


def read_about(text: str) -> About | None:
    """What stands in a take; None where it is none."""
    try:
        about = About(*json.loads(text))
        datetime.fromisoformat(about.when)
    except (ValueError, TypeError, RecursionError):
        return None
    return about if all(map(_fits, about, get_type_hints(About).values())) else None


def _fits(value: object, kind: type) -> bool:
    if kind is str:
        return isinstance(value, str)
    allowed = (int,) if kind is int else (int, float)
    return isinstance(value, allowed) and 0 <= value < _MOST


def _second(row: Row) -> Seconds:
    return row.second


def _onsets(track: Sequence[Timed]) -> list[Seconds]:
    return [second for second, data in track if data[0] & 0xF0 == wire.NOTE_ON]


def _tracks(rows: Sequence[Row]) -> dict[str, list[Timed]]:
    hands = {PLAYER: _Hand(), PARTNER: _Hand()}
    for row in rows:
        match row:
            case Event(second, track, status, data1, data2):
                data = bytes((status, data1, data2))[: DATA_BYTES[status] + 1]
                hands[track].play(second, data)
            case Held(second, keys, pedals):
                hands[PLAYER].hold(second, keys, pedals)
            case Over(second, tracks):
                for track in tracks:
                    hands[track].close(second)
    for hand in hands.values():
        hand.close(rows[-1].second)
    taken = {wire.channel_of(data) for _, data in hands[PLAYER].events}
    return {PLAYER: hands[PLAYER].events, PARTNER: _apart(hands[PARTNER].events, taken)}


class _Hand:
    """The events of one track, each note of which ends."""

    def __init__(self) -> None:
        self.events: list[Timed] = []
        self._keys: set[tuple[Channel, Pitch]] = set()  # that are down
        self._pedals: set[Channel] = set()

    def play(self, second: Seconds, data: bytes) -> None:
        channel, kind = wire.channel_of(data), data[0] & 0xF0
        if kind in (wire.NOTE_ON, wire.NOTE_OFF):
            key = channel, Pitch(data[1])
            self._release(second, key)
            if kind == wire.NOTE_OFF or not data[2]:
                return
            self._keys.add(key)
        elif kind == wire.CONTROL and data[1] == SUSTAIN:
            (self._pedals.add if data[2] else self._pedals.discard)(channel)
        self.events.append((second, data))

    def hold(
        self, second: Seconds, keys: Sequence[tuple[Channel, Pitch]], pedals: Sequence[Channel]
    ) -> None:
        """Exactly these are down now."""
        down = {(channel, pitch) for channel, pitch in keys}
        for key in sorted(self._keys - down):
            self._release(second, key)
        for channel, pitch in sorted(down - self._keys):
            self.play(second, wire.note_on(channel, pitch, _UNKNOWN))
        for channel in sorted(self._pedals - set(pedals)):
            self.play(second, wire.control(channel, SUSTAIN, 0))

    def close(self, second: Seconds) -> None:
        self.hold(second, (), ())

    def _release(self, second: Seconds, key: tuple[Channel, Pitch]) -> None:
        if key in self._keys:
            self._keys.remove(key)
            self.events.append((second, wire.note_off(*key)))


def _apart(events: list[Timed], taken: set[Channel]) -> list[Timed]:
    """The same with each channel that is taken moved to one that is free; drums stay drums."""
    own = {wire.channel_of(data) for _, data in events}
    free = (Channel(each) for each in CHANNELS if each not in {*taken, *own, _DRUMS})
    moved = {channel: next(free, channel) for channel in sorted(own & taken - {_DRUMS})}
    return [(second, _on(moved.get(wire.channel_of(data)), data)) for second, data in events]


def _on(channel: Channel | None, data: bytes) -> bytes:
    return bytes((data[0] & 0xF0 | channel - 1, *data[1:])) if channel else data
