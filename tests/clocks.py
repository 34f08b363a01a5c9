"""MIDI clocks as others send them: where their pulses fall in truth, and when they are heard."""

import random
from collections.abc import Callable, Iterator

PULSE, START, CONTINUE, STOP = b"\xf8", b"\xfa", b"\xfb", b"\xfc"


def pointer(sixteenths: int) -> bytes:
    return bytes((0xF2, sixteenths & 0x7F, sixteenths >> 7))


def pulses(bpm_at: Callable[[float], float], beats: float, start: float = 10.0) -> Iterator[float]:
    """The seconds of the pulses of so many beats; `bpm_at` says how fast each beat is."""
    second = start
    for pulse in range(round(beats * 24)):
        yield second
        second += 60 / 24 / bpm_at(pulse / 24)


def ramp(low: float, high: float, since: float, until: float) -> Callable[[float], float]:
    """A tempo that goes evenly from `low` to `high` between two beats."""

    def bpm_at(beat: float) -> float:
        share = min(max((beat - since) / (until - since), 0.0), 1.0)
        return low + share * (high - low)

    return bpm_at


def shaken(seconds, most: float, seed: int = 1) -> list[float]:
    """These seconds, each up to `most` too early or too late."""
    dice = random.Random(seed)
    return [second + dice.uniform(-most, most) for second in seconds]
