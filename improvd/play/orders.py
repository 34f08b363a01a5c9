"""What the main loop tells the stage, and what the stage reports; most of it is the mind's own."""

from __future__ import annotations

from typing import NamedTuple

from improvd.play import messages
from improvd.play.clock import Clock
from improvd.play.schedule import Outgoing


class Hand(NamedTuple):
    """Order: these are due soon, by second."""

    outgoing: list[Outgoing]


class Follow(NamedTuple):
    """Order: a clock that is looked at from the main loop says this now."""

    clock: Clock


class LetGo(NamedTuple):
    """Order: who played has no way to us any more: keys and pedals that are down are let go."""


class Deserted(NamedTuple):
    """Order: nothing listens any more: all answers end."""


class Close(NamedTuple):
    """Order: end everything that sounds, and take nothing more."""


class Closed(NamedTuple):
    """Report: everything is ended."""


Order = (
    messages.Begin
    | messages.Stop
    | messages.SetThru
    | messages.SetControls
    | messages.Mute
    | messages.SendControl
    | messages.Panic
    | messages.Restore
    | messages.Resume
    | Hand
    | Follow
    | LetGo
    | Deserted
    | Close
)
Report = (
    messages.Heard
    | messages.Moved
    | messages.Sent
    | messages.Dropped
    | messages.Cut
    | messages.Ended
    | messages.Transport
    | messages.Looped
    | messages.Restored
    | Closed
)
