"""Is the phrase over? Asked at every moment of silence. Pure; what comes of it says `modes`."""

from __future__ import annotations

from typing import NamedTuple

from improvd.core.units import Bpm, Seconds
from improvd.listen.held import Held
from improvd.listen.modes import Happening
from improvd.listen.phrase import Phrase
from improvd.listen.phrase_end import Name, over_at


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
