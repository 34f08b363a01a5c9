"""The journal of a jam: what was played and answered, a line each, in the order in which it came.

It is only ever appended to, so one that ends anywhere can be read up to there. Knows no clock, no
thread, and nothing of MIDI files.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from improvd.core.event import DATA_BYTES
from improvd.core.tempo import Meter
from improvd.core.units import CHANNELS, PITCHES, Beats, Bpm, Channel, Pitch, Seconds

PLAYER: Final = "player"
PARTNER: Final = "partner"


class Began(NamedTuple):
    """The first line: the jam of the daemon `name` begins on this second."""

    second: Seconds
    when: str  # the same in local time: ISO 8601, with the offset from UTC
    name: str


class Line(NamedTuple):
    """Where the transport is: `beat` falls on `second`, at `bpm`; bars begin on `bar_line`.

    `grid` numbers what its beats count from: below 0 a clock's place, 0 nothing, above 0 a phrase.
    """

    second: Seconds
    beat: Beats
    bpm: Bpm
    grid: int
    bar_line: Beats
    meter: str


class Event(NamedTuple):
    """A channel message of `track`; a program change has no `data2`: there 0 stands."""

    second: Seconds
    track: str
    status: int
    data1: int
    data2: int


class Held(NamedTuple):
    """What the player did was lost for a while: these keys and these channels' pedals are down."""

    second: Seconds
    keys: list[tuple[Channel, Pitch]]
    pedals: list[Channel]


class Over(NamedTuple):
    """Nothing of these tracks sounds any more."""

    second: Seconds
    tracks: tuple[str, ...] = (PLAYER, PARTNER)


Row = Began | Line | Event | Held | Over
_KINDS: Final[dict[str, Any]] = {kind.__name__: kind for kind in (Began, Line, Event, Held, Over)}


def written(row: Row) -> str:
    """The line of a row, with its end."""
    return json.dumps([type(row).__name__, *row], separators=(",", ":")) + "\n"


def read(text: str) -> list[Row]:
    """The rows up to the first that is broken; what follows the last line end was cut off.

    Raises ValueError where one is whole and says what no jam can.
    """
    rows: list[Row] = []
    for line in text.split("\n")[:-1]:
        try:
            kind, *fields = json.loads(line)
            row = _KINDS[kind](*fields)
        except (ValueError, KeyError, TypeError, RecursionError):
            break
        rows.append(_checked(row))
    return rows


def _checked(row: Any) -> Row:
    for name, value in zip(row._fields, row, strict=True):
        if not _fits(name, value):
            raise ValueError(f"{type(row).__name__}.{name} is {value!r:.40}")
    checked: Row = row
    return checked


def _fits(name: str, value: Any) -> bool:
    try:
        return _FITS[name](value)
    except ValueError:
        return False


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) < _FAR  # which nan is not


def _is_tempo(value: Any) -> bool:
    return _is_number(value) and value > _SLOW


def _is_meter(value: Any) -> bool:
    return isinstance(value, str) and bool(Meter.parse(value))


def _is_moment(value: Any) -> bool:
    return isinstance(value, str) and bool(datetime.fromisoformat(value))


def _one_of(known: Collection[object]) -> Callable[[Any], bool]:
    return lambda value: type(value) in (int, str) and value in known


def _some_of(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda values: isinstance(values, list | tuple) and all(map(fits, values))


def _is_key(value: Any) -> bool:
    match value:
        case [channel, pitch]:
            return _one_of(CHANNELS)(channel) and _one_of(PITCHES)(pitch)
    return False


_FAR: Final = 1e9  # seconds or beats: no machine has been on for so long
_SLOW: Final = 1e-3  # bpm
# What each field may say, whatever row it stands in.
_FITS: Final[Mapping[str, Callable[[Any], bool]]] = {
    **dict.fromkeys(("second", "beat", "bar_line"), _is_number),
    "bpm": _is_tempo,
    "grid": lambda value: type(value) is int,
    "meter": _is_meter,
    "when": _is_moment,
    "name": lambda value: isinstance(value, str),
    "track": _one_of((PLAYER, PARTNER)),
    "tracks": _some_of(_one_of((PLAYER, PARTNER))),
    "status": _one_of(DATA_BYTES),
    **dict.fromkeys(("data1", "data2"), _one_of(range(0x80))),
    "keys": _some_of(_is_key),
    "pedals": _some_of(_one_of(CHANNELS)),
}
