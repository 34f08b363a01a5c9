"""The configurations of the RNN-RBM as a table, and what the bits of a step mean.

A step is one frame of a piano roll as a bit mask, a plain int: bit p says that the key MIDI 21 + p
sounds; where strikes are told, bit 88 + p says that it is struck as the frame begins. Silence is 0.
Must not know the network.
"""

from dataclasses import dataclass

from improvd.core.units import Beats, Pitch, fold
from improvd.errors import ModelError

LOWEST, HIGHEST = Pitch(21), Pitch(108)  # the keys of a piano
KEYS = HIGHEST - LOWEST + 1
SILENCE = 0
_LAYERS = 2


@dataclass(frozen=True, slots=True)
class Configuration:
    """What one configuration sets."""

    name: str
    strikes: bool  # do its steps tell a key that is struck again from one that is held?
    lowest: Pitch = LOWEST
    highest: Pitch = HIGHEST  # inclusive
    sizes: tuple[int, ...] = (150, 100)  # units of the RBM's hidden layer, and of the RNN
    grid: Beats = Beats(0.25)  # a step
    attention: int = 0
    embedded: bool = False
    residual: bool = False
    tokens_of: str = ""
    extends: str = ""
    pedal: bool = False

    def __post_init__(self) -> None:
        if len(self.sizes) != _LAYERS:
            wanted = (
                f"two layers, the RBM's hidden units and the RNN's: [150,100], not {self.sizes}"
            )
            raise ModelError(f"rnnrbm {self.name} has {wanted}")

    @property
    def visible(self) -> int:
        """How many bits a step has, and how many units of the RBM stand for it: see `frames`."""
        return KEYS * (2 if self.strikes else 1)

    @property
    def hidden(self) -> int:
        """How many hidden units the RBM has."""
        return self.sizes[0]

    @property
    def recurrent(self) -> int:
        """How many units the RNN has."""
        return self.sizes[1]

    @property
    def events(self) -> int:
        """How many different steps there are."""
        return 1 << self.visible

    @property
    def classes(self) -> int:
        """How many logits there are: one a bit, each for itself."""
        return self.visible


LIVE = Configuration("live", strikes=True)
FAITHFUL = Configuration("faithful", strikes=False)
CONFIGURATIONS = {each.name: each for each in (LIVE, FAITHFUL)}


def fits(configuration: Configuration, pitch: Pitch) -> bool:
    """Is this (moved) pitch in the range?"""
    return configuration.lowest <= pitch <= configuration.highest


def transposition(configuration: Configuration, pitch: Pitch) -> int:
    """The smallest move in whole octaves that brings `pitch` into the range, semitones."""
    return fold(pitch, configuration.lowest, configuration.highest) - pitch


def silence(configuration: Configuration) -> int:
    """A frame in which nothing sounds."""
    del configuration
    return SILENCE


def lasts(configuration: Configuration, step: int) -> Beats:
    """How far in time a frame reaches: one step of the grid, whatever sounds."""
    del step
    return configuration.grid
