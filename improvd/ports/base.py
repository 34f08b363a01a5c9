"""What a backend is. Knows no MIDI library, and nothing of what the bytes mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum, Flag, auto
from typing import Final, NamedTuple, Protocol

from improvd.core.units import Beats, Bpm, Seconds
from improvd.errors import PortError

Timed = tuple[Seconds, bytes]


class Role(Flag):
    """What an own input port is for; nothing else is heard there."""

    PLAYS = auto()
    CLOCK = auto()  # MIDI clock
    CONTROLS = auto()  # what is mapped


EVERYTHING: Final = ~Role(0)


class Incoming(NamedTuple):
    """Bytes that came in, at a port of these roles. Each own port has roles of its own."""

    second: Seconds
    data: bytes
    roles: Role = EVERYTHING


class Bar(NamedTuple):
    """The bar that a timebase master says we are in; beats are quarter notes."""

    number: int  # 1 is the first
    beat: Beats  # in the bar, 0 at its beginning, up to one tick less than the truth
    tick: Beats
    bpm: Bpm  # of quarter notes, or of beats of the meter: masters disagree
    unit: Beats  # a beat of the meter
    meter: str  # as in "7/8"


class Place(NamedTuple):
    """Where another program's transport is: at `second` it has come to `seconds` of its own."""

    second: Seconds
    rolls: bool
    seconds: Seconds = Seconds(0.0)
    bar: Bar | None = None


class Keep(Enum):
    """Whose intervals are to be kept just now."""

    NOTHING = auto()
    CLOCK = auto()  # one is followed or sent, and no answer is on
    MUSIC = auto()  # of an answer


class Hooks(NamedTuple):
    """What the ports call. On JACK all but `wake` run in its realtime thread."""

    # (what was heard, start, end) -> what goes out now: all that is due up to `end`, by second.
    # What came too late for its own second goes out at `start`.
    cycle: Callable[[Sequence[Incoming], Seconds, Seconds], Sequence[Timed]]
    keep: Callable[[], Keep]
    rests: Callable[[], bool]  # is there nothing to do as long as nothing is heard?
    wake: Callable[[], None]  # makes the main loop turn once more
    # Where a transport that others move is, before each cycle; None: nobody wants to know.
    place: Callable[[Place], None] | None = None
    # By how much seconds have moved against the frames that others count; None: the same.
    slip: Callable[[Seconds], None] | None = None


class NameTakenError(PortError):
    """Another program, or another improvd, has this client name."""


class NoMidiSystemError(PortError):
    """There is no MIDI system of this kind here."""


class MidiSystemGoneError(PortError):
    """The MIDI system went away under us."""


class Link(NamedTuple):
    """Two port names that are connected, as the backend writes them."""

    source: str
    sink: str


class Input(NamedTuple):
    """An own input port, and what it is to be connected with: "auto", "virtual" or names."""

    end: str
    roles: Role
    wanted: str | Sequence[str]


class Wishes(NamedTuple):
    """What the own ports are called, and what they are to be connected with.

    MIDI clock and controls have ports of their own, `clock` and `controls`, where they are not
    heard at the input.
    """

    name: str
    input: str | Sequence[str]  # "auto", "virtual" or names
    output: str  # "virtual" or a name
    clock: str = "input"  # or "virtual" or a name
    controls: str | Sequence[str] = "input"  # or "virtual" or names
    quantum: int = 0  # frames of 48 kHz that PipeWire is asked for as its period; 0: none are

    def inputs(self) -> list[Input]:
        """The own input ports; the last one, `hears`, is for all that has none of its own."""
        clock = self.clock if self.clock in ("input", "virtual") else [self.clock]
        apart = [
            Input("clock", Role.CLOCK, clock),
            Input("controls", Role.CONTROLS, self.controls),
        ]
        apart = [each for each in apart if each.wanted != "input"]
        rest = EVERYTHING
        for each in apart:
            rest &= ~each.roles
        return [*apart, Input("hears", rest, self.input)]


class Backend(Protocol):
    """Open ports. Opening raises PortError.

    Either it calls the cycle by itself, in the driver's thread, and `poll` only does the rest; or
    each `poll` calls it once. All methods are called from the main loop.
    """

    hears: str  # the own ports, as other programs see them
    plays: str
    lead: Seconds  # how long before its second a message has to be there
    lag: Seconds  # how far its seconds are behind the monotonic clock
    xruns: int  # so far, where the system counts them
    priority: int  # the SCHED_FIFO priority that suits the main loop

    def readers(self) -> Sequence[int]:
        """File descriptors that make a `poll` worth its while."""
        ...

    def pause(self, now: Seconds) -> Seconds:
        """How long the next `poll` can wait."""
        ...

    def poll(self, now: Seconds) -> None:
        """Do what is due. Raises MidiSystemGoneError."""
        ...

    def connections(self) -> list[Link]:
        """All connections of the own ports that can be known."""
        ...

    def awaited(self) -> list[Link]:
        """Connections that went with a port of others, and are made again when that returns."""
        ...

    def restore(self, connections: Sequence[Link]) -> None:
        """Connect exactly these."""
        ...

    def unheard(self) -> bool:
        """Is it certain that nothing listens to the output?"""
        ...

    def close(self) -> None:
        """Let the port take what was sent, then leave."""
        ...
