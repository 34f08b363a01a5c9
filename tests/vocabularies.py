"""A small vocabulary for a configuration whose tokens are those of its music."""

from itertools import product

from improvd.core.event import Event
from improvd.models.base import family

_PITCHES = range(53, 75)
_TIMES = (0, 1, 2, 4, 6)  # ticks


def tokens_of(kind: str, configuration: str) -> tuple[str, ...]:
    """Those that suffice for a melody; none where it needs none."""
    if not family(kind).named(configuration).tokens_of:
        return ()
    return {"events": _events, "jazz": _values, "crnngan": _styles}[kind]()


def _styles() -> tuple[str, ...]:
    return ("bach", "pop")


def _events() -> tuple[str, ...]:
    """Notes over two octaves, a pedal and another instrument."""
    ons = [Event(ticks, 0x90, (pitch, 80)) for pitch in _PITCHES for ticks in _TIMES]
    offs = [
        Event(ticks, 0x80 + 0x10 * (pitch % 2), (pitch, 0))  # of both kinds
        for pitch in _PITCHES
        for ticks in _TIMES
    ]
    others = [Event(0, 0xC0, (5,)), Event(480, 0xB0, (64, 127)), Event(30, 0xB0, (64, 0))]
    return tuple(map(str, [*ons, *offs, *others]))


def _values() -> tuple[str, ...]:
    """Notes of all kinds and a rest."""
    notes = [f"{kind},{ticks}" for kind, ticks in product("CSAX", _TIMES[1:])]
    leaps = [f"{note},{leap}" for note in notes for leap in (-5, -2, -1, 0, 1, 2, 5)]
    return (*notes, *leaps, "R,2")
