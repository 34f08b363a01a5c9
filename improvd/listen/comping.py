"""The chords of a hand that comps, as its keys go down and come up. Knows no phrase and no beat."""

from __future__ import annotations

from collections.abc import Iterable

from improvd.core.chord import Chord
from improvd.core.note import ALL_NOTES_OFF, ALL_SOUND_OFF, Control, Event, NoteOff, NoteOn
from improvd.core.units import Channel, Pitch
from improvd.listen.chords import recognise


class Comping:
    """`chord` is the last one that was recognised among the keys that are down, None before."""

    def __init__(self) -> None:
        self.chord: Chord | None = None
        self._keys: set[tuple[Channel, Pitch]] = set()
        self._new = False  # has a key gone down since that one was recognised?

    def hear(self, event: Event) -> bool:
        """A key moves. True: another chord sounds.

        Letting go of a chord makes no other one of what is left of it: some key has to be new.
        """
        match event:
            case NoteOn(_, channel, pitch):
                self._keys.add((channel, pitch))
                self._new = True
            case NoteOff(_, channel, pitch):
                self._keys.discard((channel, pitch))
            case Control(_, channel, number) if number in (ALL_SOUND_OFF, ALL_NOTES_OFF):
                self._keys = {key for key in self._keys if key[0] != channel}
        return self._recognise()

    def resync(self, keys: Iterable[tuple[Channel, Pitch]]) -> bool:
        """Reports were lost: only these are down now."""
        before, self._keys = self._keys, set(keys)
        self._new = self._new or not self._keys <= before
        return self._recognise()

    def _recognise(self) -> bool:
        found = recognise(pitch for _, pitch in self._keys) if self._new else None
        if found is None:
            return False
        self._new = False
        before, self.chord = self.chord, found
        return found != before
