"""The configuration whose steps are the musical values of the solo that it learns.

A step is one number: a value of the vocabulary, or a wait of one to twelve ticks in which nothing
sounds, and the pitch that it is played with (0: none that is known). The network hears and says
values alone; to it a wait is a vector of zeros, with which each snippet that it learns begins.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple, Self

from improvd.core.units import PITCHES, Beats, Pitch
from improvd.errors import ModelError
from improvd.models.base import Wish
from improvd.models.jazz.configuration import TICK, TICKS
from improvd.models.jazz.faithful.values import Kind, Value

WAITS = TICKS  # of one tick, two and so on up to a beat; they come after the values


class Told(NamedTuple):
    """What a step says."""

    value: Value
    pitch: Pitch | None  # None: it has to be found


@dataclass(frozen=True, slots=True)
class Configuration:
    """What it sets; without a dataset or a card it knows no value."""

    name: str
    values: tuple[Value, ...] = ()
    sizes: tuple[int, ...] = (64,)  # units of each LSTM layer
    grid: Beats = TICK
    attention: int = 0
    embedded: bool = False
    residual: bool = False
    tokens_of: str = "solos"  # its values are those of the music that it learns from
    extends: str = ""
    pedal: bool = False

    @property
    def events(self) -> int:
        """How many values and waits there are; the pitch is told with them."""
        return len(self.values) + WAITS

    @property
    def classes(self) -> int:
        """How many logits there are: one a value."""
        return len(self.values)

    def knowing(self, tokens: tuple[str, ...]) -> Self:
        """The same with these values, as `str` writes them. Raises ModelError."""
        return replace(self, values=_read(tokens))

    def wait(self, ticks: float) -> int:
        """The step in which nothing sounds for so long, a tick at least and a beat at most."""
        return self.classes + int(min(max(ticks, 1), WAITS)) - 1

    def step(self, number: int, pitch: Pitch | None) -> int:
        """That value or wait, with the pitch that it is played with."""
        return number + self.events * (0 if pitch is None else pitch + 1)

    def number(self, step: int) -> int:
        """Of the value or the wait."""
        return step % self.events

    def told(self, step: int) -> Told:
        """What a step says, whatever its number; a wait is a rest."""
        pitch, number = divmod(step, self.events)
        if number >= self.classes:
            return Told(Value(Kind.REST, number - self.classes + 1), None)
        known = 0 < pitch <= len(PITCHES) and self.values[number].begins
        return Told(self.values[number], Pitch(pitch - 1) if known else None)


@lru_cache(maxsize=2)
def _read(tokens: Iterable[str]) -> tuple[Value, ...]:
    try:
        values = tuple(map(Value.parse, tokens))
    except (ValueError, TypeError) as fault:
        message = f"a vocabulary with a token that is no musical value: {fault!s:.200}"
        raise ModelError(message) from None
    if not any(value.begins for value in values):
        raise ModelError(f"a vocabulary of {len(values)} musical values, and none is a note")
    return values


FAITHFUL = Configuration("faithful")


def silence(configuration: Configuration) -> int:
    """A beat in which nothing sounds."""
    return configuration.wait(TICKS)


def lasts(configuration: Configuration, step: int) -> Beats:
    """How far in time a step reaches."""
    return Beats(configuration.told(step).value.ticks * configuration.grid)


def cue(configuration: Configuration, wish: Wish) -> tuple[int, ...]:
    """Nothing: the network hears no chords, only what notes are to them."""
    del configuration, wish
    return ()
