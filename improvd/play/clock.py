"""What a clock from outside says, whichever it is, and what of it the transport takes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum, auto
from typing import Final, NamedTuple

from improvd.core.tempo import Tempo
from improvd.core.units import Beats


class State(StrEnum):
    """How a clock from outside is; what comes later here is the more worth knowing."""

    ABSENT = auto()  # nothing is heard of it
    PULSES = auto()  # it ticks, and has not been started: a tempo without a place
    RUNNING = auto()
    LOST = auto()  # it ran, and fell silent without a Stop
    STOPPED = auto()


class Clock(NamedTuple):
    """A clock at one moment. `tempo` is None as long as it is not known.

    A bar begins on beat `bar_line`; `meter` is "" where the clock has none.
    """

    source: str  # "midi-clock", "jack" or "link"
    state: State
    tempo: Tempo | None = None
    bar_line: Beats = Beats(0.0)
    meter: str = ""


class Hold(StrEnum):
    """What the transport takes from outside."""

    NOTHING = ""
    TEMPO = auto()  # the beats count from where the mind says
    GRID = auto()  # the beats too


_ALONE: Final = {
    State.RUNNING: Hold.GRID,
    State.LOST: Hold.GRID,
    State.PULSES: Hold.TEMPO,
    State.STOPPED: Hold.TEMPO,
}
_IF_RUNNING: Final = {State.RUNNING: Hold.GRID}

# tempo.source -> the clocks it follows, the first that holds -> what is taken in which state. With
# auto a keyboard that ticks by itself changes nothing, nor does a clock that is gone.
FOLLOWED: Final[Mapping[str, Mapping[str, Mapping[State, Hold]]]] = {
    "auto": {"midi-clock": _IF_RUNNING, "jack": _IF_RUNNING, "link": _IF_RUNNING},
    "midi-clock": {"midi-clock": _ALONE},
    "jack": {"jack": _ALONE},
    "link": {"link": _ALONE},
}


def holds(source: str, clock: Clock) -> Hold:
    """What of this clock is taken under this `tempo.source`."""
    states = FOLLOWED.get(source, {}).get(clock.source, {})
    return states.get(clock.state, Hold.NOTHING) if clock.tempo else Hold.NOTHING
