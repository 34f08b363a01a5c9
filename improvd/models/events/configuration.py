"""The configurations of the events family as a table, and what their tokens are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from improvd.core.units import Beats, Pitch
from improvd.models.events.vocabulary import Kind, Token, Vocabulary

LOWEST, HIGHEST = Pitch(21), Pitch(108)  # the keys of a piano
OCTAVE = 12
_TICKS = 32  # a beat: 16 ms at 120 beats a minute; a power of two, so that sums of ticks are exact
_LONGEST_WAIT = 48  # ticks
# With these there are 4,096 tokens: 48 waits, and for each key 6 x 6 ons and 10 offs. The deltas
# are those that performed piano music has most; any other is a wait before.
_VELOCITIES = (40, 56, 72, 88, 104, 120)
_ON_DELTAS = (0, 1, 2, 4, 8, 16)
_OFF_DELTAS = (0, 1, 2, 3, 4, 5, 6, 8, 11, 16)


@dataclass(frozen=True, slots=True)
class Configuration:
    """What one configuration sets. A step is the number of a token."""

    name: str
    vocabulary: Vocabulary
    grid: Beats  # a tick
    lowest: Pitch  # what lies beyond is moved by octaves ...
    highest: Pitch  # inclusive
    moves: range  # semitones that training moves a piece by, as far as it fits
    sizes: tuple[int, ...] = (128, 128, 128, 128)  # units of each LSTM layer
    attention: int = 0
    embedded: bool = True

    @property
    def tokens(self) -> Sequence[Token]:
        """What each number means."""
        return self.vocabulary.tokens

    @property
    def events(self) -> int:
        """How many tokens there are."""
        return len(self.tokens)

    @property
    def classes(self) -> int:
        """How many logits there are: one a token."""
        return len(self.tokens)


def _live() -> Iterator[Token]:
    """The waits, then the tokens of each key, in the same order."""
    for ticks in range(1, _LONGEST_WAIT + 1):
        yield Token(ticks, Kind.WAIT)
    for pitch in range(LOWEST, HIGHEST + 1):
        for delta in _ON_DELTAS:
            for velocity in _VELOCITIES:
                yield Token(delta, Kind.ON, pitch, velocity)
        for delta in _OFF_DELTAS:
            yield Token(delta, Kind.OFF, pitch)


WAITS = _LONGEST_WAIT  # tokens without a pitch, which come first
OF_A_KEY = len(_ON_DELTAS) * len(_VELOCITIES) + len(_OFF_DELTAS)  # tokens
LIVE = Configuration(
    "live", Vocabulary(list(_live())), Beats(1 / _TICKS), LOWEST, HIGHEST, moves=range(-5, 7)
)
CONFIGURATIONS = {each.name: each for each in (LIVE,)}


def fits(configuration: Configuration, pitch: Pitch) -> bool:
    """Is this (moved) pitch in the range?"""
    return configuration.lowest <= pitch <= configuration.highest


def transposition(configuration: Configuration, pitch: Pitch) -> int:
    """The smallest move in whole octaves that brings `pitch` into the range, semitones."""
    lowest, highest = configuration.lowest, configuration.highest
    up = -((pitch - lowest) // OCTAVE) if pitch < lowest else 0
    down = -((highest - pitch) // OCTAVE) if pitch > highest else 0
    return OCTAVE * (up - down)


def silence(configuration: Configuration) -> int:
    """A token that passes a beat, or less where there is none of just that."""
    return configuration.vocabulary.wait(round(1 / configuration.grid))


def lasts(configuration: Configuration, step: int) -> Beats:
    """How far in time a token reaches: its delta."""
    return Beats(configuration.tokens[step].delta * configuration.grid)
