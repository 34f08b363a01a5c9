"""What happens between input and output within one cycle: thru, the cut, and what sounds.

Runs in the driver's thread on JACK, so it waits for nothing, logs nothing and computes nothing:
orders come and reports go through two deques, which are safe between threads. Every second is
handed in, and is the one at which what goes out then is to sound.

1. A note-on heard while an answer is on that input cuts ends that answer: its note-offs and its
   pedal's lift go out before the note-on is passed on. What answers are is for `answers` to know.
2. Our own echo is not playing.
3. What is mapped to a control is told to the mind as moved, and is neither playing nor passed on;
   where a port is for controls alone, everything is told so. Each port is heard as its roles say.
   What comes on the channel of chords is heard, but neither ends an answer nor is passed on.
4. A clock from outside moves the transport. When it jumps or stops, all answers end.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cache
from itertools import chain
from typing import Any, Final, NamedTuple

from improvd.core.note import ALL_NOTES_OFF, ALL_SOUND_OFF, SUSTAIN
from improvd.core.source import Source
from improvd.core.tempo import Tempo
from improvd.core.units import PITCHES, Channel, Pitch, Seconds
from improvd.play import messages
from improvd.play.answers import Answers, Key
from improvd.play.clock import Clock
from improvd.play.clocks import Clocks
from improvd.play.grip import Grip
from improvd.play.orders import Close, Closed, Deserted, Follow, Hand, LetGo, Order, Report
from improvd.play.outlet import Outlet
from improvd.play.pedals import Pedals
from improvd.play.thru import Thru
from improvd.play.transport import Transport
from improvd.ports import wire
from improvd.ports.base import EVERYTHING, Incoming, Keep, Role, Timed

_TOLD: Final = (wire.NOTE_ON, wire.NOTE_OFF, wire.CONTROL, wire.PROGRAM)  # what the mind hears of

_ANY: Final = Pitch(PITCHES[0])


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
        chords: Channel | None = None,
        controls: Collection[Source] = (),
        hears: Role = EVERYTHING,
    ) -> None:
        """`split`: notes below it cut no answer, and none on the channel of `chords` does.

        `hears`: the roles of the port for playing.
        """
        self.reports = deque[Report]()
        self.shared_keys = 0  # keys that thru and an answer held at once on one channel
        self._outlet = Outlet()
        self.echo = self._outlet.echo
        self._transport = transport
        self._channels = channels  # that are listened to
        self._controls = self._heads(controls)  # how messages of what is mapped begin
        self._hears = hears
        pedals, report = Pedals(self._outlet.send), self.reports.append
        self._thru = Thru(self._outlet.send, pedals, on=thru)
        self._answers = Answers(self._outlet, pedals, transport, report, late=late, muted=muted)
        self._split = split
        self._chords = chords
        self._grip = Grip()  # of who plays
        self._parsers: dict[Role, wire.Parser] = defaultdict(wire.Parser)  # one a port
        self._closed = False
        self._lag = lags.playing
        self.clocks = Clocks(transport, send=send_clock, lag=lags.clock)
        self._orders = deque[Order]()
        self._looping = False

    def tell(self, order: Order) -> None:
        """To be obeyed in the next cycle; for another thread."""
        self._orders.append(order)

    def cycle(self, heard: Iterable[Incoming], start: Seconds, end: Seconds) -> Sequence[Timed]:
        """One cycle, from second `start` to `end`: what goes out, by second."""
        self._outlet.begin(start)
        self._follow(*self.clocks.at(start))
        while self._orders:
            order = self._orders.popleft()
            _OBEY[type(order)](self, order)
        for second, data, roles in heard:
            for message in self._parsers[roles].feed(data):
                self._take(second, message, roles)
        self._play_until(end)
        out = self._outlet.sent
        if self.clocks.sends:
            out += self.clocks.send(start, end)
            out.sort(key=lambda timed: timed[0])
        return out

    def keep(self) -> Keep:
        """Whose intervals are to be kept? A slip of the length of a pulse looks like a lost one."""
        if self._answers:
            return Keep.MUSIC
        return Keep.CLOCK if self._transport.hold or self.clocks.sends else Keep.NOTHING

    def rests(self) -> bool:
        """May a cycle in which nothing is heard be left out? It would change nothing."""
        return not self._orders and self.keep() is Keep.NOTHING

    # --- orders

    def _begin(self, order: messages.Begin) -> None:
        self._answers.begin(order.answer, cut_by_input=order.cut_by_input)
        if not order.free and order.grid != self._transport.grid:
            self._answers.cut(order.answer)  # the clock jumped while it was on its way

    def _hand(self, order: Hand) -> None:
        self._answers.hand(order.outgoing)

    def _stop(self, order: messages.Stop) -> None:
        self._answers.cut(order.answer)

    def _set_thru(self, order: messages.SetThru) -> None:
        self._thru.set(on=order.on)
        self._looping = False

    def _set_controls(self, order: messages.SetControls) -> None:
        self._controls = self._heads(order.controls)
        for message in self._thru.owed():  # what ends a note is no longer passed on from there
            if Role.CONTROLS in self._hears and self._is_control(message, self._hears):
                self._thru.hear(message)

    def _mute(self, order: messages.Mute) -> None:
        self._answers.mute(on=order.on)

    def _send_control(self, order: messages.SendControl) -> None:
        self._outlet.send(wire.control(*order))

    def _restore(self, order: messages.Restore) -> None:
        for channel, pitch in order.sounding:
            self._outlet.send(wire.note_off(channel, pitch))
        for channel in order.pedals:
            self._outlet.send(wire.control(channel, SUSTAIN, 0))
        self.reports.append(messages.Restored())

    def _resume(self, order: messages.Resume) -> None:
        self.clocks.resume(Tempo(order.bpm, order.second, order.beat))

    def _panic(self, _: messages.Panic) -> None:
        self._silence()
        self._outlet.silence()

    def _follow_clock(self, order: Follow) -> None:
        self._follow(order.clock)

    def _let_go(self, _: LetGo) -> None:
        """What was begun and not finished of a message is forgotten, too."""
        self._parsers.pop(self._hears, None)
        for message in self._grip.owed():
            self._hear(self._outlet.now, message)

    def _desert(self, _: Deserted) -> None:
        self._answers.cut_all()

    def _close(self, _: Close) -> None:
        self._silence()
        self._outlet.sent += self.clocks.stop(self._outlet.now)
        self._closed = True
        self.reports.append(Closed())

    # --- input

    def _heads(self, controls: Iterable[Source]) -> frozenset[bytes]:
        heads = (wire.heads(each, self._channels) for each in controls)
        return frozenset(chain.from_iterable(heads))

    def _take(self, second: Seconds, message: bytes, roles: Role) -> None:
        """What it is, is for the first role of its port that has a use for it."""
        for is_meant, take in () if self._closed else _takes(roles):
            if is_meant(self, message, roles):
                self._play_until(second)
                self._outlet.advance(second)
                take(self, second, message)
                return

    def _is_clock(self, message: bytes, _: Role) -> bool:
        return wire.is_clock(message)

    def _is_control(self, message: bytes, roles: Role) -> bool:
        """Beside playing one that names no channel comes on those that are listened to."""
        if Role.PLAYS in roles:
            return message[:2] in self._controls
        return message[0] & 0xF0 in _TOLD

    def _is_playing(self, message: bytes, _: Role) -> bool:
        if wire.is_clock(message):
            return False
        return (channel := wire.channel_of(message)) in self._channels or channel == self._chords

    def _tick(self, second: Seconds, message: bytes) -> None:
        self._follow(self.clocks.hear(second, message))

    def _move(self, second: Seconds, message: bytes) -> None:
        if not self._echoes(second, message):
            self.reports.append(messages.Moved([self._row(second, message)]))

    def _hear(self, second: Seconds, message: bytes) -> None:
        if self._echoes(second, message):
            return
        kind = message[0] & 0xF0
        if kind in _TOLD:  # before the cut that it causes
            row = self._row(second, message)
            self._grip.hear(*row[1:])
            self.reports.append(messages.Heard([row]))
        if wire.channel_of(message) == self._chords:
            return  # they are told, and that is all
        self._cut_by(kind, message[1])
        if kind == wire.NOTE_ON and self._thru.on:
            key = wire.channel_of(message), Pitch(message[1])
            self.shared_keys += key in self._answers.sounding
        self._thru.hear(message)

    def _row(self, second: Seconds, message: bytes) -> tuple[Seconds, int, int, int]:
        data1, data2 = (*message[1:], 0)[:2]
        return Seconds(second - self._lag), message[0], data1, data2

    def _cut_by(self, kind: int, number: int) -> None:
        if kind == wire.NOTE_ON and number >= self._split:
            self._answers.cut_all(by_input=True)
        elif kind == wire.CONTROL and number in (ALL_SOUND_OFF, ALL_NOTES_OFF):
            self._answers.cut_all()

    def _echoes(self, second: Seconds, message: bytes) -> bool:
        """Is this our own? So much of it that the output must be led back is reported."""
        echoes = self.echo.is_echo(second, message)
        if echoes and not self._looping and self.echo.looped(second):
            self.reports.append(messages.Looped(self._thru.on))
            self._set_thru(messages.SetThru(on=False))
            self._looping = True
        return echoes

    def _follow(self, *heard: Clock) -> None:
        transport, now = self._transport, self._outlet.now
        for clock in heard:
            if transport.knows(clock):
                continue
            chosen = transport.choose(clock)
            if transport.jumps(chosen, now):
                self._answers.cut_all()
            transport.follow(chosen, now)
            if news := transport.news(now):
                self.reports.append(news)

    # --- output

    def _play_until(self, end: Seconds) -> None:
        self._answers.play_until(end, self._count_shared)

    def _count_shared(self, key: Key) -> None:
        self.shared_keys += key in self._thru.keys

    def _silence(self) -> None:
        self._answers.cut_all()
        self._thru.release()


# What may come, the roles that it is for, and what is done with it; the first that fits.
_TAKES: Final[tuple[tuple[Role, Callable[..., bool], Callable[..., None]], ...]] = (
    (Role.CLOCK, Stage._is_clock, Stage._tick),  # noqa: SLF001 - its own methods, here as below
    (Role.CONTROLS, Stage._is_control, Stage._move),  # noqa: SLF001
    (Role.PLAYS, Stage._is_playing, Stage._hear),  # noqa: SLF001
)
_Takes = tuple[tuple[Callable[..., bool], Callable[..., None]], ...]


@cache
def _takes(roles: Role) -> _Takes:
    return tuple((is_meant, take) for role, is_meant, take in _TAKES if role in roles)


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
    LetGo: Stage._let_go,  # noqa: SLF001
    Deserted: Stage._desert,  # noqa: SLF001
    Close: Stage._close,  # noqa: SLF001
}
