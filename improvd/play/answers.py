"""The answers that are on: what of them is still to come, what of them sounds, and how they end.

1. A note that is more than `late` late is dropped with its off, never bunched; so is a press of the
   pedal.
2. Whatever was begun can be ended at any moment: a cut ends the notes and lifts the pedal, and
   drops what was handed over and what still comes.
3. An answer that is muted goes on in silence.

Runs within the stage's cycle: computes nothing, waits for nothing. Knows neither input nor clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from improvd.core.note import PEDAL_DOWN, SUSTAIN
from improvd.core.units import Channel, Pitch, Seconds
from improvd.play import messages
from improvd.play.orders import Report
from improvd.play.outlet import Outlet
from improvd.play.pedals import Pedals, Press
from improvd.play.schedule import Outgoing
from improvd.play.transport import Transport
from improvd.ports import wire

Key = tuple[Channel, Pitch]


class Answers:
    """Each has a number; what the mind is to know of them goes to `report`."""

    def __init__(
        self,
        outlet: Outlet,
        pedals: Pedals,
        transport: Transport,
        report: Callable[[Report], None],
        *,
        late: Seconds,
        muted: bool,
    ) -> None:
        self.sounding: dict[Key, Outgoing] = {}  # the note-ons that still sound, heard or muted
        self._outlet = outlet
        self._pedals = pedals
        self._transport = transport
        self._report = report
        self._late = late
        self._muted = muted
        self._on: dict[int, bool] = {}  # the answers that are on: does input cut them?
        self._pending: list[Outgoing] = []  # by second
        self._audible: set[Key] = set()  # of what sounds, what is not muted

    def __bool__(self) -> bool:
        """Is any on?"""
        return bool(self._on)

    def begin(self, answer: int, *, cut_by_input: bool) -> None:
        """This one is on."""
        self._on[answer] = cut_by_input

    def hand(self, outgoing: Iterable[Outgoing]) -> None:
        """These are due soon; those of an answer that is not on are dropped."""
        self._pending += (each for each in outgoing if each.answer in self._on)
        self._pending.sort(key=lambda each: each.second)

    def mute(self, *, on: bool) -> None:
        """Let them go on in silence, or be heard again from their next notes on."""
        self._muted = on
        if on:
            for key in sorted(self._audible):
                self._outlet.send(wire.note_off(*key))
            self._audible.clear()
            self._pedals.mute()

    def cut(self, answer: int) -> None:
        """This one ends here, if it is on."""
        if self._on.pop(answer, None) is None:
            return
        self._pending = [each for each in self._pending if each.answer != answer]
        for key in [key for key, on in self.sounding.items() if on.answer == answer]:
            self._release(key, self._outlet.now)
        self._lift(answer)
        now = self._outlet.now
        self._report(messages.Cut(answer, now, self._transport.tempo.beat_at(now)))

    def cut_all(self, *, by_input: bool = False) -> None:
        """All of them, or those that input cuts."""
        for answer in [answer for answer, cut in self._on.items() if cut or not by_input]:
            self.cut(answer)

    def play_until(self, end: Seconds, also_held: Callable[[Key], object]) -> None:
        """What is due by then; `also_held` is told of each key that begins."""
        while self._pending and self._pending[0].second <= end:
            message = self._pending.pop(0)
            self._outlet.advance(message.second)
            self._play(message, also_held)

    def _play(self, message: Outgoing, also_held: Callable[[Key], object]) -> None:
        if not message.data:
            self._lift(message.answer)
            del self._on[message.answer]
            self._report(messages.Ended(message.answer, self._outlet.now))
        elif message.data[0] & 0xF0 == wire.CONTROL:
            self._move_pedal(message)
        elif message.data[0] & 0xF0 == wire.NOTE_OFF:
            self._end(message)
        elif not self._is_late(message):
            self._strike(message)
            also_held(_key(message))

    def _strike(self, message: Outgoing) -> None:
        key = _key(message)
        if key in self.sounding:
            self._release(key, message.second)
        self.sounding[key] = message
        if not self._muted:
            self._audible.add(key)
        self._send(key, message)

    def _end(self, message: Outgoing) -> None:
        """The note, if it still sounds: another may have the key by now."""
        sounding = self.sounding.get(key := _key(message))
        if sounding and sounding.note == message.note:
            self._release(key, message.second)

    def _is_late(self, message: Outgoing) -> bool:
        if late := self._outlet.now - message.second > self._late:
            self._report(messages.Dropped(message.answer, 1))
        return late

    def _move_pedal(self, message: Outgoing) -> None:
        press = Press(message.answer, wire.channel_of(message.data))
        down = message.data[2] >= PEDAL_DOWN
        if down == (press in self._pedals.pressed) or (down and self._is_late(message)):
            return
        if down:
            self._pedals.press(press, audible=not self._muted)
        else:
            self._pedals.lift(press)
        self._tell(message)

    def _lift(self, answer: int) -> None:
        """It lets go of all pedals, as after its notes nothing of it may ring on."""
        for press in sorted(each for each in self._pedals.pressed if each.answer == answer):
            up = wire.control(press.channel, SUSTAIN, 0)
            self._move_pedal(Outgoing(self._outlet.now, answer, -1, up))

    def _release(self, key: Key, planned: Seconds) -> None:
        ended = self.sounding.pop(key)._replace(second=planned, data=wire.note_off(*key))
        self._send(key, ended)
        self._audible.discard(key)

    def _send(self, key: Key, message: Outgoing) -> None:
        """Muted or not, it counts as played: the turns go on as they would."""
        if key in self._audible:
            self._outlet.send(message.data)
        self._tell(message)

    def _tell(self, message: Outgoing) -> None:
        row: Any = (message.answer, message.second, self._outlet.now, *message.data)
        self._report(messages.Sent([row]))


def _key(message: Outgoing) -> Key:
    return wire.channel_of(message.data), Pitch(message.data[1])
