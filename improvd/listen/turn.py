"""Whose turn it is: what each event does to the turn, the end of a phrase among them.

Pure: the daemon asks, and does what the action says. `TURNS` is the whole of the rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum, auto
from typing import Final, NamedTuple

from improvd.core.units import Bpm, Seconds
from improvd.listen.held import Held
from improvd.listen.phrase import Phrase
from improvd.listen.phrase_end import Name, over_at


class State(StrEnum):
    """Who has the turn."""

    WAITING = auto()  # nobody
    LISTENING = auto()  # the player: a phrase is being played
    ANSWERING = auto()  # the answer, from the decision on, also while it waits for its beat


class Happening(StrEnum):
    """What can happen to a turn."""

    NOTE_ON = auto()  # the player began a note
    PHRASE_OVER = auto()
    TOO_SHORT = auto()  # the phrase is over, of fewer notes than are answered
    ANSWER_OVER = auto()  # it has ended, or was cut, and something of it was heard
    UNHEARD = auto()  # the answer was cut before its first note


class Action(StrEnum):
    """What is to be done about it."""

    NOTHING = auto()
    GATHER = auto()  # this note belongs to the phrase
    KEEP = auto()  # it waits until the answer is over, and belongs to the next phrase
    INTERRUPT = auto()  # the same, and the answer stops, if its own port has not cut it already
    ANSWER = auto()  # answer the phrase
    FORGET = auto()  # the phrase is not answered
    REMEMBER = auto()  # phrase and answer are both heard
    RESUME = auto()  # the phrase goes on, as if nothing had been decided


class Turn(NamedTuple):
    """What comes of it: the next state, and what to do."""

    state: State
    action: Action


Cells = dict[tuple[State, Happening], Turn]

# A cell that is missing changes nothing.
_ALWAYS: Final[Cells] = {
    (State.WAITING, Happening.NOTE_ON): Turn(State.LISTENING, Action.GATHER),
    (State.LISTENING, Happening.NOTE_ON): Turn(State.LISTENING, Action.GATHER),
    (State.LISTENING, Happening.PHRASE_OVER): Turn(State.ANSWERING, Action.ANSWER),
    (State.LISTENING, Happening.TOO_SHORT): Turn(State.WAITING, Action.FORGET),
    (State.ANSWERING, Happening.ANSWER_OVER): Turn(State.WAITING, Action.REMEMBER),
    (State.ANSWERING, Happening.UNHEARD): Turn(State.LISTENING, Action.RESUME),
}
_INTO_THE_ANSWER: Final = (State.ANSWERING, Happening.NOTE_ON)
TURNS: Final[Mapping[str, Cells]] = {
    "stop": _ALWAYS | {_INTO_THE_ANSWER: Turn(State.ANSWERING, Action.INTERRUPT)},
    "finish": _ALWAYS | {_INTO_THE_ANSWER: Turn(State.ANSWERING, Action.KEEP)},
    "ignore": _ALWAYS,
}


def turn(interrupt: str, state: State, happening: Happening) -> Turn:
    """What `happening` does in `state`, under this `turns.interrupt`."""
    return TURNS[interrupt].get((state, happening), Turn(state, Action.NOTHING))


class Decision(NamedTuple):
    """Is the phrase over? `happening` says so; None: ask again at `ask_at`, or after an event."""

    happening: Happening | None
    ask_at: Seconds | None = None


def decide(
    phrase: Phrase,
    held: Held,
    now: Seconds,
    silence: Seconds | Name,
    min_notes: int,
    *,
    clock: Bpm | None = None,
) -> Decision:
    """Is the phrase over at `now`? `held` has given up by then what was due.

    `clock`: the tempo of a clock from outside, None where none runs.
    """
    if not phrase:
        return Decision(None)
    over = over_at(phrase, held.silent_since, silence, clock)
    if over is None:
        return Decision(None, held.due)
    if now < over:
        return Decision(None, over)
    enough = len(phrase.onsets) >= min_notes
    return Decision(Happening.PHRASE_OVER if enough else Happening.TOO_SHORT)
