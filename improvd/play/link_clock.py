"""What is read of a Link session -> where the music is.

A session without others is none. The line is held as long as readings lie on it, so that what is
scheduled does not tremble with them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from improvd.core.tempo import Tempo
from improvd.core.units import Seconds
from improvd.errors import PortError
from improvd.play.clock import FOLLOWED, Clock, State
from improvd.play.settings import Settings
from improvd.ports.link import LinkSession, Reading

SOURCE: Final = "link"
_STILL: Final = Seconds(0.0003)  # off the line
_LOOK: Final = Seconds(0.02)  # between two looks ...
_GLANCE: Final = Seconds(0.25)  # ... and while nobody else is there: it may run so for days


class LinkClock:
    """One session."""

    def __init__(self) -> None:
        self._said = Clock(SOURCE, State.ABSENT)

    def at(self, reading: Reading) -> Clock:
        """What it says at the second of this reading."""
        second, beat, bpm, peers = reading
        old = self._said.tempo
        if not peers:  # one and the same as long as nothing changes
            if self._said.state is State.RUNNING:
                self._said = self._said._replace(state=State.LOST)
        elif not (
            self._said.state is State.RUNNING
            and old
            and old.bpm == bpm
            and abs(old.second_at(beat) - second) <= _STILL
        ):
            self._said = Clock(SOURCE, State.RUNNING, Tempo(bpm, second, beat))
        return self._said


class LinkWatch:
    """Looks at a session again and again, where there is one."""

    def __init__(self, read: Callable[[], Reading] | None) -> None:
        self.due = Seconds(-math.inf if read else math.inf)  # when to look again
        self._read = read
        self._clock = LinkClock()

    def look(self, now: Seconds) -> Clock | None:
        """What it says, if it is time to look."""
        if not self._read or now < self.due:
            return None
        clock = self._clock.at(self._read())
        self.due = Seconds(now + (_LOOK if clock.state is State.RUNNING else _GLANCE))
        return clock


def join(settings: Settings) -> LinkSession | None:
    """The session, where `tempo.source` has a use for it.

    Raises PortError where it is asked for by name and the library is missing.
    """
    if SOURCE not in FOLLOWED.get(settings.source, ()):
        return None
    try:
        return LinkSession(settings.bpm, settings.bar)
    except ImportError:
        if settings.source != SOURCE:
            return None
    raise PortError('tempo.source = "link" needs LinkPython-extern: pip install "improvd[link]"')
