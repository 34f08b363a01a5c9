"""What the daemon is doing, in one line for `systemctl status`. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from improvd.play.messages import Connection, Exit, Ready

_SEEN: Final = ("jack", "memory")  # backends that see what others connect
_WAITS: Final[dict[int | None, str]] = {
    None: "opening the ports",
    Exit.NO_MIDI_SYSTEM: "waiting for a MIDI system: none answers yet",
}


def status(ready: Ready | None, connections: Sequence[Connection], left: int | None) -> str:
    """What it listens to and plays to, or what it waits for.

    `left` is the exit code of a player that could not open its ports.
    """
    if not ready:
        return _WAITS.get(left, "its ports cannot be opened, see the log: trying again")
    heard = [link.source for link in connections if link.sink == ready.hears]
    played = [link.sink for link in connections if link.source == ready.plays]
    nothing = "is" if ready.backend in _SEEN else "was from here"
    hears = (
        f"listening to {', '.join(heard)}"
        if heard
        else (f"waiting for a keyboard: nothing {nothing} connected to {ready.hears}")
    )
    plays = (
        f"playing to {', '.join(played)}"
        if played
        else (f"nothing {nothing} connected to {ready.plays}")
    )
    return f"on {ready.backend}, {hears}; {plays}"
