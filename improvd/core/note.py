"""What is played: finished notes in beats, and the events of a keyboard in seconds."""

from dataclasses import dataclass

from improvd.core.units import Beats, Channel, Pitch, Seconds, Velocity


@dataclass(frozen=True, slots=True)
class Note:
    """A note with its end: what is scheduled, saved and drawn."""

    onset: Beats
    duration: Beats
    pitch: Pitch
    velocity: Velocity

    @property
    def end(self) -> Beats:
        """Where it stops, in beats."""
        return Beats(self.onset + self.duration)


@dataclass(frozen=True, slots=True)
class NoteOn:
    """A key went down."""

    second: Seconds
    channel: Channel
    pitch: Pitch
    velocity: Velocity


@dataclass(frozen=True, slots=True)
class NoteOff:
    """A key came up."""

    second: Seconds
    channel: Channel
    pitch: Pitch


@dataclass(frozen=True, slots=True)
class Control:
    """A controller moved: MIDI 1.0 control change `number` (0..127) to `value` (0..127)."""

    second: Seconds
    channel: Channel
    number: int
    value: int


@dataclass(frozen=True, slots=True)
class Program:
    """A program was chosen: MIDI 1.0 program change `number`, 0..127 as it is sent."""

    second: Seconds
    channel: Channel
    number: int


Event = NoteOn | NoteOff | Control | Program

SUSTAIN = 64
PEDAL_DOWN = 64  # the least value of SUSTAIN that holds the pedal down (MIDI 1.0)
ALL_SOUND_OFF = 120
ALL_NOTES_OFF = 123
