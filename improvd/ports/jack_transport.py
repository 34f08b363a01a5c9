"""JACK's transport as it is in this cycle. Runs in JACK's realtime thread, and only reads.

jack/transport.h and the description of jack_position_t: the position is that of the cycle's first
frame; bar, beat and tick are of a frame `bbt_offset` frames before it, where that is given.
PipeWire (pipewire-jack.c: cycle_signal, position_to_jack) asks the timebase master at the end of a
cycle about that cycle, and tells the others in the next one: bar, beat and tick are one cycle old.
"""

from __future__ import annotations

from typing import Any, Final

from improvd.core.units import Beats, Bpm, Seconds
from improvd.ports.base import Bar, Place

_STOPPED: Final = 0  # all other states roll, or are about to at this place
_BBT: Final = 0x10  # in `valid`: bar, beat, tick and tempo
_BBT_OFFSET: Final = 0x40


class JackTransport:
    """Of one client. `behind`: bars are told a cycle late, and each is put where it was."""

    def __init__(self, client: Any, *, behind: bool) -> None:
        self._client, self._behind = client, behind
        self._last: Place | None = None  # of the cycle before, while it rolls

    def read(self, second: Seconds) -> Place | None:
        """Where it is at `second`, the cycle's start; None: it is being changed just now."""
        state, position = self._client.transport_query_struct()
        if position.unique_1 != position.unique_2:
            return None
        if state == _STOPPED:
            self._last = None
            return Place(second, rolls=False)
        seconds = Seconds(position.frame / max(1, position.frame_rate))
        here = Place(second, rolls=True, seconds=seconds)
        told_of = self._last if self._behind else here
        self._last = here
        bar = _bar(position)
        return told_of._replace(bar=bar) if bar and told_of else here


def _bar(position: Any) -> Bar | None:
    if not position.valid & _BBT or min(position.ticks_per_beat, position.beats_per_minute) <= 0:
        return None
    unit = 4 / position.beat_type if position.beat_type > 0 else 1.0  # quarter notes a beat of it
    bpm = Bpm(position.beats_per_minute)
    beat = (position.beat - 1 + position.tick / position.ticks_per_beat) * unit
    if position.valid & _BBT_OFFSET:
        beat += position.bbt_offset / max(1, position.frame_rate) * bpm / 60
    return Bar(
        number=position.bar,
        beat=Beats(beat),
        tick=Beats(unit / position.ticks_per_beat),
        bpm=bpm,
        unit=Beats(unit),
        meter=f"{position.beats_per_bar:.0f}/{position.beat_type:.0f}",
    )
