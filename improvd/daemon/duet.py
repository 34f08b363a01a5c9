"""The conversation: what was heard comes in, what the player is to do goes out.

Driven from outside by `take` (a message of the player) and `tick` (time has passed), both of which
only compute. Nobody plays alone here: a phrase is heard, its answer is prepared in the silence that
follows, placed on the phrase's grid when the phrase is over, and drawn from the model just ahead of
the sound.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from typing import Final

from improvd.config import Config
from improvd.core.units import Seconds
from improvd.daemon.answer import Opening, Placed
from improvd.daemon.ear import Ear
from improvd.daemon.grid import Grids
from improvd.daemon.log import HeardLog, SentEvent, Turn
from improvd.engine.improviser import Improviser
from improvd.engine.session import Session
from improvd.listen.held import Held, Sound
from improvd.listen.turn import Action, Happening, State, decide, turn
from improvd.play.messages import (
    Cut,
    Dropped,
    Ended,
    Heard,
    HeldKeys,
    Message,
    Sent,
    Stop,
    Transport,
)
from improvd.ports import wire

SLICE: Final = 4  # steps of the model between two looks at the player
_LISTEN: Final = Seconds(0.05)  # how often time is fed while something is held
_NEVER: Final = Seconds(math.inf)

Told = Callable[[Turn], None]
Better = Callable[[], Session | None]

log = logging.getLogger(__name__)


class Duet:
    """One player and one partner. `send` reaches the player process; `told` hears of each turn.

    `better` is asked between turns for a session that the model should run in from now on.
    """

    def __init__(
        self,
        config: Config,
        improviser: Improviser,
        send: Callable[..., None],
        told: Told = lambda _: None,
        better: Better = lambda: None,
    ) -> None:
        self.log = HeardLog(keep=max(2, config.turns.memory))
        self._config = config
        self._improviser = improviser
        self._send = send
        self._told = told
        self._better = better
        self._held = Held(config.turns.max_hold)
        self._grids = Grids(config.tempo)
        self.ear = Ear(config, improviser, self._grids)
        self._state = State.WAITING
        self._opening: Opening | None = None
        self._placed: Placed | None = None
        self._phrase: Turn | None = None  # the one that is being answered
        self._untold: Turn | None = None  # the same, as long as its answer has not sounded
        self._meanwhile: list[Sound] = []  # played while an answer is on
        self._answers = 0
        self._news = logging.WARNING

    # --- what the player says

    def take(self, message: Message) -> None:
        """A message of the player."""
        match message:
            case Heard(events):
                for event in events:
                    self._sounds(self._held.hear(wire.event(*event)))
            case HeldKeys(second, keys, pedals):
                self._sounds(self._held.resync(keys, pedals, second))
            case Sent(events):
                self._sent(events)
            case Cut(answer, second, _):
                self._over(answer, second, cut=True)
            case Ended(answer, second):
                self._over(answer, second, cut=False)
            case Transport():
                self._transport(message)
            case Dropped(_, dropped):
                log.warning("%d notes came too late and were left out", dropped)

    def player_lost(self, now: Seconds) -> None:
        """The player process died; what it played is over."""
        if self._placed:
            self._over(self._placed.number, now, cut=True)
        self._grids.forget()

    def _transport(self, said: Transport) -> None:
        if self._grids.take(said) and not self._placed:
            self._drop_opening()
            self.ear.look_again()

    def _sounds(self, sounds: list[Sound]) -> None:
        for sound in sounds:
            action = self._react(Happening.NOTE_ON) if sound.kind == "on" else None
            if action is Action.INTERRUPT and self._placed:
                self._send(Stop(self._placed.number))  # cut it is already, if the player could
            if action in (Action.KEEP, Action.INTERRUPT) or self._meanwhile:
                self._meanwhile.append(sound)
            elif action is not Action.NOTHING:
                self._listen(sound)

    def _listen(self, sound: Sound) -> None:
        if sound.kind == "on":
            self._drop_opening()
        self.ear.hear(sound)

    def _sent(self, events: list[SentEvent]) -> None:
        if self._placed:
            number, heard = self._placed.number, self._placed.heard
            heard.add(event for event in events if event[0] == number)
            if heard.sounded:
                self._tell_phrase()

    def _over(self, number: int, second: Seconds, *, cut: bool) -> None:
        """An answer has ended, or was cut. Cut by playing before its first note, it never was."""
        placed, phrase = self._placed, self._phrase
        if not placed or not phrase or placed.number != number:
            return
        log.debug("answer over at %.6f", second)
        self._placed = None
        unheard = cut and self._meanwhile and not placed.heard.sounded
        if self._react(Happening.UNHEARD if unheard else Happening.ANSWER_OVER) is Action.RESUME:
            self._drop_opening()
        else:
            self._opening = None
            self._tell_phrase()
            self._remember(phrase, placed.heard.turn(second))
        sounds, self._meanwhile = self._meanwhile, []
        self._sounds(sounds)

    def _tell_phrase(self) -> None:
        """Once its answer sounds, a phrase can no longer go on."""
        if self._untold:
            self._told(self._untold)
            self._untold = None

    def _react(self, happening: Happening) -> Action:
        interrupt = self._config.turns.interrupt
        self._state, action = turn(interrupt, self._state, happening)
        return action

    def _remember(self, *turns: Turn) -> None:
        for each in turns:
            self.log.add(each)
        self._told(turns[-1])
        self.ear.remember(self.log.last(self._config.turns.memory))

    # --- what time does

    def tick(self, now: Seconds) -> Seconds:
        """Do a little of what is due. Returns when there is more to do."""
        self._sounds(self._held.give_up(now))
        self._say_given_up()
        if self._placed:
            if now >= self._placed.due:
                self._send(*self._placed.draw(now))
            return self._placed.due
        if not self.ear.work(SLICE):
            return now
        if not self.ear.phrase:
            if session := self._better():
                self._improviser.swap(session)
            return self._held.due or _NEVER
        return self._wait(now)

    def _say_given_up(self) -> None:
        for what in self._held.given_up:
            log.log(self._news, "%s says nothing: it no longer holds a phrase", what)
            self._news = logging.DEBUG  # once is enough
        self._held.given_up.clear()

    def _wait(self, now: Seconds) -> Seconds:
        """A phrase is there: is it over?"""
        silent, turns = self._held.silent_since, self._config.turns
        if silent is None:
            self.ear.advance(now)
            return Seconds(now + _LISTEN)
        happening, over = decide(
            self.ear.phrase, self._held, now, turns.silence, turns.min_notes, clock=self._grids.bpm
        )
        if happening:
            happening = Happening.TOO_SHORT if self._grids.silent else happening
            self._decided(self._react(happening), now)
            return now
        assert over  # noqa: S101 - a phrase with nothing held is over some time
        half = Seconds((silent + over) / 2)
        if now < half:
            return half
        if (
            not self._opening
            and not self._grids.silent
            and len(self.ear.phrase.onsets) >= turns.min_notes
        ):
            self._opening = self._prepared(now)
        return over

    def _decided(self, action: Action, now: Seconds) -> None:
        if action is Action.ANSWER:
            self._answer(now)
        else:
            self.ear.remember(self.log.last(self._config.turns.memory))

    def _answer(self, now: Seconds) -> None:
        """The phrase is over: place its answer, and let it begin."""
        opening = self._opening = self._opening or self._prepared(now)
        self._answers += 1
        self._phrase = self._untold = self.ear.turn(now)
        self._placed = Placed(self._answers, opening.answer, self._config, self.ear, now)
        self._send(*self._placed.begin())
        log.debug("phrase over at %.6f", now)
        phrase = self._phrase
        log.info(
            "answering %d notes in %.0f beats at %.1f bpm",
            *(len(phrase.notes), phrase.length, phrase.tempo.bpm),
        )

    def _prepared(self, now: Seconds) -> Opening:
        return Opening(self._config, self._improviser, self.ear, now)

    def _drop_opening(self) -> None:
        """The phrase was not over."""
        if self._opening:
            self._opening.take_back()
            self._opening = None
