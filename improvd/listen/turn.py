"""Whose turn it is: when a phrase is over, and what each event does to the turn.

Pure: the daemon asks, and does what the action says. `TURNS` is the whole of the rules.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from enum import StrEnum, auto
from itertools import pairwise
from typing import Final, Literal, NamedTuple

from improvd.core.units import Seconds
from improvd.listen.held import Held
from improvd.listen.phrase import Phrase, attacks

_PATIENCE = 1.5  # times the longer intervals of the phrase
_LONGER = 0.9  # the quantile of the intervals that counts
_LEAST, _MOST = Seconds(0.4), Seconds(1.2)


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


def silence_needed(onsets: Sequence[Seconds], setting: Seconds | Literal["auto"]) -> Seconds:
    """How long nothing must be held: `setting`, or 1.5 x the 90th percentile of the intervals.

    "auto" stays within 0.4..1.2 s, and takes the most where there is no interval yet.
    """
    if setting != "auto":
        return setting
    struck = attacks(onsets)
    intervals = sorted(later - earlier for earlier, later in pairwise(struck))
    if not intervals:
        return _MOST
    longer = intervals[math.ceil(_LONGER * len(intervals)) - 1]
    return min(max(Seconds(_PATIENCE * longer), _LEAST), _MOST)


def decide(
    phrase: Phrase,
    held: Held,
    now: Seconds,
    silence: Seconds | Literal["auto"],
    min_notes: int,
) -> Decision:
    """Is the phrase over at `now`? `held` has given up by then what was due."""
    if not phrase:
        return Decision(None)
    if held.silent_since is None:
        return Decision(None, held.due)
    onsets = phrase.onsets
    over = Seconds(held.silent_since + silence_needed(onsets, silence))
    if now < over:
        return Decision(None, over)
    return Decision(Happening.PHRASE_OVER if len(onsets) >= min_notes else Happening.TOO_SHORT)
