"""What happens between input and output within one cycle: thru, the cut, and what sounds.

Runs in the driver's thread on JACK, so it waits for nothing, logs nothing and computes nothing:
orders come and reports go through two deques, which are safe between threads. Every second is
handed in, and is the one at which what goes out then is to sound.

1. A note-on heard while an answer is on that input cuts ends that answer: its note-offs and its
   pedal's lift go out before the note-on is passed on, what was handed over is dropped, and so is
   what still comes.
2. An answer's note that is more than `late` late is dropped with its off, never bunched; so is a
   press of its pedal.
3. Our own echo is not playing.
4. What is mapped to a control is told to the mind as moved, and is neither playing nor passed on;
   where a port is for controls alone, everything is told so. Each port is heard as its roles say.
5. A clock from outside moves the transport. When it jumps or stops, all answers end.
6. Whatever was begun can be ended at any moment: answers, keys and pedals passed on. An answer that
   is muted goes on in silence.
"""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, Final, NamedTuple

from improvd.core.note import ALL_NOTES_OFF, ALL_SOUND_OFF, PEDAL_DOWN, SUSTAIN
from improvd.core.source import Source
from improvd.core.tempo import Tempo
from improvd.core.units import PITCHES, Channel, Pitch, Seconds
from improvd.play import messages
from improvd.play.clock import Clock
from improvd.play.clocks import Clocks
from improvd.play.echo import EchoWindow
from improvd.play.orders import Close, Closed, Follow, Hand, Order, Report
from improvd.play.pedals import Pedals
from improvd.play.schedule import Outgoing
from improvd.play.thru import Thru
from improvd.play.transport import Transport
from improvd.ports import wire
from improvd.ports.base import EVERYTHING, Incoming, Keep, Role, Timed

_TOLD: Final = (wire.NOTE_ON, wire.NOTE_OFF, wire.CONTROL, wire.PROGRAM)  # what the mind hears of

_PHRASE: Final = Seconds(8.0)  # of silence, or of held keys: no phrase goes on over more

_ANY: Final = Pitch(PITCHES[0])

Key = tuple[Channel, Pitch]


class Press(NamedTuple):
    """The pedal that an answer holds down."""

    answer: int
    channel: Channel


class Lags(NamedTuple):
    """How long before the stage's second what is heard was played; the same of a clock's pulse."""

    playing: Seconds = Seconds(0.0)
    clock: Seconds = Seconds(0.0)


ON_TIME: Final = Lags()


class Stage:
    """Between the ports. Reports carry one event each; whoever drains them may gather them."""

    def __init__(
        self,
        transport: Transport,
        channels: Collection[Channel],
        *,
        thru: bool,
        late: Seconds,
        muted: bool = False,
        send_clock: bool = False,
        lags: Lags = ON_TIME,
        split: Pitch = _ANY,
        controls: Collection[Source] = (),
        hears: Role = EVERYTHING,
    ) -> None:
        """`split`: notes below it cut no answer. `hears`: the roles of the port for playing."""
        self.reports = deque[Report]()
        self.shared_keys = 0  # keys that thru and an answer held at once on one channel
        self.echo = EchoWindow()
        self._transport = transport
        self._channels = channels  # that are listened to
        self._controls = frozenset(controls)
        self._hears = hears
        self._pedals = Pedals(self._send)
        self._thru = Thru(self._send, self._pedals, on=thru)
        self._muted = muted
        self._late = late
        self._split = split
        self._parsers: dict[Role, wire.Parser] = defaultdict(wire.Parser)  # one a port
        self._takes = _TAKES
        self._lag = lags.playing
        self.clocks = Clocks(transport, send=send_clock, lag=lags.clock)
        self._orders = deque[Order]()
        self._on: dict[int, bool] = {}  # the answers that are on: does input cut them?
        self._pending: list[Outgoing] = []  # by second
        self._sounding: dict[Key, Outgoing] = {}  # the note-ons of answers that still sound
        self._audible: set[Key] = set()  # those of them that were not muted
        self._pressed: set[Press] = set()  # the pedals that answers hold, muted or not
        self._used: set[Channel] = set()
        self._now = Seconds(0.0)
        self._played = Seconds(-math.inf)  # when something was heard last
        self._out: list[Timed] = []
        self._looping = False

    def tell(self, order: Order) -> None:
        """To be obeyed in the next cycle; for another thread."""
        self._orders.append(order)

    def cycle(self, heard: Iterable[Incoming], start: Seconds, end: Seconds) -> Sequence[Timed]:
        """One cycle, from second `start` to `end`: what goes out, by second."""
        self._now, self._out = start, []
        self._follow(*self.clocks.at(start))
        while self._orders:
            order = self._orders.popleft()
            _OBEY[type(order)](self, order)
        for second, data, roles in heard:
            for message in self._parsers[roles].feed(data):
                self._take(second, message, roles)
        self._play_until(end)
        if self.clocks.sends:
            self._out += self.clocks.send(start, end)
            self._out.sort(key=lambda timed: timed[0])
        return self._out

    def keep(self) -> Keep:
        """Whose intervals are to be kept? A slip of the length of a pulse looks like a lost one."""
        if self._on or self._now - self._played < _PHRASE:
            return Keep.MUSIC
        return Keep.CLOCK if self._transport.hold or self.clocks.sends else Keep.NOTHING

    def rests(self) -> bool:
        """May a cycle in which nothing is heard be left out? It would change nothing."""
        return not self._orders and self.keep() is Keep.NOTHING

    # --- orders

    def _begin(self, order: messages.Begin) -> None:
        self._on[order.answer] = order.cut_by_input
        if not order.free and order.grid != self._transport.grid:
            self._cut(order.answer)  # the clock jumped while it was on its way

    def _hand(self, order: Hand) -> None:
        self._pending += (each for each in order.outgoing if each.answer in self._on)
        self._pending.sort(key=lambda each: each.second)

    def _stop(self, order: messages.Stop) -> None:
        self._cut(order.answer)

    def _set_thru(self, order: messages.SetThru) -> None:
        self._thru.set(on=order.on)
        self._looping = False

    def _set_controls(self, order: messages.SetControls) -> None:
        self._controls = frozenset(order.controls)
        for message in self._thru.owed():  # what ends a note is no longer passed on from there
            if Role.CONTROLS in self._hears and self._is_control(message, self._hears):
                self._thru.hear(message)

    def _mute(self, order: messages.Mute) -> None:
        self._muted = order.on
        if order.on:
            for key in sorted(self._audible):
                self._send(wire.note_off(*key))
            self._audible.clear()
            for press in sorted(self._pressed):
                self._pedals.let_go(*press)

    def _send_control(self, order: messages.SendControl) -> None:
        self._send(wire.control(*order))

    def _restore(self, order: messages.Restore) -> None:
        for channel, pitch in order.sounding:
            self._send(wire.note_off(channel, pitch))
        for channel in order.pedals:
            self._send(wire.control(channel, SUSTAIN, 0))

    def _resume(self, order: messages.Resume) -> None:
        self.clocks.resume(Tempo(order.bpm, order.second, order.beat))

    def _panic(self, _: messages.Panic) -> None:
        self._silence()
        for channel in sorted(self._used):
            for number in (SUSTAIN, ALL_NOTES_OFF, ALL_SOUND_OFF):
                self._send(wire.control(channel, number, 0))

    def _follow_clock(self, order: Follow) -> None:
        self._follow(order.clock)

    def _close(self, _: Close) -> None:
        self._silence()
        self._out += self.clocks.stop(self._now)
        self._takes = ()
        self.reports.append(Closed())

    # --- input

    def _take(self, second: Seconds, message: bytes, roles: Role) -> None:
        """What it is, is for the first role of its port that has a use for it."""
        for role, is_meant, take in self._takes:
            if role in roles and is_meant(self, message, roles):
                self._advance(second)
                take(self, second, message)
                return

    def _is_clock(self, message: bytes, _: Role) -> bool:
        return wire.is_clock(message)

    def _is_control(self, message: bytes, roles: Role) -> bool:
        """Beside playing one that names no channel comes on those that are listened to."""
        if message[0] & 0xF0 not in _TOLD:
            return False
        if Role.PLAYS not in roles:
            return True
        source = Source.of(wire.event(self._now, *message))
        anywhere = source.channel in self._channels and source._replace(channel=None)
        return source in self._controls or anywhere in self._controls

    def _is_playing(self, message: bytes, _: Role) -> bool:
        return not wire.is_clock(message) and wire.channel_of(message) in self._channels

    def _tick(self, second: Seconds, message: bytes) -> None:
        self._follow(self.clocks.hear(second, message))

    def _move(self, second: Seconds, message: bytes) -> None:
        if not self._echoes(second, message):
            self.reports.append(messages.Moved([self._row(second, message)]))

    def _hear(self, second: Seconds, message: bytes) -> None:
        if self._echoes(second, message):
            return
        self._played = second
        kind = message[0] & 0xF0
        if kind in _TOLD:  # before the cut that it causes
            self.reports.append(messages.Heard([self._row(second, message)]))
            self._cut_by(kind, message[1])
        if kind == wire.NOTE_ON and self._thru.on:
            key = wire.channel_of(message), Pitch(message[1])
            self.shared_keys += key in self._sounding
        self._thru.hear(message)

    def _row(self, second: Seconds, message: bytes) -> tuple[Seconds, int, int, int]:
        data1, data2 = (*message[1:], 0)[:2]
        return Seconds(second - self._lag), message[0], data1, data2

    def _cut_by(self, kind: int, number: int) -> None:
        if kind == wire.NOTE_ON and number >= self._split:
            self._cut_all(lambda cut_by_input: cut_by_input)
        elif kind == wire.CONTROL and number in (ALL_SOUND_OFF, ALL_NOTES_OFF):
            self._cut_all(lambda _: True)

    def _echoes(self, second: Seconds, message: bytes) -> bool:
        """Is this our own? So much of it that the output must be led back is reported."""
        echoes = self.echo.is_echo(second, message)
        if echoes and not self._looping and self.echo.looped(second):
            self.reports.append(messages.Looped(self._thru.on))
            self._set_thru(messages.SetThru(on=False))
            self._looping = True
        return echoes

    def _follow(self, *heard: Clock) -> None:
        transport = self._transport
        for clock in heard:
            if transport.knows(clock):
                continue
            chosen = transport.choose(clock)
            if transport.jumps(chosen, self._now):
                self._cut_all(lambda _: True)
            transport.follow(chosen, self._now)
            if news := transport.news(self._now):
                self.reports.append(news)

    # --- output

    def _advance(self, second: Seconds) -> None:
        self._play_until(second)
        self._now = max(self._now, second)

    def _play_until(self, end: Seconds) -> None:
        while self._pending and self._pending[0].second <= end:
            message = self._pending.pop(0)
            self._now = max(self._now, message.second)
            self._play(message)

    def _play(self, message: Outgoing) -> None:
        if not message.data:
            self._lift(message.answer)
            del self._on[message.answer]
            self.reports.append(messages.Ended(message.answer, self._now))
            return
        key = (wire.channel_of(message.data), Pitch(message.data[1]))
        sounding = self._sounding.get(key)
        kind = message.data[0] & 0xF0
        if kind == wire.CONTROL:
            self._move_pedal(message)
        elif kind == wire.NOTE_OFF:
            if sounding and sounding.note == message.note:
                self._release(key, message.second)
        elif self._now - message.second > self._late:
            self.reports.append(messages.Dropped(message.answer, 1))
        else:
            if sounding:
                self._release(key, message.second)
            self.shared_keys += key in self._thru.keys
            self._sounding[key] = message
            if not self._muted:
                self._audible.add(key)
            self._send_answer(key, message)

    def _move_pedal(self, message: Outgoing) -> None:
        press = Press(message.answer, wire.channel_of(message.data))
        down = message.data[2] >= PEDAL_DOWN
        if down == (press in self._pressed):
            return
        if not down:
            self._pressed.discard(press)
            self._pedals.let_go(*press)
        elif self._now - message.second > self._late:
            self.reports.append(messages.Dropped(message.answer, 1))
            return
        else:
            self._pressed.add(press)
            if not self._muted:
                self._pedals.hold(*press)
        self._tell(message)

    def _lift(self, answer: int) -> None:
        """It lets go of all pedals, as after its notes nothing of it may ring on."""
        for press in sorted(press for press in self._pressed if press.answer == answer):
            up = wire.control(press.channel, SUSTAIN, 0)
            self._move_pedal(Outgoing(self._now, answer, -1, up))

    def _release(self, key: Key, planned: Seconds) -> None:
        ended = self._sounding.pop(key)._replace(second=planned, data=wire.note_off(*key))
        self._send_answer(key, ended)
        self._audible.discard(key)

    def _cut_all(self, which: Callable[[bool], bool]) -> None:
        for answer in [answer for answer, by_input in self._on.items() if which(by_input)]:
            self._cut(answer)

    def _cut(self, answer: int) -> None:
        if self._on.pop(answer, None) is None:
            return
        self._pending = [each for each in self._pending if each.answer != answer]
        for key in [key for key, on in self._sounding.items() if on.answer == answer]:
            self._release(key, self._now)
        self._lift(answer)
        beat = self._transport.tempo.beat_at(self._now)
        self.reports.append(messages.Cut(answer, self._now, beat))

    def _silence(self) -> None:
        self._cut_all(lambda _: True)
        self._thru.release()

    def _send_answer(self, key: Key, message: Outgoing) -> None:
        """Muted or not, it counts as played: the turns go on as they would."""
        if key in self._audible:
            self._send(message.data)
        self._tell(message)

    def _tell(self, message: Outgoing) -> None:
        row: Any = (message.answer, message.second, self._now, *message.data)
        self.reports.append(messages.Sent([row]))

    def _send(self, data: bytes) -> None:
        self._used.add(wire.channel_of(data))
        self.echo.sent(self._now, data)
        self._out.append((self._now, data))


# What may come, the roles that it is for, and what is done with it; the first that fits.
_TAKES: Final[tuple[tuple[Role, Callable[..., bool], Callable[..., None]], ...]] = (
    (Role.CLOCK, Stage._is_clock, Stage._tick),  # noqa: SLF001 - its own methods, here as below
    (Role.CONTROLS, Stage._is_control, Stage._move),  # noqa: SLF001
    (Role.PLAYS, Stage._is_playing, Stage._hear),  # noqa: SLF001
)
_OBEY: Final[dict[type, Callable[[Stage, Any], None]]] = {
    messages.Begin: Stage._begin,  # noqa: SLF001 - the table of its own methods, here as below
    messages.Stop: Stage._stop,  # noqa: SLF001
    messages.SetThru: Stage._set_thru,  # noqa: SLF001
    messages.SetControls: Stage._set_controls,  # noqa: SLF001
    messages.Mute: Stage._mute,  # noqa: SLF001
    messages.SendControl: Stage._send_control,  # noqa: SLF001
    messages.Restore: Stage._restore,  # noqa: SLF001
    messages.Resume: Stage._resume,  # noqa: SLF001
    messages.Panic: Stage._panic,  # noqa: SLF001
    Hand: Stage._hand,  # noqa: SLF001
    Follow: Stage._follow_clock,  # noqa: SLF001
    Close: Stage._close,  # noqa: SLF001
}
