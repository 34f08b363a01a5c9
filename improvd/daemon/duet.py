"""The conversation: what was heard comes in, what the player is to do goes out.

Driven from outside by `take` (a message of the player), `tick` (time has passed) and what is asked
for by hand; all of them only compute. Messages and time become something that happens: `turns` says
what is to be done about it, `partner` does it. What is played goes through `playing`.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from typing import Final

from improvd.config import Config
from improvd.core.chord import Chord
from improvd.core.note import Event, NoteOff
from improvd.core.tempo import Tempo
from improvd.core.units import Channel, Pitch, Seconds
from improvd.daemon.chords import Chords
from improvd.daemon.ear import Ear
from improvd.daemon.grid import Grids
from improvd.daemon.log import SentEvent
from improvd.daemon.partner import Partner, Told
from improvd.daemon.playing import Playing
from improvd.daemon.turns import Turns
from improvd.daemon.voice import SLICE, Source, Voice, work
from improvd.listen.held import Held
from improvd.listen.modes import Action, Happening, State
from improvd.play.messages import (
    Cut,
    Dropped,
    Ended,
    Heard,
    HeldKeys,
    Message,
    Sent,
    Transport,
)
from improvd.ports import wire

_LISTEN: Final = Seconds(0.05)  # how often time is fed while something is held
_NEVER: Final = Seconds(math.inf)

log = logging.getLogger(__name__)


class Duet:
    """One player and one partner. `send` reaches the player process; `told` hears of each turn.

    `sources` are those of the models that answer, the first one first.
    """

    def __init__(
        self,
        config: Config,
        sources: Sequence[Source],
        send: Callable[..., None],
        *,
        told: Told = lambda _: None,
    ) -> None:
        self._config = config
        self._send = send
        self._held = Held(config.turns.max_hold)
        self._grids = Grids(config.tempo)
        self.voices = [Voice(source) for source in sources]
        self.chords = Chords(config)
        self.ear = Ear(config, self.voices, self._grids, self.chords)
        self._turns = Turns(config, self.ear, self._held)
        self._partner = Partner(config, self.voices, self.ear, self._turns, send=send, told=told)
        self._playing = Playing(self._held, self._turns, self.ear, self._partner)
        self._asked: Happening | None = None  # by hand
        self._left_out = 0  # notes of the answers that are on, as they came too late

    # --- what a hand says

    @property
    def mode(self) -> str:
        """The mode that is wanted; it rules from the next turn on."""
        return self._turns.name

    def change_mode(self, name: str, now: Seconds) -> None:
        """Another of MODES from the next turn on; an answer that would go on for ever ends."""
        if name == self._turns.name:
            return
        self._turns.name = name
        if self._partner.answers is None:
            self._settle()
        else:
            self.wind_up(now)

    def wind_up(self, now: Seconds) -> None:
        """An answer that would go on for ever ends with a cadence."""
        if self._partner.answers and self._turns.endless:
            self._partner.do(Action.END, now)

    def start(self) -> None:
        """Answer what was played, or go on from what was heard last."""
        self._asked = Happening.START

    def stop(self) -> None:
        """End the answer with a cadence; asked again, at once."""
        self._asked = Happening.STOP

    @property
    def answering(self) -> bool:
        """Is an answer on, or waits for its beat?"""
        return self._partner.answers is not None

    def chord(self, now: Seconds) -> Chord | None:
        """What is played over now: while somebody plays by the beat, else what is held."""
        harmony = self.ear.harmony if self.ear.phrase or self.answering else None
        return harmony.at(self.ear.tempo.beat_at(now)) if harmony else self.chords.held

    # --- what changes while somebody plays

    @property
    def state(self) -> State:
        """Who has the turn."""
        return self._turns.state

    def configure(self, config: Config, now: Seconds) -> None:
        """This holds from now on; an answer that is on keeps to what it began with."""
        before, self._config = self._config, config
        self._held.max_hold = config.turns.max_hold
        for each in (self._grids, self.chords, self.ear, self._turns, self._partner):
            each.configure(config)
        if config.turns.mode != before.turns.mode:
            self.change_mode(config.turns.mode, now)
        if not self._partner.answers:
            self._settle()
            self._partner.drop_opening()
            self.ear.look_again()

    def tapped(self, tempo: Tempo) -> None:
        """Somebody taps this tempo: what is planned moves with it, the next phrase lies on it."""
        if order := self._grids.tap(tempo):
            self._send(order)
            self._moved(tempo.anchor_second)

    # --- what the player says

    def take(self, message: Message) -> None:
        """A message of the player."""
        match message:
            case Heard(events):
                for event in events:
                    self._hear(wire.event(*event))
            case HeldKeys(second, keys, pedals):
                self._resync(keys, pedals, second)
            case Sent(events):
                self._sent(events)
            case Cut(answer, second, _):
                self._over(answer, second, cut=True)
            case Ended(answer, second):
                self._over(answer, second, cut=False)
            case Transport():
                self._transport(message)
            case Dropped(_, dropped):
                self._left_out += dropped

    def player_lost(self, now: Seconds) -> None:
        """The player process died; what it played is over."""
        for number in self._partner.answers.numbers if self._partner.answers else ():
            self._over(number, now, cut=True)
        self._grids.forget()
        self.chords.let_go()
        self._stop_counting(now)

    def _hear(self, event: Event) -> None:
        """A key or a pedal moves: of who plays, or of who holds chords."""
        if self.chords.hear(event):
            self._partner.change_chord()
        if not self.chords.takes(event):
            self._playing.hear(event)

    def _resync(
        self, keys: list[tuple[Channel, Pitch]], pedals: list[Channel], second: Seconds
    ) -> None:
        if self.chords.resync(keys, second):
            self._partner.change_chord()
        keys = [key for key in keys if not self.chords.takes(NoteOff(second, *key))]
        self._playing.resync(keys, pedals, second)

    def _transport(self, said: Transport) -> None:
        if self._grids.take(said):
            self._moved(said.second)

    def _moved(self, now: Seconds) -> None:
        """Another grid holds; the model of an answer is left alone."""
        if not self._partner.answers:
            self._partner.drop_opening()
            self._stop_counting(now)
            self.ear.look_again()

    def _stop_counting(self, now: Seconds) -> None:
        """Another grid holds: bars that were counted on the one before are nobody's."""
        self._turns.count(None)
        if self._grids.stopped:
            self._happens(Happening.STOP, now)
        if not self.ear.phrase:
            self._happens(Happening.TOO_SHORT, now)

    def _sent(self, events: list[SentEvent]) -> None:
        if self._partner.sent(events):
            self._happens(Happening.BEGUN, events[-1][2])

    def _over(self, number: int, second: Seconds, *, cut: bool) -> None:
        """An answer has ended, or was cut; all are over with the last one.

        Cut by playing before their first note, they never were.
        """
        answers = self._partner.answers
        if not answers or not answers.over(number, second):
            return
        log.debug("answer over at %.6f", second)
        if self._left_out:
            log.warning("%d notes came too late and were left out", self._left_out)
            self._left_out = 0
        unheard = cut and self._playing.into_answer and not answers.sounded
        self._happens(Happening.UNHEARD if unheard else Happening.ANSWER_OVER, second)
        self._partner.answers = None
        self._settle()
        self._playing.take_up()

    def _settle(self) -> None:
        if self._turns.settle():
            self._partner.drop_opening()

    def _happens(self, happening: Happening, now: Seconds) -> None:
        self._partner.do(self._turns.happens(happening), now)

    # --- what time does

    def tick(self, now: Seconds) -> Seconds:
        """Do a little of what is due. Returns when there is more to do."""
        self._playing.give_up(now)
        self._partner.exchange(now)
        if not self._partner.answers and not work(self.voices, SLICE):
            return now
        if self._asked:
            self._ask(self._asked, now)
            return now
        return self._beside(now) if self._partner.answers else self._alone(now)

    def _ask(self, asked: Happening, now: Seconds) -> None:
        self._asked = None
        if asked is Happening.START and not self._partner.answers:
            self._turns.start(now)
        self._happens(asked, now)

    def _beside(self, now: Seconds) -> Seconds:
        """An answer is on."""
        assert self._partner.answers  # noqa: S101 - as was asked above
        happening, ask_at = self._turns.over(now)
        if happening:
            self._happens(happening, now)
        due = self._partner.play(self._partner.answers, now)
        return min(due, ask_at or _NEVER)

    def _alone(self, now: Seconds) -> Seconds:
        """Nobody plays, or the player does: is his turn over?"""
        if not self.ear.phrase:
            for voice in self.voices:
                voice.better()
        silent = self._held.silent_since
        if time_counts := silent is None or self._turns.on_lines:
            self.ear.advance(now)
        happening, over = self._turns.over(now)
        if happening:
            self._happens(happening, now)
            return now
        if time_counts and self.ear.phrase:
            return min(over or _NEVER, Seconds(now + _LISTEN))
        if silent is not None and over and self._turns.answers_silence:
            return self._prepare(now, silent, over)
        return min(over or _NEVER, self._held.due or _NEVER)

    def _prepare(self, now: Seconds, silent: Seconds, over: Seconds) -> Seconds:
        """In the middle of the silence the answers are prepared, one after another."""
        if self._partner.prepared:
            return over
        half = Seconds((silent + over) / 2)
        if now < half:
            return half
        self._partner.prepare(now, over)
        return now
