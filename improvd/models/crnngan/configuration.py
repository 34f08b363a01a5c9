"""The configurations of the C-RNN-GAN as a table, and what a step of it is.

A step is a tone: when it begins after the one before, its pitch, its velocity and its length, all
plain integers. Time is seconds: a tick is 1/64 s, as many beats as the tempo makes of it. Where
styles are known, such as composers or genres, it tells that of its piece as well. Must not know the
network.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple, Self

from improvd.core.units import OCTAVE, VELOCITIES, Beats, Bpm, Pitch, fold
from improvd.errors import ModelError
from improvd.models.base import USUAL

LOWEST, HIGHEST = Pitch(21), Pitch(108)  # the keys of a piano
TICKS: Final = 64  # a second: 16 ms each
FARTHEST: Final = 4 * TICKS  # ticks that a tone may begin after the one before
LONGEST: Final = 8 * TICKS  # ticks that a tone may last
NUMBERS: Final = 4  # a tone has for the network
STYLES: Final = 64  # that a model can know
NOISE: Final = 4  # numbers a network takes for a step: as many as a tone has, as in the reference
_DIGITS = 40  # binary digits of a tick in beats: sums of ticks are exact up to 8,192 beats
_REST = 64  # the pitch of a rest, for want of any: the middle of the range


class Tone(NamedTuple):
    """A note, or a rest where the velocity is 0: time passes, and nothing begins."""

    since: int  # ticks after the tone before, 0: together with it
    pitch: int  # MIDI
    velocity: int  # 1..127, 0: a rest
    length: int  # ticks, at least 1
    style: int = 0  # of its piece: 1 is the first that is known, 0: it has none


# Where its fields stand in a row of numbers:
SINCE, PITCH, VELOCITY, LENGTH, STYLE = range(len(Tone._fields))


def rest(ticks: int, style: int = 0) -> Tone:
    """So much time passes, at most `FARTHEST`."""
    return Tone(ticks, _REST, 0, 1, style)


def rests(ticks: int, style: int = 0) -> Iterator[Tone]:
    """The fewest rests that together last so long."""
    for start in range(0, ticks, FARTHEST):
        yield rest(min(FARTHEST, ticks - start), style)


def _tick(bpm: float) -> Beats:
    """A tick in beats, rounded up, as an end that is rounded down would let notes overlap."""
    return Beats(math.ceil(bpm / 60 / TICKS * 2**_DIGITS) / 2**_DIGITS)


@dataclass(frozen=True, slots=True)
class Configuration:
    """What one configuration sets."""

    name: str
    sizes: tuple[int, ...]  # units of the generator's LSTMs
    grid: Beats = _tick(USUAL)  # a tick
    lowest: Pitch = LOWEST  # what lies beyond is moved by octaves
    highest: Pitch = HIGHEST  # inclusive
    tonal: bool = False  # does the network hear and say pitch classes beside the frequency?
    styles: tuple[str, ...] = ()  # the names of those that it knows
    style: int = 0  # that it plays in, as tones tell it
    attention: int = 0
    embedded: bool = False
    residual: bool = False
    tokens_of: str = ""
    extends: str = ""
    pedal: bool = False

    @property
    def events(self) -> int:
        """How many different steps there are."""
        return math.prod(map(len, self.ranges))

    @property
    def ranges(self) -> Sequence[range]:
        """Of the fields of its tones, rests among them."""
        pitches = range(self.lowest, self.highest + 1)
        velocities, lengths = range(VELOCITIES[-1] + 1), range(1, LONGEST + 1)
        return range(FARTHEST + 1), pitches, velocities, lengths, range(len(self.styles) + 1)

    @property
    def classes(self) -> int:
        """How many numbers its graph says: those of a tone."""
        return NUMBERS

    @property
    def noise(self) -> int:
        """How many numbers its graph takes for a step, uniform in [0, 1): its network's first."""
        return NOISE + OCTAVE * self.tonal

    @property
    def said(self) -> int:
        """How many its network says: these, and how likely each pitch class is if it is tonal."""
        return NUMBERS + OCTAVE * self.tonal

    def folded(self, pitch: int) -> Pitch:
        """`pitch` moved by octaves into the range."""
        return fold(pitch, self.lowest, self.highest)

    def knowing(self, tokens: tuple[str, ...]) -> Self:
        """The same with these styles. Raises ModelError."""
        if len(tokens) > STYLES or len(set(tokens)) < len(tokens) or not all(map(_named, tokens)):
            raise ModelError(f"styles have to be 1 to {STYLES} different names of one line each")
        return replace(self, styles=tokens)


def _named(style: str) -> bool:
    return bool(style.strip()) and style.isprintable()


LIVE = Configuration("live", (128, 128))
FAITHFUL = Configuration("faithful", (350, 350))
STYLED = Configuration("styled", (128, 128), tonal=True, tokens_of="folders")
CONFIGURATIONS = {each.name: each for each in (LIVE, FAITHFUL, STYLED)}


def paced(configuration: Configuration, bpm: Bpm) -> Configuration:
    """The same where a beat is as long as at this tempo."""
    return replace(configuration, grid=_tick(bpm))


def step(configuration: Configuration, number: int) -> Tone:
    """The step of that number, 0..events - 1."""
    fields: list[int] = []
    for values in reversed(configuration.ranges):
        number, at = divmod(number, len(values))
        fields.append(values[at])
    return Tone(*reversed(fields))


def styled(configuration: Configuration, style: str) -> Configuration:
    """The same in that style, one of those that it knows, "": in none."""
    return replace(configuration, style=configuration.styles.index(style) + 1 if style else 0)


def fits(configuration: Configuration, pitch: Pitch) -> bool:
    """Is this (moved) pitch in the range?"""
    return configuration.lowest <= pitch <= configuration.highest


def transposition(configuration: Configuration, pitch: Pitch) -> int:
    """The smallest move in whole octaves that brings `pitch` into the range, semitones."""
    return configuration.folded(pitch) - pitch


def silence(configuration: Configuration) -> Tone:
    """A rest of half a second."""
    return rest(TICKS // 2, configuration.style)


def lasts(configuration: Configuration, step: Tone) -> Beats:
    """How far in time a tone reaches: to where it begins, as the next one may begin there."""
    return Beats(step.since * configuration.grid)
