"""What the partner does when it has or gets the turn: prepare, answer, end, remember.

One method an action. Knows the model, the log and the player process; whose turn it is it is told.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

from improvd.config import Config
from improvd.core.units import Seconds
from improvd.daemon.answer import Opening, Placed
from improvd.daemon.ear import Ear
from improvd.daemon.log import SentEvent, Turn
from improvd.daemon.turns import Turns
from improvd.daemon.voice import Voice
from improvd.listen.modes import Action, State
from improvd.play.messages import Stop

Told = Callable[[Turn], None]

log = logging.getLogger(__name__)


class Partner:
    """One that answers what `ear` hears. `send` reaches the player, `told` hears of each turn."""

    def __init__(
        self,
        config: Config,
        voice: Voice,
        ear: Ear,
        turns: Turns,
        *,
        send: Callable[..., None],
        told: Told,
    ) -> None:
        self.log = voice.log
        self.placed: Placed | None = None  # the answer that is on
        self.opening: Opening | None = None
        self._config = config
        self._voice = voice
        self._ear = ear
        self._turns = turns
        self._send = send
        self._told = told
        self._untold: Turn | None = None  # the phrase, as long as its answer has not sounded
        self._answers = 0

    def prepare(self, now: Seconds) -> Opening:
        """Draw the first notes of an answer that may be due soon."""
        cue = self._turns.cue(self._answers + 1)
        self.opening = Opening(self._config, self._voice, self._ear, now, cue)
        return self.opening

    def drop_opening(self, _: Seconds = Seconds(0.0)) -> None:
        """The phrase was not over: the model is where it was."""
        if self.opening:
            self.opening.take_back()
            self.opening = None

    def play(self, placed: Placed, now: Seconds) -> Seconds:
        """Draw what is due of the answer that is on; when there is more to do."""
        if now >= placed.due:
            self._send(*placed.draw(now))
        return placed.due

    def sent(self, events: list[SentEvent]) -> bool:
        """The player reports what went out. True: the answer has been heard."""
        if not self.placed:
            return False
        self.placed.heard.add(event for event in events if event[0] == self.placed.number)
        return self.placed.heard.sounded

    def exchange(self) -> None:
        """No answer is on: take another model, which hears what this one has heard."""
        if self._voice.other():
            self.opening = None
            self._ear.catch_up(self._voice)

    def configure(self, config: Config) -> None:
        """This holds from the next answer on."""
        self._config = config

    def do(self, action: Action, now: Seconds) -> None:
        """Do what is to be done about something that happened."""
        if act := _ACTS.get(action):
            act(self, now)

    def _answer(self, now: Seconds) -> None:
        opening = self.opening or self.prepare(now)
        self._answers += 1
        phrase = self._untold = self._phrase(now)
        self.placed = Placed(self._answers, opening, self._config, self._ear, now)
        self._send(*self.placed.begin())
        log.debug("phrase over at %.6f", now)
        notes, beats = (len(phrase.notes), phrase.length) if phrase else (0, 0.0)
        bpm = self._ear.tempo.bpm
        log.info("answering %d notes in %.0f beats at %.1f bpm", notes, beats, bpm)

    def _end(self, now: Seconds) -> None:
        if self.placed:
            self.placed.end(now)

    def _cut(self, _: Seconds) -> None:
        if self.placed:
            self._send(Stop(self.placed.number))

    def _forget(self, _: Seconds) -> None:
        self._turns.count(None)
        self.drop_opening()
        self._remembered()

    def _store(self, now: Seconds) -> None:
        self._note(self._phrase(now))
        self._remembered()

    def _tell(self, _: Seconds) -> None:
        """Once its answer sounds a phrase can no longer go on, but beside it."""
        if not self._turns.along:
            self._note(self._untold)
            self._untold = None

    def _remember(self, second: Seconds) -> None:
        assert self.placed  # noqa: S101 - it has just ended
        self._note(self._phrase(second) if self._turns.along else self._untold)
        self._note(self.placed.heard.turn(second))
        trading = self._turns.state is State.LISTENING
        self._turns.count(self.placed.line if trading else None)
        self.opening = self._untold = None
        self._remembered()

    def _phrase(self, now: Seconds) -> Turn | None:
        return self._ear.turn(now) if self._ear.phrase else None

    def _note(self, turn: Turn | None) -> None:
        if turn:
            self.log.add(turn)
            self._told(turn)

    def _remembered(self) -> None:
        self._ear.remember()


_ACTS: Final[Mapping[Action, Callable[[Partner, Any], None]]] = {
    Action.ANSWER: Partner._answer,  # noqa: SLF001 - the table of its own methods, here as below
    Action.END: Partner._end,  # noqa: SLF001
    Action.CUT: Partner._cut,  # noqa: SLF001
    Action.INTERRUPT: Partner._cut,  # noqa: SLF001
    Action.FORGET: Partner._forget,  # noqa: SLF001
    Action.STORE: Partner._store,  # noqa: SLF001
    Action.TELL: Partner._tell,  # noqa: SLF001
    Action.REMEMBER: Partner._remember,  # noqa: SLF001
    Action.RESUME: Partner.drop_opening,
}
