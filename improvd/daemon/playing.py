"""What somebody plays: it belongs to the phrase, goes on beside the answer, waits, or interrupts.

Knows what is held and where each sound goes; whose turn it is, `turns` says.
"""

from __future__ import annotations

import logging
from collections import deque
from typing import Final

from improvd.core.note import Event
from improvd.core.units import Channel, Pitch, Seconds
from improvd.daemon.ear import Ear
from improvd.daemon.partner import Partner
from improvd.daemon.turns import Turns
from improvd.listen.held import Held, Sound
from improvd.listen.modes import Action

_KEPT: Final = 4096  # sounds played into an answer: more than anybody plays in 32 bars

log = logging.getLogger(__name__)


class Playing:
    """Somebody at the keyboard, whose keys and pedals are `held`."""

    def __init__(self, held: Held, turns: Turns, ear: Ear, partner: Partner) -> None:
        self._held = held
        self._turns = turns
        self._ear = ear
        self._partner = partner
        self._meanwhile = deque[Sound](maxlen=_KEPT)  # while an answer is on
        self._news = logging.WARNING

    @property
    def into_answer(self) -> bool:
        """Does something that was played wait for the end of the answer?"""
        return bool(self._meanwhile)

    def hear(self, event: Event) -> None:
        """A key or a pedal moves."""
        self._sounds(self._held.hear(event))

    def resync(
        self, keys: list[tuple[Channel, Pitch]], pedals: list[Channel], second: Seconds
    ) -> None:
        """Reports were lost: only these are down now."""
        self._sounds(self._held.resync(keys, pedals, second))

    def give_up(self, now: Seconds) -> None:
        """What has said nothing for too long is no longer held."""
        self._sounds(self._held.give_up(now))
        for what in self._held.given_up:
            log.log(self._news, "%s says nothing: it no longer holds a phrase", what)
            self._news = logging.DEBUG  # once is enough
        self._held.given_up.clear()

    def take_up(self) -> None:
        """The answer is over: what waited is heard as if it came when it did."""
        sounds = list(self._meanwhile)
        self._meanwhile.clear()
        self._sounds(sounds)

    def _sounds(self, sounds: list[Sound]) -> None:
        for sound in sounds:
            match self._turns.hears(sound):
                case Action.GATHER:
                    self._gather(sound)
                case Action.JOIN:
                    self._ear.join(sound)
                case Action.KEEP:
                    self._meanwhile.append(sound)
                case Action.INTERRUPT:
                    self._meanwhile.append(sound)
                    self._partner.do(Action.CUT, sound.second)  # its own port may have done it

    def _gather(self, sound: Sound) -> None:
        if sound.kind in ("on", "pedal"):
            self._partner.drop_opening()
        self._ear.hear(sound)
