"""Whose turn it is, mode by mode: what each event does to the turn. Knows no phrase and no clock.

Pure: the daemon says what happens, and does what the action says. `MODES` is the whole of the
rules; a cell that is missing changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum, auto
from typing import Final, NamedTuple


class State(StrEnum):
    """Who has the turn."""

    WAITING = auto()  # nobody
    LISTENING = auto()  # the player: a phrase is being played, or his bars run
    READY = auto()  # an answer is decided, and waits for its beat
    ANSWERING = auto()  # it sounds
    ENDING = auto()  # it has been asked to end, and goes to its cadence


class Happening(StrEnum):
    """What can happen to a turn."""

    NOTE_ON = auto()  # the player began a note
    LOW_NOTE = auto()  # the same, below the split of the keyboard
    NOTE_OFF = auto()  # a note of his ended, or its key came up
    PHRASE_OVER = auto()  # by silence
    TOO_SHORT = auto()  # his turn is over, of fewer notes than are answered
    LINE = auto()  # the line of the grid is there on which the partner comes in
    START = auto()  # asked for by hand
    STOP = auto()  # the same, or the clock has stopped
    BEGUN = auto()  # the first note of the answer was heard
    ANSWER_OVER = auto()  # it has ended, or was cut
    UNHEARD = auto()  # it was cut by playing, before its first note


class Action(StrEnum):
    """What is to be done about it."""

    NOTHING = auto()
    GATHER = auto()  # this note belongs to the phrase
    JOIN = auto()  # the same, beside the answer, which hears it too
    KEEP = auto()  # it waits until the answer is over, and belongs to the next phrase
    INTERRUPT = auto()  # the same, and the answer stops, if its own port has not cut it already
    ANSWER = auto()  # answer what was played
    FORGET = auto()  # the phrase is not answered
    STORE = auto()  # the phrase is not answered, and remembered
    TELL = auto()  # the phrase that is answered can no longer go on
    END = auto()  # prepare a cadence, on the first bar line where it fits
    CUT = auto()  # the answer stops
    REMEMBER = auto()  # phrase and answer are both heard
    RESUME = auto()  # the phrase goes on, as if nothing had been decided


class Turn(NamedTuple):
    """What comes of it: the next state, and what to do."""

    state: State
    action: Action


class Over(StrEnum):
    """What ends the player's turn, beside a hand."""

    SILENCE = auto()
    BARS = auto()  # so many bars of the grid
    BEAT = auto()  # the first bar line after a beat; in the end silence, and a bar more of it
    HAND = auto()  # nothing else


class Span(StrEnum):
    """How long the partner plays."""

    LENGTH = auto()  # turns.length
    BARS = auto()  # as many bars as the player
    ENDLESS = auto()  # until something ends it


Cells = Mapping[tuple[State, Happening], Turn]


class Mode(NamedTuple):
    """One `turns.mode`."""

    over: Over
    span: Span
    cells: Mapping[str, Cells]  # by `turns.interrupt`

    def turn(self, interrupt: str, state: State, happening: Happening) -> Turn:
        """What `happening` does in `state`."""
        return self.cells[interrupt].get((state, happening), Turn(state, Action.NOTHING))

    def cut_by_input(self, interrupt: str) -> bool:
        """Does playing into an answer cut it?"""
        return self.turn(interrupt, State.READY, Happening.NOTE_ON).action is Action.INTERRUPT


W, L, R, A, E = State
_NOTES: Final = (Happening.NOTE_ON, Happening.LOW_NOTE)
_SOUNDS: Final = (*_NOTES, Happening.NOTE_OFF)

_PLAYING: Final[Cells] = {
    **dict.fromkeys([(W, each) for each in _NOTES], Turn(L, Action.GATHER)),
    **dict.fromkeys([(L, each) for each in _SOUNDS], Turn(L, Action.GATHER)),
    (L, Happening.TOO_SHORT): Turn(W, Action.FORGET),
}
_AN_ANSWER: Final[Cells] = {
    (R, Happening.BEGUN): Turn(A, Action.TELL),
    (R, Happening.UNHEARD): Turn(L, Action.RESUME),
    (A, Happening.UNHEARD): Turn(W, Action.REMEMBER),
    (E, Happening.UNHEARD): Turn(W, Action.REMEMBER),
    **dict.fromkeys(
        [(each, Happening.ANSWER_OVER) for each in (R, A, E)], Turn(W, Action.REMEMBER)
    ),
}
_BY_HAND: Final[Cells] = {
    (W, Happening.START): Turn(R, Action.ANSWER),
    (L, Happening.START): Turn(R, Action.ANSWER),
    (R, Happening.STOP): Turn(E, Action.CUT),
    (A, Happening.STOP): Turn(E, Action.END),
    (E, Happening.STOP): Turn(E, Action.CUT),
}
_ALL: Final[Cells] = {**_PLAYING, **_AN_ANSWER, **_BY_HAND}


def _played_into(action: Action, happenings: Iterable[Happening] = _SOUNDS) -> Cells:
    """Notes while an answer is on, or waits for its beat."""
    return {(state, each): Turn(state, action) for state in (R, A, E) for each in happenings}


_KEPT: Final = _played_into(Action.KEEP)
_INTERRUPTED: Final[Cells] = {**_KEPT, **_played_into(Action.INTERRUPT, [Happening.NOTE_ON])}


def _with(cells: Cells, into: Mapping[str, Cells]) -> Mapping[str, Cells]:
    return {interrupt: {**cells, **overlay} for interrupt, overlay in into.items()}


_AS_SET: Final[Mapping[str, Cells]] = {"stop": _INTERRUPTED, "finish": _KEPT, "ignore": {}}
_NEVER_CUT: Final[Mapping[str, Cells]] = {"stop": _KEPT, "finish": _KEPT, "ignore": {}}
_ALONG: Final[Cells] = {
    **_played_into(Action.JOIN),
    **dict.fromkeys([(E, each) for each in _SOUNDS], Turn(E, Action.KEEP)),
}
_ANSWERED: Final[Cells] = {**_ALL, (L, Happening.PHRASE_OVER): Turn(R, Action.ANSWER)}

MODES: Final[Mapping[str, Mode]] = {
    "answer": Mode(Over.SILENCE, Span.LENGTH, _with(_ANSWERED, _AS_SET)),
    "trade": Mode(
        Over.BARS,
        Span.BARS,
        _with(
            {
                **_ALL,
                (L, Happening.LINE): Turn(R, Action.ANSWER),
                (L, Happening.STOP): Turn(W, Action.FORGET),
                (R, Happening.ANSWER_OVER): Turn(L, Action.REMEMBER),
                (A, Happening.ANSWER_OVER): Turn(L, Action.REMEMBER),
            },
            _NEVER_CUT,
        ),
    ),
    "duet": Mode(
        Over.BEAT,
        Span.ENDLESS,
        _with(
            {
                **_ALL,
                (L, Happening.LINE): Turn(R, Action.ANSWER),
                (L, Happening.PHRASE_OVER): Turn(W, Action.STORE),
                (A, Happening.PHRASE_OVER): Turn(E, Action.END),
            },
            dict.fromkeys(_AS_SET, _ALONG),
        ),
    ),
    "solo": Mode(Over.SILENCE, Span.ENDLESS, _with(_ANSWERED, _AS_SET)),
    "manual": Mode(Over.HAND, Span.ENDLESS, _with(_ALL, _AS_SET)),
    "listen": Mode(
        Over.SILENCE,
        Span.LENGTH,
        _with(
            {**_PLAYING, **_AN_ANSWER, (L, Happening.PHRASE_OVER): Turn(W, Action.STORE)}, _AS_SET
        ),
    ),
}
