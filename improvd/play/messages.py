"""What mind and player say to each other: all that there is. `packets` says how it travels."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

from improvd.core.source import Source
from improvd.core.units import Beats, Bpm, Channel, Pitch, Seconds, Velocity


class Exit(IntEnum):
    """What the player ends with; but for LEFT it has said why, in one line on standard error."""

    LEFT = 0  # as it was asked to
    FAULT = 1  # of ours, or a port that cannot be opened
    NAME_TAKEN = 3
    NO_MIDI_SYSTEM = 4
    MIDI_SYSTEM_GONE = 5


class PlannedNote(NamedTuple):
    """A note of an answer, with its end. Both ends in beats of the transport, or in seconds."""

    onset: float
    end: float
    channel: Channel
    pitch: Pitch
    velocity: Velocity


class PlannedMove(NamedTuple):
    """The sustain pedal of an answer goes down or comes up; beats or seconds, as its notes."""

    position: float
    channel: Channel
    down: bool


class Connection(NamedTuple):
    """Two port names that are connected, as the backend writes them."""

    source: str
    sink: str


# --- mind -> player


class Begin(NamedTuple):
    """An answer begins: its id (each one larger than the last), and whether input cuts it.

    `free` says that it travels in seconds (free time), not in beats. From here until it has ended
    or was cut, the answer is on: a note-on heard meanwhile cuts it, even before its first note.
    `grid` is the one that its beats count on: when the transport has left that, it is cut at once.
    """

    answer: int
    cut_by_input: bool
    free: bool
    grid: int = 0


class Play(NamedTuple):
    """More notes of an answer, by onset, and moves of its pedal, in their order.

    A pedal that is not let up comes up with the answer, or after as long as a note may be.
    """

    answer: int
    notes: list[PlannedNote]
    pedal: Sequence[PlannedMove] = ()


class Finish(NamedTuple):
    """Nothing more comes of this answer: it is over when its last note has ended."""

    answer: int


class Stop(NamedTuple):
    """Cut this answer now: its note-offs, then silence."""

    answer: int


class SetTempo(NamedTuple):
    """A steady tempo for the transport: `beat` falls on `second`; the grid's number is above 0.

    Not heeded while a clock from outside runs; of one that only ticks the tempo stays.
    """

    second: Seconds
    beat: Beats
    bpm: Bpm
    grid: int = 0


class SetThru(NamedTuple):
    """Pass what is heard to the output, or do not."""

    on: bool


class SetControls(NamedTuple):
    """These sources are mapped from now on: what they send is no playing, and is not passed on."""

    controls: list[Source]


class Mute(NamedTuple):
    """Let answers go on in silence, or be heard again from their next notes on."""

    on: bool


class SendControl(NamedTuple):
    """Send this control change now: what state the daemon is in, for lights and DAWs."""

    channel: Channel
    number: int
    value: int


class Restore(NamedTuple):
    """Make exactly these connections again, then end these notes, and lift these pedals.

    What cannot be connected now is when its port is there.
    """

    connections: list[Connection]
    sounding: list[tuple[Channel, Pitch]]
    pedals: tuple[Channel, ...] = ()


class Resume(NamedTuple):
    """A MIDI clock ran on this line before this player was there: it is counted on from it."""

    second: Seconds
    beat: Beats
    bpm: Bpm


class Panic(NamedTuple):
    """Note-offs owed, then CC64 = 0, CC123 and CC120 on every channel that was used."""


# --- player -> mind


class Ready(NamedTuple):
    """The own ports are there. `hears` and `plays` as other programs see them."""

    backend: str
    hears: str
    plays: str


class Heard(NamedTuple):
    """What came in: (second, status, data 1, data 2) of notes, controls and programs.

    A program change has no data 2: there 0 stands.
    """

    events: list[tuple[Seconds, int, int, int]]


class Moved(NamedTuple):
    """The same of what is mapped to a control, or came in at a port for controls: no playing."""

    events: list[tuple[Seconds, int, int, int]]


class HeldKeys(NamedTuple):
    """Input reports were lost: these keys are down and these channels' pedals are held now."""

    second: Seconds
    keys: list[tuple[Channel, Pitch]]
    pedals: list[Channel]


class Sent(NamedTuple):
    """What went out of an answer: (answer, planned, actual second, status, data 1, data 2).

    Its notes, and the moves of its pedal.
    """

    events: list[tuple[int, Seconds, Seconds, int, int, int]]


class Dropped(NamedTuple):
    """Notes and presses of the pedal that came too late to be played, with their ends."""

    answer: int
    dropped: int


class Cut(NamedTuple):
    """This answer was cut at `beat` of the transport; nothing of it sounds any more."""

    answer: int
    second: Seconds
    beat: Beats


class Ended(NamedTuple):
    """This answer is over: its last note has ended."""

    answer: int
    second: Seconds


class Transport(NamedTuple):
    """Where the transport is: `beat` falls on `second`, at `bpm`.

    Told when its line has moved by more than a millisecond a beat ahead, or anything else changed.
    """

    second: Seconds
    beat: Beats
    bpm: Bpm
    grid: int  # what its beats count from: above 0 as SetTempo said, below 0 a clock's place
    hold: str  # what it takes from a clock outside: "grid", "tempo" or "" (nothing)
    source: str  # of that clock: "midi-clock", "jack", "" (none)
    state: str  # of that clock: absent, pulses, running, lost, stopped
    bar_line: Beats  # a beat on which a bar of that clock begins
    meter: str  # of that clock, as in "4/4"; "" where it has none


class Looped(NamedTuple):
    """The output comes back into the input. `thru`: it was on, and is off from now on."""

    thru: bool


class Connections(NamedTuple):
    """All connections of the own ports, whenever they change.

    `awaited` are those that went with a port of others, and are made again when it returns.
    """

    connections: list[Connection]
    awaited: Sequence[Connection] = ()


class Restored(NamedTuple):
    """What `Restore` said to end is ended: the mind need no longer remember it."""


class Alive(NamedTuple):
    """The heartbeat, with what was counted since the start."""

    second: Seconds
    lag: Seconds  # how far the seconds of all other messages are behind the monotonic clock
    lost_reports: int  # input reports dropped because the mind did not read
    late: int  # notes dropped with their offs
    echoes: int  # own notes that came back
    shared_keys: int  # keys that thru and answer held at once on one channel
    xruns: int


class Gone(NamedTuple):
    """The MIDI system went away (jackd died, say): the player leaves after this. One line why."""

    why: str


ToPlayer = (
    Begin
    | Play
    | Finish
    | Stop
    | SetTempo
    | SetThru
    | SetControls
    | Mute
    | SendControl
    | Restore
    | Resume
    | Panic
)
ToMind = (
    Ready
    | Heard
    | Moved
    | HeldKeys
    | Sent
    | Dropped
    | Cut
    | Ended
    | Transport
    | Looped
    | Connections
    | Restored
    | Alive
    | Gone
)
Message = ToPlayer | ToMind
