"""The configurations of the events family as a table, and what their tokens are."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Self

from improvd.core.event import Event
from improvd.core.units import PITCHES, Beats, Pitch, fold
from improvd.errors import ModelError
from improvd.models.events.vocabulary import Kind, Token, Vocabulary

LOWEST, HIGHEST = Pitch(21), Pitch(108)  # the keys of a piano
_RAW_TICKS = 480  # raw ticks a beat: those of most files
# A raw tick in beats: rounded up in its 40th binary digit, so that sums of ticks are exact up to
# 8,192 beats (rounding would let notes overlap), and 480 are a beat, not less.
_RAW_TICK = Beats(math.ceil(2**40 / _RAW_TICKS) / 2**40)
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
    tokens_of: str = ""  # "events": its tokens are those of the music that it learns from
    extends: str = ""  # the configuration whose tokens are the first of its own
    pedal: bool = False  # has it tokens for the pedal, and ends notes where keys are let go?
    sizes: tuple[int, ...] = (128, 128, 128, 128)  # units of each LSTM layer
    attention: int = 0
    embedded: bool = True
    residual: bool = True

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

    def folded(self, pitch: int) -> Pitch:
        """`pitch` moved by octaves into the range."""
        return fold(pitch, self.lowest, self.highest)

    def knowing(self, tokens: tuple[str, ...]) -> Self:
        """The same with these tokens, as `core.event` writes them. Raises ModelError."""
        return replace(self, vocabulary=_vocabulary(tokens))


@lru_cache(maxsize=2)
def _vocabulary(tokens: tuple[str, ...]) -> Vocabulary:
    try:
        known = Vocabulary([Token.of(Event.parse(token)) for token in tokens])
    except ValueError as fault:
        message = f"a vocabulary with a token that is no MIDI event: {fault!s:.200}"
        raise ModelError(message) from None
    if not any(known.kinds == Kind.ON) or not any((known.kinds != Kind.ON) & (known.deltas > 0)):
        wanted = "one that begins a note, and one that passes time and begins none"
        raise ModelError(f"a vocabulary of {len(tokens)} tokens that needs at least {wanted}")
    return known


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


def _pedal() -> Iterator[Token]:
    """Those of `_live`, then the moves of the pedal: where `live` ends `pedal` goes on."""
    yield from _live()
    for kind in (Kind.DOWN, Kind.UP):
        for delta in _OFF_DELTAS:
            yield Token(delta, kind)


WAITS = _LONGEST_WAIT  # tokens without a pitch, which come first
OF_A_KEY = len(_ON_DELTAS) * len(_VELOCITIES) + len(_OFF_DELTAS)  # tokens
LIVE = Configuration(
    "live", Vocabulary(list(_live())), Beats(1 / _TICKS), LOWEST, HIGHEST, moves=range(-5, 7)
)
PEDAL = replace(
    LIVE, name="pedal", vocabulary=Vocabulary(list(_pedal())), extends=LIVE.name, pedal=True
)
# A pitch that no token has is left out, so the whole range of MIDI is as good as known.
FAITHFUL = Configuration(
    "faithful",
    Vocabulary([]),
    _RAW_TICK,
    Pitch(PITCHES[0]),
    Pitch(PITCHES[-1]),
    range(1),
    tokens_of="events",
)
CONFIGURATIONS = {each.name: each for each in (LIVE, PEDAL, FAITHFUL)}


def fits(configuration: Configuration, pitch: Pitch) -> bool:
    """Is this (moved) pitch in the range?"""
    return configuration.lowest <= pitch <= configuration.highest


def transposition(configuration: Configuration, pitch: Pitch) -> int:
    """The smallest move in whole octaves that brings `pitch` into the range, semitones."""
    return configuration.folded(pitch) - pitch


def silence(configuration: Configuration) -> int:
    """The token that passes a beat, or what is nearest below; nothing begins."""
    return configuration.vocabulary.wait(round(1 / configuration.grid))


def lasts(configuration: Configuration, step: int) -> Beats:
    """How far in time a token reaches: its delta."""
    return Beats(configuration.tokens[step].delta * configuration.grid)
