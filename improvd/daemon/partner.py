"""What the partner does when it has or gets the turn: prepare, answer, end, remember.

One method an action. Knows its voices and the player process; whose turn it is it is told.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from improvd.config import Config
from improvd.config.change import for_voices
from improvd.core.units import Beats, Seconds
from improvd.daemon.answer import Opening
from improvd.daemon.answers import Answers
from improvd.daemon.ear import Ear
from improvd.daemon.log import SentEvent, Turn
from improvd.daemon.placed import Placed, place
from improvd.daemon.plan import Cue, start_beat
from improvd.daemon.turns import Turns
from improvd.daemon.voice import Voice
from improvd.listen.expression import Expression
from improvd.listen.modes import Action, State

Told = Callable[[Turn], None]
_PLACES: Final = 6  # of a beat that comes out of seconds

log = logging.getLogger(__name__)


class Partner:
    """Those who answer what `ear` hears. `send` reaches the player, `told` hears of each turn."""

    def __init__(
        self,
        config: Config,
        voices: Sequence[Voice],
        ear: Ear,
        turns: Turns,
        *,
        send: Callable[..., None],
        told: Told,
    ) -> None:
        self.answers: Answers | None = None  # that are on
        self._configs = for_voices(config)
        self._voices = voices
        self._ear = ear
        self._turns = turns
        self._send = send
        self._told = told
        self._cue = Cue()  # of the openings
        self._openings: list[Opening] = []
        self._untold: Turn | None = None  # the phrase, as long as its answer has not sounded
        self._numbers = 0

    @property
    def prepared(self) -> bool:
        """Are all answers prepared that may be due soon?"""
        return len(self._openings) == len(self._voices)

    def prepare(self, now: Seconds, over: Seconds) -> None:
        """Draw the first notes of one of them, for a phrase that will be `over` then."""
        number = len(self._openings)
        if not number:
            self._cue = self._turns.cue(self._numbers + 1)
        config, voice = self._configs[number], self._voices[number]
        self._openings.append(Opening(config, voice, self._ear, now, self._cue, over=over))

    def drop_opening(self, _: Seconds = Seconds(0.0)) -> None:
        """The phrase was not over: the models are where they were."""
        for opening in self._openings:
            opening.take_back()
        self._openings.clear()

    def play(self, answers: Answers, now: Seconds) -> Seconds:
        """Draw what is due of the answers that are on; when there is more to do."""
        if now >= answers.due:
            self._send(*answers.draw(now))
        return answers.due

    def sent(self, events: list[SentEvent]) -> bool:
        """The player reports what went out. True: the answer has been heard."""
        if not self.answers:
            return False
        self.answers.sent(events)
        return self.answers.sounded

    def change_chord(self) -> None:
        """Another chord is held: the answer goes on over it."""
        if self.answers:
            self.answers.play_over(self._ear.over)
        else:
            self.drop_opening()

    def exchange(self, now: Seconds) -> None:
        """Take other models where it suits: no answer is on, or one that has no end."""
        if self.answers and not self.answers.changeable:
            return
        for number, voice in enumerate(self._voices):
            if not voice.other():
                continue
            if self.answers:
                self.answers.each[number].take_over(now)
            else:
                self.drop_opening()
                self._ear.catch_up(voice)

    def configure(self, config: Config) -> None:
        """This holds from the next answer on."""
        self._configs = for_voices(config)

    def do(self, action: Action, now: Seconds) -> None:
        """Do what is to be done about something that happened."""
        if act := _ACTS.get(action):
            act(self, now)

    def _answer(self, now: Seconds) -> None:
        if self._astray(now):
            self.drop_opening()
        while not self.prepared:
            self.prepare(now, now)
        phrase = self._untold = self._phrase(now)
        self.answers = self._placed(now)
        self._send(*self.answers.begin(cut_by_input=self._cue.cut_by_input))
        log.debug("phrase over at %.6f", now)
        notes, beats = (len(phrase.notes), phrase.length) if phrase else (0, 0.0)
        bpm = self._ear.tempo.bpm
        log.info("answering %d notes in %.0f beats at %.1f bpm", notes, beats, bpm)

    def _astray(self, now: Seconds) -> bool:
        """Was the phrase over later than guessed, so that other chords sound where they begin?"""
        if not self._openings:
            return False
        start = start_beat(self._configs[0], self._ear, now, self._cue)
        return any(opening.astray(start) for opening in self._openings)

    def _placed(self, now: Seconds) -> Answers:
        first = self._numbers + 1
        there = place(self._configs[0], self._ear, now, self._cue, first)
        self._numbers += len(self._voices)
        expression = Expression.of(self._ear.notes(now), self._ear.grids.meter)
        each = [
            Placed(number, opening.answer, there, config, expression)
            for number, (opening, config) in enumerate(
                zip(self._openings, self._configs, strict=True), first
            )
        ]
        return Answers(each, there)

    def _end(self, now: Seconds) -> None:
        if self.answers:
            self.answers.end(now)

    def _cut(self, _: Seconds) -> None:
        if self.answers:
            self._send(*self.answers.stop())

    def _forget(self, _: Seconds) -> None:
        self._turns.count(None)
        self.drop_opening()
        self._ear.remember()

    def _store(self, now: Seconds) -> None:
        self._note(self._phrase(now))
        self._ear.remember()

    def _tell(self, _: Seconds) -> None:
        """Once its answer sounds a phrase can no longer go on, but beside it."""
        if not self._turns.along:
            self._note(self._untold)
            self._untold = None

    def _remember(self, second: Seconds) -> None:
        assert self.answers  # noqa: S101 - they have just ended
        self._note(self._phrase(second) if self._turns.along else self._untold)
        for voice, turn in zip(self._voices, self.answers.turns(), strict=True):
            heard = self._harmonised(turn)
            voice.log.add(heard)
            self._told(heard)
        trading = self._turns.state is State.LISTENING
        self._turns.count(self.answers.line if trading else None)
        self._openings.clear()
        self._untold = None
        self._ear.remember()

    def _harmonised(self, turn: Turn) -> Turn:
        """An answer with the chords that it was played over."""
        if harmony := self._ear.over(turn.tempo):
            first = Beats(round(turn.tempo.beat_at(turn.second), _PLACES))
            return replace(turn, harmony=harmony.counted_from(first))
        return turn

    def _phrase(self, now: Seconds) -> Turn | None:
        return self._ear.turn(now) if self._ear.phrase else None

    def _note(self, turn: Turn | None) -> None:
        """All of them remember the player's turns."""
        if turn:
            for voice in self._voices:
                voice.log.add(turn)
            self._told(turn)


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
