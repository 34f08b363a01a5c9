"""Whose turn it is: every mode, every way to be interrupted, every state, every event."""

from itertools import product

import pytest

from improvd.config.schema import KEYS
from improvd.config.values import choices
from improvd.listen.modes import MODES, Action, Happening, State

STATES = dict(zip("WLRAE", State, strict=True))
INTERRUPTS = ("stop", "finish", "ignore")

# Three tables. A word is the next state and the action; "." changes nothing. The columns are the
# happenings: note, low note, end of one, over, too short, line, start, stop, begun, ended, unheard.

# What the player does while nobody plays, and while he plays. It is the same however answers are
# interrupted.
PLAYING = {
    "answer": """
    W  L+     L+     .      .      .      .      R!     .      .      .      .
    L  L+     L+     L+     R!     Wforget .     R!     .      .      .      .""",
    "trade": """
    W  L+     L+     .      .      .      .      R!     .      .      .      .
    L  L+     L+     L+     .      Wforget R!    R!     Wforget .     .      .""",
    "duet": """
    W  L+     L+     .      .      .      .      R!     .      .      .      .
    L  L+     L+     L+     Wstore Wforget R!    R!     .      .      .      .""",
    "solo": """
    W  L+     L+     .      .      .      .      R!     .      .      .      .
    L  L+     L+     L+     R!     Wforget .     R!     .      .      .      .""",
    "manual": """
    W  L+     L+     .      .      .      .      R!     .      .      .      .
    L  L+     L+     L+     .      Wforget .     R!     .      .      .      .""",
    "listen": """
    W  L+     L+     .      .      .      .      .      .      .      .      .
    L  L+     L+     L+     Wstore Wforget .     .      .      .      .      .""",
}

# What happens to an answer: while it waits for its beat (R), sounds (A), goes to its cadence (E).
# The notes that are played then stand in the third table, so the columns begin with over.
ANSWERING = {
    "answer": """
    R  .      .      .      .      Ecut   Atell  Wboth  Lresume
    A  .      .      .      .      Eend   .      Wboth  Wboth
    E  .      .      .      .      Ecut   .      Wboth  Wboth""",
    "trade": """
    R  .      .      .      .      Ecut   Atell  Lboth  Lresume
    A  .      .      .      .      Eend   .      Lboth  Wboth
    E  .      .      .      .      Ecut   .      Wboth  Wboth""",
    "duet": """
    R  .      .      .      .      Ecut   Atell  Wboth  Lresume
    A  Eend   .      .      .      Eend   .      Wboth  Wboth
    E  .      .      .      .      Ecut   .      Wboth  Wboth""",
    "listen": """
    R  .      .      .      .      .      Atell  Wboth  Lresume
    A  .      .      .      .      .      .      Wboth  Wboth
    E  .      .      .      .      .      .      Wboth  Wboth""",
}
ANSWERING["solo"] = ANSWERING["manual"] = ANSWERING["answer"]

# Played into an answer: a note, one below the split, the end of one; in R, A and E.
AS_SET = {"stop": "cut+ keep keep", "finish": "keep keep keep", "ignore": ". . ."}
NEVER_CUT = {"stop": "keep keep keep", "finish": "keep keep keep", "ignore": ". . ."}
INTO = dict.fromkeys(MODES, AS_SET) | {"trade": NEVER_CUT}
BESIDE = {"R": "join join join", "A": "join join join", "E": "keep keep keep"}

ACTIONS = {
    "+": Action.GATHER,
    "!": Action.ANSWER,
    "forget": Action.FORGET,
    "store": Action.STORE,
    "cut": Action.CUT,
    "end": Action.END,
    "tell": Action.TELL,
    "both": Action.REMEMBER,
    "resume": Action.RESUME,
    "cut+": Action.INTERRUPT,
    "keep": Action.KEEP,
    "join": Action.JOIN,
}


def rows(table):
    """State -> the words of its row."""
    return {line.split()[0]: line.split()[1:] for line in table.strip().splitlines()}


def read(state, word):
    """What a word of the first two tables means."""
    return (STATES[state], Action.NOTHING) if word == "." else (STATES[word[0]], ACTIONS[word[1:]])


def expected(mode, interrupt, state):
    """What every event does, in the order of the columns."""
    if state in "WL":
        return [read(state, word) for word in rows(PLAYING[mode])[state]]
    notes = BESIDE[state] if mode == "duet" else INTO[mode][interrupt]
    into = [(STATES[state], ACTIONS.get(word, Action.NOTHING)) for word in notes.split()]
    return into + [read(state, word) for word in rows(ANSWERING[mode])[state]]


@pytest.mark.parametrize(
    ("mode", "interrupt", "state"), [*product(MODES, INTERRUPTS, STATES)], ids="-".join
)
def test_what_each_event_does(mode, interrupt, state):
    found = [MODES[mode].turn(interrupt, STATES[state], happening) for happening in Happening]
    assert found == expected(mode, interrupt, state)


def test_the_tables_name_every_mode_every_interruption_and_every_event():
    assert list(MODES) == list(PLAYING) == choices(KEYS["turns"]["mode"])
    assert list(INTERRUPTS) == choices(KEYS["turns"]["interrupt"])
    widths = [len(row) for table in PLAYING.values() for row in rows(table).values()]
    assert set(widths) == {len(Happening)}


@pytest.mark.parametrize("mode", MODES)
def test_only_where_playing_may_interrupt_does_the_port_cut(mode):
    cut = [interrupt for interrupt in INTERRUPTS if MODES[mode].cut_by_input(interrupt)]
    assert cut == ([] if mode in ("trade", "duet") else ["stop"])
