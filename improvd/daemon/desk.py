"""The desk between the player and the duet: what hands move is for it alone.

It holds the configuration in force, tells whoever has to know of a change, and shows outside whose
turn it is. Like the duet it only computes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from improvd.config import Config
from improvd.config.change import for_voices
from improvd.config.schema import KEYS
from improvd.core.note import Event
from improvd.core.source import CC, NOTE
from improvd.core.tempo import Meter
from improvd.core.units import Seconds
from improvd.daemon.duet import Duet
from improvd.daemon.exchange import Exchange
from improvd.daemon.learn import learnt_from
from improvd.daemon.settings import Settings, mapped
from improvd.engine.library import model_files
from improvd.listen.controls import PRESET, Controls, Learner, Touch
from improvd.listen.modes import MODES, State
from improvd.listen.taps import Taps
from improvd.play.messages import (
    Heard,
    Looped,
    Message,
    Moved,
    Mute,
    Panic,
    Ready,
    SendControl,
    SetControls,
    SetThru,
)
from improvd.ports import wire

# What the state is sent as; in all other states an answer is on.
_SHOWN: Final = {State.WAITING: 0, State.LISTENING: 64}
_ANSWERING: Final = 127
_ENDS: Final = {NOTE: wire.NOTE_OFF, CC: wire.CONTROL}  # with value 0: what lets go
# The knobs of listen/controls: the keys that they move, and the type of their values.
_KEYS: Final[Mapping[str, tuple[str, str, Callable[[Any], Any]]]] = {
    "temperature": ("model", "temperature", float),
    "density": ("turns", "density", float),
    "length": ("turns", "length", int),
}

log = logging.getLogger(__name__)


class Desk:
    """Takes what the player says: of controls itself, of the rest the duet."""

    def __init__(
        self,
        config: Config,
        duet: Duet,
        exchanges: Sequence[Exchange],
        send: Callable[..., None],
        *,
        record: Callable[[Message, Meter], None] = lambda *_: None,
    ) -> None:
        """`record` hears of all that sounds, and the meter that is set."""
        self.settings = Settings(config)
        self._learner: Learner | None = None
        self._learnt_from = learnt_from(config)
        self._duet = duet
        self._exchanges = exchanges
        self._send = send
        self._record = record
        self._controls = Controls(mapped(config))
        self._taps = Taps()
        self._muted = False
        self._shown: int | None = None
        self._now = Seconds(0.0)

    def take(self, message: Message) -> None:
        """A message of the player."""
        if self._learner and isinstance(message, self._learnt_from):
            for event in message.events:
                self._learner.hear(wire.event(*event))
        match message:
            case Moved(events):
                for event in events:
                    self._moved(wire.event(*event))
            case Looped(thru=True):
                self.settings.move("midi", "thru", False)  # noqa: FBT003 - the player has done it
            case Ready():
                self._shown = None
        self._record(message, self.settings.now.tempo.meter)
        self._duet.take(message)
        self._show()

    def tick(self, now: Seconds) -> Seconds:
        """Time has passed. Returns when there is more to do."""
        self._now = now
        due = self._duet.tick(now)
        self._show()
        return due

    def player_lost(self, now: Seconds) -> None:
        """The player process died."""
        self._duet.player_lost(now)

    @property
    def turn(self) -> State:
        """Who has the turn."""
        return self._duet.state

    def chord(self, now: Seconds) -> str:
        """The symbol of the chord that is played over now, "" where none is known."""
        chord = self._duet.chord(now)
        return chord.symbol if chord else ""

    @property
    def idle(self) -> bool:
        """Does nobody play: no answer is on, and no phrase has begun?"""
        return not self._duet.answering and not self._duet.ear.phrase

    def wind_up(self) -> None:
        """An answer that would go on for ever ends with a cadence."""
        self._duet.wind_up(self._now)

    def renew(self, file: Config) -> Config:
        """Another file holds; what is in force now."""
        self._shown, self._learnt_from = None, learnt_from(file)
        before = self.settings.now
        self._apply(before, self.settings.renew(file))
        return self.settings.now

    def touch(self, touch: Touch) -> None:
        """Do what a hand asks for."""
        log.debug("%s at %.6f", touch.target, touch.second)
        if touch.target in _KEYS:
            table, key, kind = _KEYS[touch.target]
            self._move(table, key, kind(touch.value))
        else:
            _DO[touch.target](self, touch)

    def requests(self) -> dict[str, Callable[[], str]]:
        """What can be asked of it through the control socket."""
        return {
            "panic": self.panic,
            "start": self._start,
            "stop": self._stop,
            "mode": lambda: self._duet.mode,
            **{f"mode {name}": partial(self._change_mode, name) for name in MODES},
            **{f"learn {target}": partial(self._learn, target) for target in KEYS["controls"]},
            "learnt": self._learnt,
            "keep learnt": self._keep,
        }

    def _start(self, _: Touch | None = None) -> str:
        self._duet.start()
        silent = self._duet.mode == "listen"
        return "there is no answer in mode listen" if silent else "an answer is asked for"

    def _stop(self, _: Touch | None = None) -> str:
        self._duet.stop()
        return "the answer is asked to end"

    def _hand(self, _: Touch) -> None:
        (self._stop if self._duet.answering else self._start)()

    def _change_mode(self, name: str) -> str:
        self._move("turns", "mode", name)
        return name

    def _learn(self, target: str) -> str:
        self._learner = Learner(target)
        return "listening"

    def _learnt(self) -> str:
        return str(self._learner.learnt or "") if self._learner else ""

    def _keep(self) -> str:
        """What was learnt holds from now on; the key or pedal that did it may still be down."""
        if not self._learner or not (source := self._learner.learnt):
            return "nothing was learnt"
        self._move("controls", self._learner.target, source)
        ended = _ENDS.get(source.kind) if Heard in self._learnt_from else None
        if ended and source.channel:
            status = ended | source.channel - 1
            self._duet.take(Heard([(self._now, status, source.number, 0)]))
        return "kept"

    def panic(self) -> str:
        """Silence, through the player."""
        self._send(Panic())
        return "every note is off"

    # --- what hands ask for

    def _moved(self, event: Event) -> None:
        if touch := self._controls.hear(event):
            self.touch(touch)

    def _preset(self, touch: Touch) -> None:
        before = self.settings.now
        preset = before.preset[int(touch.value or 0)]
        log.info("preset %s", preset.name)
        self._apply(before, self.settings.call(preset))

    def _model(self, touch: Touch) -> None:
        names = list(model_files())
        self._move("model", "name", _chosen(names, self.settings.now.model.name, touch.value))

    def _mode(self, touch: Touch) -> None:
        name = _chosen(list(MODES), self._duet.mode, touch.value)
        log.info("mode %s", name)
        self._change_mode(name)

    def _thru(self, _: Touch) -> None:
        self._move("midi", "thru", not self.settings.now.midi.thru)

    def _mute(self, _: Touch) -> None:
        self._muted = not self._muted
        log.info("answers are %s", "muted" if self._muted else "heard again")
        mute = Mute(self._muted)
        self._send(mute)
        self._record(mute, self.settings.now.tempo.meter)

    def _panic(self, _: Touch) -> None:
        self.panic()

    def _tap(self, touch: Touch) -> None:
        if tempo := self._taps.tap(touch.second):
            log.debug("tapped: %.1f bpm", tempo.bpm)
            self._duet.tapped(tempo)

    # --- what becomes of it

    def _move(self, table: str, key: str, value: object) -> None:
        before = self.settings.now
        self._apply(before, self.settings.move(table, key, value))

    def _apply(self, before: Config, now: Config) -> None:
        if now.midi.thru != before.midi.thru:
            log.info("thru is %s", "on" if now.midi.thru else "off")
            self._send(SetThru(now.midi.thru))
        if now.controls != before.controls:
            self._controls = Controls(mapped(now))
            self._send(SetControls(list(mapped(now))))
        for exchange, was, will in zip(
            self._exchanges, for_voices(before), for_voices(now), strict=True
        ):
            exchange.configure(was, will)
        self._duet.configure(now, self._now)

    def _show(self) -> None:
        """Send the state where it has changed."""
        midi, shown = self.settings.now.midi, _SHOWN.get(self._duet.state, _ANSWERING)
        if midi.state_cc != "off" and shown != self._shown:
            self._shown = shown
            self._send(SendControl(midi.output_channel, midi.state_cc, shown))


def _chosen(names: Sequence[str], current: str, value: float | None) -> str:
    """One of several: where a knob stands, 0..1, or the next one."""
    if value is not None:
        return names[min(int(value * len(names)), len(names) - 1)]
    return names[(names.index(current) + 1) % len(names) if current in names else 0]


_DO: Final[Mapping[str, Callable[[Desk, Touch], object]]] = {
    PRESET: Desk._preset,  # noqa: SLF001 - the table of its own methods, here as below
    "mode": Desk._mode,  # noqa: SLF001
    "model": Desk._model,  # noqa: SLF001
    "hand": Desk._hand,  # noqa: SLF001
    "start": Desk._start,  # noqa: SLF001
    "stop": Desk._stop,  # noqa: SLF001
    "thru": Desk._thru,  # noqa: SLF001
    "mute": Desk._mute,  # noqa: SLF001
    "panic": Desk._panic,  # noqa: SLF001
    "tap": Desk._tap,  # noqa: SLF001
}
