"""MIDI clocks as others send them: where their pulses fall in truth, and when they are sent."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from typing import Final

PULSE: Final = b"\xf8"
START: Final = b"\xfa"
CONTINUE: Final = b"\xfb"
STOP: Final = b"\xfc"
PULSES: Final = 24  # a beat

BpmAt = Callable[[float], float]  # beat -> bpm


def pointer(sixteenths: int) -> bytes:
    """A song position pointer."""
    return bytes((0xF2, sixteenths & 0x7F, sixteenths >> 7))


def pulses(bpm_at: BpmAt, beats: float, start: float = 0.0) -> Iterator[float]:
    """The seconds of the pulses of so many beats; `bpm_at` says how fast each beat is."""
    second = start
    for pulse in range(round(beats * PULSES)):
        yield second
        second += 60 / PULSES / bpm_at(pulse / PULSES)


def ramp(low: float, high: float, since: float, until: float) -> BpmAt:
    """A tempo that goes evenly from `low` to `high` between two beats."""

    def bpm_at(beat: float) -> float:
        share = min(max((beat - since) / (until - since), 0.0), 1.0)
        return low + share * (high - low)

    return bpm_at


def steady(bpm: float) -> BpmAt:
    """Always this tempo."""
    return lambda _: bpm


def shaken(seconds: Iterable[float], most: float, seed: int = 1) -> list[float]:
    """These seconds, each up to `most` too early or too late."""
    dice = random.Random(seed)  # noqa: S311 - jitter, not secrets
    return [second + dice.uniform(-most, most) for second in seconds]
