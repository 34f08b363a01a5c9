"""The configurations of Melody RNN as a table, and what their pitch range means."""

from dataclasses import dataclass

from improvd.core.units import PITCHES, Beats, Pitch, fold

NO_EVENT = 0
NOTE_OFF = 1
FIRST_PITCH = 2  # the event of the lowest pitch; those above it follow
_COMFORT = 6  # semitones that a phrase's first pitch keeps from the edges of the range


@dataclass(frozen=True, slots=True)
class Configuration:
    """What one configuration sets. A step is one event: 0 goes on, 1 ends the note, 2.. begin one.

    What the network takes and gives for a step is in `encoding`.
    """

    name: str
    lowest: Pitch
    highest: Pitch  # inclusive
    lookbacks: tuple[int, ...] = ()  # steps back that a label may repeat, the longest last
    counter: int = 0  # binary digits of the next step's number that the network is told
    keys: bool = False  # is it told what sounds and in which keys that is, or the events?
    attention: int = 0  # steps back that the first layer can attend to
    embedded: bool = False
    residual: bool = False
    sizes: tuple[int, ...] = (128, 128)  # units of each LSTM layer
    grid: Beats = Beats(0.25)  # a step
    tokens_of: str = ""
    extends: str = ""
    pedal: bool = False

    @property
    def pitches(self) -> int:
        """How many pitches are in the range."""
        return self.highest - self.lowest + 1

    @property
    def events(self) -> int:
        """How many events there are."""
        return self.pitches + FIRST_PITCH

    @property
    def classes(self) -> int:
        """How many labels there are, and so logits: the events, and one for each lookback."""
        return self.events + len(self.lookbacks)

    def event(self, pitch: Pitch) -> int:
        """The event that begins `pitch`, folded by octaves into the range."""
        return fold(pitch, self.lowest, self.highest) - self.lowest + FIRST_PITCH

    def pitch(self, event: int) -> Pitch:
        """The pitch that `event` begins."""
        return Pitch(event - FIRST_PITCH + self.lowest)


BASIC = Configuration("basic", Pitch(48), Pitch(83))
MONO = Configuration("mono", Pitch(PITCHES[0]), Pitch(PITCHES[-1]))
LOOKBACK = Configuration("lookback", Pitch(48), Pitch(83), lookbacks=(16, 32), counter=5)
ATTENTION = Configuration(
    "attention", Pitch(48), Pitch(83), lookbacks=(16, 32), counter=7, keys=True, attention=40
)
CONFIGURATIONS = {each.name: each for each in (BASIC, MONO, LOOKBACK, ATTENTION)}


def fits(configuration: Configuration, pitch: Pitch) -> bool:
    """Is this (moved) pitch in the range?"""
    return configuration.lowest <= pitch <= configuration.highest


def lasts(configuration: Configuration, event: int) -> Beats:
    """How far in time an event reaches: one step, whichever it is."""
    del event
    return configuration.grid


def silence(configuration: Configuration) -> int:
    """A step in which nothing happens."""
    del configuration
    return NO_EVENT


def transposition(configuration: Configuration, pitch: Pitch) -> int:
    """The smallest move in whole octaves that gives `pitch` some room on both sides, semitones."""
    return fold(pitch, configuration.lowest + _COMFORT, configuration.highest - _COMFORT) - pitch
