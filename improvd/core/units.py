"""The units that run through the whole program, and the ranges they live in.

Which unit a number has is said by its type. Seconds are those of `time.monotonic()`, which two
processes of one machine share. A beat is a quarter note, whatever the meter.
"""

from typing import Final, NewType

Seconds = NewType("Seconds", float)
Milliseconds = NewType("Milliseconds", float)
Beats = NewType("Beats", float)
Bpm = NewType("Bpm", float)
Pitch = NewType("Pitch", int)
Velocity = NewType("Velocity", int)
Channel = NewType("Channel", int)

PITCHES: Final = range(128)
VELOCITIES: Final = range(1, 128)  # a note-on of velocity 0 is a note-off
CHANNELS: Final = range(1, 17)  # as musicians count them; the wire counts from 0
SLOWEST: Final = Bpm(20.0)
FASTEST: Final = Bpm(400.0)
OCTAVE: Final = 12  # semitones


def seconds(milliseconds: Milliseconds) -> Seconds:
    """The same time in seconds."""
    return Seconds(milliseconds / 1000)


def fold(pitch: int, lowest: int, highest: int) -> Pitch:
    """`pitch` moved by octaves, as few as will do, into lowest..highest (at least an octave)."""
    up = -((pitch - lowest) // OCTAVE) if pitch < lowest else 0
    down = -((highest - pitch) // OCTAVE) if pitch > highest else 0
    return Pitch(pitch + OCTAVE * (up - down))
