"""What a family of models is: the contract between music and the network's steps.

A family turns playing into *steps* (its encoder), steps into numbers for the network and the
network's numbers into the next step (its voice), and steps back into notes (its decoder). It knows
no MIDI, no clock and no network library. The engine, training and export know only what stands
here, so a new family is a new folder and nothing else.

Tensor names are a convention: the step graph takes `step` [batch, inputs] float32 and
`state_0`, `state_1` ... [batch, units] or [1, batch, units], and `noise` [batch, numbers] where it
draws, uniform in [0, 1); it returns its heads (`logits` [batch, classes], of a softmax, or of
choices each for itself) and `state_0_out`, `state_1_out` ...
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from operator import attrgetter, itemgetter
from pkgutil import iter_modules
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from improvd.core.chord import Chord
from improvd.core.harmony import Harmony
from improvd.core.note import Note
from improvd.core.pedal import Pedal, presses, sounding
from improvd.core.units import Beats, Bpm, Pitch, Velocity
from improvd.errors import ModelError
from improvd.models import stack

START, ENDLESS = Beats(0.0), Beats(math.inf)
USUAL = Bpm(120.0)  # the tempo of music that nobody told one of: a beat is half a second
ENDED = "notes without an end"  # a repair: they end after the longest that a note may be
# What happens on one beat, in this order: keys are let go, the pedal moves and lets notes die ...
_LET_GO, _MOVED, _DIED, _CHANGED, _STRUCK = range(5)  # ... a chord begins and keys are struck.
Prune = Callable[[Note, Chord | None], Note | None]
Step = Any  # each family has its own; the engine only carries it from place to place
Outputs = Mapping[str, NDArray[np.float32]]  # the heads of one step, batch 1: [1, classes]


@dataclass(frozen=True, slots=True)
class Wish:
    """What the next step has to be, whatever the model would like best."""

    onset: bool = False  # a note must begin, at once
    hold: bool = False  # nothing may begin but, of `pitch_classes` and at once, what joins a chord
    pitch_classes: frozenset[int] | None = None  # a note that begins is one of these, 0 = C
    within: Beats = ENDLESS  # it must not reach further; a step of a grid may
    busier: float = 0.0  # nats: by so much a note is likelier to begin; below 0, less likely
    register: tuple[int, int] | None = None  # lowest and highest pitch, beyond which it is less so
    # Where a step tells all that sounds:
    voices: int | None = None  # no more notes at once than so
    anew: bool = False  # none can go on, as what sounds in the last step was played by another
    # Where steps tell chords and places of the bar:
    harmony: Harmony | None = None  # which sounds when; None: the one that was heard last goes on
    beat: Beats | None = None  # of the bars and of the harmony, on which it begins; None: as heard
    colour: float = 0.0  # nats: by so much the other tones of a chord's scale are likelier


ANYTHING = Wish()


class Configuration(Protocol):
    """What each configuration of a family tells of itself; the rest is the family's own."""

    @property
    def name(self) -> str: ...
    @property
    def sizes(self) -> tuple[int, ...]:
        """Units of each layer."""
        ...

    @property
    def attention(self) -> int:
        """Steps back that the first layer attends to; 0: it does not."""
        ...

    @property
    def embedded(self) -> bool:
        """Is a step one number for the network, for which a vector stands that it learns?"""
        ...

    @property
    def residual(self) -> bool:
        """Does a layer as wide as what it hears add to it?"""
        ...

    @property
    def grid(self) -> Beats:
        """The finest distance in time that its steps can tell."""
        ...

    @property
    def tokens_of(self) -> str:
        """What of the music that it learns from makes its tokens, "": it has none.

        "events": the raw MIDI events, "solos": the musical values, "folders": their names, which
        are styles.
        """
        ...

    @property
    def extends(self) -> str:
        """The configuration whose steps are the first of its own, "": none's are."""
        ...

    @property
    def pedal(self) -> bool:
        """Do its steps tell of the pedal, and end notes where their keys are let go?"""
        ...

    @property
    def events(self) -> int:
        """How many different steps there are."""
        ...

    @property
    def classes(self) -> int:
        """How many logits there are."""
        ...


class Dice(Protocol):
    """What draws noise."""

    def random(self, *, dtype: type[np.float32], out: NDArray[np.float32]) -> object:
        """Fill `out`, uniform in [0, 1), as `np.random.Generator.random` does."""
        ...


class Encoder(Protocol):
    """Playing -> steps, as it happens. Every call returns the steps that can no longer change.

    Beats count from a bar line, which is the phrase's first onset unless a clock says otherwise;
    they never go back. `key_up` says that the key was let go while the pedal still keeps the note
    sounding; `note_off` that the sound ended. Every encoder is told of both, of the pedal and of
    chords, and heeds what its steps can tell. Playing that the family cannot take (too many voices,
    say) is left out, never refused.
    """

    @property
    def left_out(self) -> int:
        """How many notes so far were beyond what its steps can tell."""
        ...

    def note_on(self, beat: Beats, pitch: Pitch, velocity: Velocity) -> Sequence[Step]: ...
    def key_up(self, beat: Beats, pitch: Pitch) -> Sequence[Step]: ...
    def note_off(self, beat: Beats, pitch: Pitch) -> Sequence[Step]: ...
    def pedal(self, beat: Beats, *, down: bool) -> Sequence[Step]: ...
    def chord(self, beat: Beats, chord: Chord | None) -> Sequence[Step]:
        """A chord begins, None: one that nobody knows. Before the first none is known."""
        ...

    def advance(self, beat: Beats) -> Sequence[Step]:
        """Time has passed, up to `beat`."""
        ...

    def close(self, beat: Beats) -> Sequence[Step]:
        """The phrase ends at `beat`: all that is left. What still sounds ends there."""
        ...


def encode(
    encoder: Encoder,
    notes: Sequence[Note],
    length: Beats,
    pedal: Sequence[Pedal] = (),
    harmony: Harmony | None = None,
) -> list[Step]:
    """The steps of finished notes in a stretch of `length` beats, from a fresh encoder.

    Beside a `pedal` notes are as long as their keys are held, else as they sound. They are played
    over `harmony`, None: no chord is known.
    """
    calls = [(beat, _MOVED, 0, partial(encoder.pedal, beat, down=down)) for beat, down in pedal]
    for beat, chord in harmony.between(START, length) if harmony else ():
        calls.append((beat, _CHANGED, 0, partial(encoder.chord, beat, chord)))
    for note, sound in zip(notes, sounding(notes, presses(pedal, length)), strict=True):
        onset, pitch = note.onset, note.pitch
        calls.append((onset, _STRUCK, pitch, partial(encoder.note_on, onset, pitch, note.velocity)))
        kept = sound.end > note.end
        if kept:
            calls.append((note.end, _LET_GO, pitch, partial(encoder.key_up, note.end, pitch)))
        off = partial(encoder.note_off, sound.end, pitch)
        calls.append((sound.end, _DIED if kept else _LET_GO, pitch, off))
    steps = [step for *_, call in sorted(calls, key=itemgetter(0, 1, 2)) for step in call()]
    return [*steps, *encoder.close(length)]


def decode(decoder: Decoder, steps: Iterable[Step]) -> list[Note]:
    """All notes of these steps, from a fresh decoder; what still sounds ends with the last."""
    notes = [note for step in steps for note in decoder.step(step)]
    return sorted([*notes, *decoder.close()], key=lambda note: (note.onset, note.pitch))


def decode_pedal(decoder: Decoder, steps: Iterable[Step]) -> list[Pedal]:
    """The moves of the pedal in these steps, from a fresh decoder."""
    moved: list[Pedal] = []
    for step in steps:
        was = decoder.pedal
        decoder.step(step)
        if decoder.pedal != was:
            moved.append(Pedal(decoder.beat, decoder.pedal))
    return moved


class Decoder(Protocol):
    """Steps -> notes, as they are chosen. Velocity is the family's own, or a plain 80.

    Where it knows the pedal, notes sound at least as long as their keys are held, which is what it
    tells of.
    """

    @property
    def beat(self) -> Beats:
        """How far the steps so far reach."""
        ...

    @property
    def sounding(self) -> int:
        """How many notes sound at `beat`."""
        ...

    @property
    def pedal(self) -> bool:
        """Is the pedal down at `beat`? A step moves it once at most."""
        ...

    @property
    def attacks(self) -> int:
        """At how many moments notes have begun so far."""
        ...

    @property
    def rest(self) -> Beats:
        """How long nothing has sounded, up to `beat`."""
        ...

    @property
    def repairs(self) -> Mapping[str, int]:
        """What made no sense and was mended, in words, and how often so far."""
        ...

    @property
    def settled(self) -> Beats:
        """Every note that begins before here has been returned."""
        ...

    def step(self, step: Step) -> Sequence[Note]:
        """The notes that this step makes complete, by onset."""
        ...

    def close(self) -> Sequence[Note]:
        """The answer ends at `beat`: what still sounds ends there."""
        ...


class Voice(Protocol):
    """Between a step and the network. Has a history, which belongs to the state of the model."""

    def hear(self, step: Step) -> NDArray[np.float32]:
        """Take `step` as the next of the history; the network's input for it, [inputs]."""
        ...

    def choose(self, outputs: Outputs, wish: Wish) -> Step:
        """Draw the next step from what the network said of it. Does not change the history."""
        ...

    def score(self, outputs: Outputs, step: Step) -> float:
        """The log-likelihood of `step` as the next one, nats: the model's own, of all steps.

        No temperature, no choice among the likeliest and no wish changes it.
        """
        ...

    def snapshot(self) -> object:
        """The history as a value that compares by content."""
        ...

    def restore(self, snapshot: Any) -> None: ...


@dataclass(frozen=True, slots=True)
class Family:
    """One folder below `models/`; its `__init__` holds one of these as FAMILY."""

    name: str
    paper: str  # where it is described
    configurations: Mapping[str, Configuration]  # what each configuration sets, by its name
    encoder: Callable[[Any, int], Encoder]  # (configuration, transposition in semitones)
    # (configuration, the same transposition, how long a note may be: a longer one ends there)
    decoder: Callable[[Any, int, Beats], Decoder]
    voice: Callable[[Any, Any], Voice]  # (configuration, sampling.Sampler)
    # The move in whole octaves that brings this pitch into the model's range, in semitones:
    transposition: Callable[[Any, Pitch], int]
    fits: Callable[[Any, Pitch], bool]  # is this (moved) pitch in the model's range?
    lasts: Callable[[Any, Step], Beats]  # how far in time a step of this configuration reaches
    silence: Callable[[Any], Step]  # a step of it in which nothing sounds and nothing begins
    # Steps that take no time and tell over which chord, and where in the bar, the next one begins:
    cue: Callable[[Any, Wish], Sequence[Step]] = lambda *_: ()
    # What rules of these names, the family's own, leave of one note after another over its chord:
    pruner: Callable[[Collection[str]], Prune] = lambda _: lambda note, _: note
    chords: bool = False  # does it play over the chords that it is told?
    dynamics: bool = False  # do its notes have velocities of their own?
    # The step of that number, 0..events - 1:
    step: Callable[[Any, int], Step] = lambda _, number: number
    # The names of the styles that a configuration can play in, and itself in one of them, "": none:
    styles: Callable[[Any], Sequence[str]] = lambda _: ()
    styled: Callable[[Any, str], Any] = lambda configuration, _: configuration
    # The configuration at this tempo, where its steps tell time in seconds:
    paced: Callable[[Any, Bpm], Any] = lambda configuration, _: configuration
    # What the noise of a graph that draws is cast with, made of a sampling.Sampler:
    dice: Callable[[Any], Dice] = attrgetter("dice")
    # And with what, while it only hears, where its state hangs on it; None: it stays as it was
    hearing: Dice | None = None
    # (a train.onnx.graph.Graph, configuration, weights): writes the step graph down
    graph: Callable[[Any, Any, Sequence[NDArray[np.float32]]], None] = stack.write
    # How many numbers the network's last layer says, of which the graph may make fewer logits:
    said: Callable[[Any], int] = attrgetter("classes")

    def configuration(self, name: str, tokens: tuple[str, ...] = ()) -> Any:
        """The configuration of that name, with its tokens if it has some. Raises ModelError."""
        found = self.named(name)
        if not found.tokens_of:
            return found
        if not tokens:
            cure = f"`improvd dataset {self.name} --config {name}`"
            raise ModelError(f"{self.name} {name} has no tokens without a dataset made by {cure}")
        return found.knowing(tokens)

    def named(self, name: str) -> Any:
        """The configuration of that name, "": the first; without tokens.

        Raises ModelError.
        """
        try:
            return self.configurations[name or next(iter(self.configurations))]
        except KeyError:
            known = ", ".join(sorted(self.configurations))
            message = f"{self.name} has no configuration {name!r:.40}; it has: {known}"
            raise ModelError(message) from None

    def in_style(self, configuration: Any, style: str, who: str) -> Any:
        """The configuration in that style, "": in none; where it knows none, as it is.

        Raises ModelError, of the model `who`, where it knows others.
        """
        known = self.styles(configuration)
        if style and known and style not in known:
            raise ModelError(f"{who} has no style {style!r:.40}; it has: {', '.join(known)}")
        return self.styled(configuration, style) if known else configuration


class Learnt(Protocol):
    """What tells all of a configuration: a model's card, or the settings of a run."""

    @property
    def family(self) -> str: ...
    @property
    def configuration(self) -> str: ...
    @property
    def tokens(self) -> tuple[str, ...]: ...


def configuration_of(learnt: Learnt) -> Any:
    """The configuration that it is of, with its tokens. Raises ModelError."""
    return family(learnt.family).configuration(learnt.configuration, learnt.tokens)


def styles_of(learnt: Learnt) -> Sequence[str]:
    """The names of the styles that it knows. Raises ModelError."""
    return family(learnt.family).styles(configuration_of(learnt))


def families() -> list[str]:
    """The names of the families that are there, which are the folders here."""
    package = import_module("improvd.models")
    return sorted(module.name for module in iter_modules(package.__path__) if module.ispkg)


def family(name: str) -> Family:
    """The family of that name. Raises ModelError."""
    if name not in families():
        message = f"unknown model family {name!r:.40}; this improvd knows: {', '.join(families())}"
        raise ModelError(message)
    found = import_module(f"improvd.models.{name}").FAMILY
    assert isinstance(found, Family)  # noqa: S101 - a folder without it is a bug of ours
    return found
