"""The journal of a jam: what was played and answered, a line each, in the order in which it came.

It is only ever appended to, so one that ends anywhere can be read up to there. Knows no clock, no
thread, and nothing of MIDI files.
"""

from __future__ import annotations

import json
from typing import Any, Final, NamedTuple

from improvd.core.units import Beats, Bpm, Channel, Pitch, Seconds

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
    """The rows up to the first that is broken; what follows the last line end was cut off."""
    rows: list[Row] = []
    for line in text.split("\n")[:-1]:
        try:
            kind, *fields = json.loads(line)
            rows.append(_KINDS[kind](*fields))
        except (ValueError, KeyError, TypeError, RecursionError):
            break
    return rows
