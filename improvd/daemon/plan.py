"""What an answer shall be: when it starts, how long it is, how dense, how high. Pure.

Says so for one answer at a time; whose turn it is stands elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from improvd.config import Config
from improvd.core.note import Note
from improvd.core.tempo import next_line
from improvd.core.units import Beats, Seconds, seconds
from improvd.daemon.ear import Ear
from improvd.daemon.log import BEAT
from improvd.engine.improviser import Plan
from improvd.listen.groove import Groove
from improvd.listen.key import estimate as estimate_key
from improvd.listen.manner import density, register

PREPARE: Final = Seconds(0.1)  # before a bar line: what it takes to come in on it
_AT_ONCE: Final = Seconds(0.004)  # "now" for the port: less could not be played at its moment
MOST_BARS: Final = 32  # the longest answer that has a length


class Cue(NamedTuple):
    """When the partner comes in and how long it plays, in beats of the phrase's grid."""

    start: Beats | None = None  # None: as turns.start says
    length: Beats | None = None  # None: as turns.length says
    along: bool = False  # beside the player, and hearing him
    cut_by_input: bool = True


def plan(config: Config, ear: Ear, now: Seconds, cue: Cue, start: Beats) -> Plan:
    """The plan of an answer to what `ear` has heard, from beat `start` of its grid on."""
    bar, phrase = ear.grids.meter.bar, ear.notes(now)
    length = _length(config, ear) if cue.length is None else cue.length

    def ending(answer: Sequence[Note]) -> frozenset[int]:
        played = ((note.pitch, note.duration) for note in (*phrase, *answer))
        return estimate_key(played).triad

    return Plan(
        length,
        bar,
        ending,
        last_onset=Beats(length - BEAT),
        longest=ear.tempo.beats(config.play.max_note),
        density=_chosen(config.turns.density, phrase and density(ear.phrase, ear.length)),
        register=_chosen(config.turns.range, phrase and register([note.pitch for note in phrase])),
        polyphony=config.turns.polyphony,
        harmony=ear.harmony,
        rules=config.jazz.rules,
        colour=config.jazz.colour,
        start=start,
        bpm=ear.tempo.bpm,
    )


def lead(config: Config) -> Seconds:
    """How long before it is to sound a note has to leave."""
    return max(Seconds(0.0), seconds(config.midi.output_latency))


def start_beat(config: Config, ear: Ear, over: Seconds, cue: Cue) -> Beats:
    """The beat of the phrase's grid on which an answer starts to a phrase that is over then."""
    if cue.start is not None:
        return cue.start
    start = config.turns.start
    if start == "beat" and not ear.trusted:
        start = "now"  # a beat that nobody hears is none to wait for
    beat = ear.tempo.beat_at(Seconds(over + _AT_ONCE + lead(config)))
    spacing = {"beat": BEAT, "bar": ear.grids.meter.bar}.get(start)
    return next_line(beat, spacing) if spacing else beat


def groove(config: Config) -> Groove:
    """The grid that its notes are drawn to."""
    turns = config.turns
    return Groove.of(turns.quantize, turns.strength, turns.swing)


def ahead(config: Config) -> Beats:
    """How far the model runs ahead of the sound."""
    return Beats(config.play.lookahead + groove(config).early)


def _length(config: Config, ear: Ear) -> Beats:
    bar, bars = ear.grids.meter.bar, config.turns.length
    wanted = ear.length if bars == "phrase" else Beats(bars * bar)
    return Beats(max(BEAT, min(wanted, MOST_BARS * bar)))


def _chosen(setting: Any, of_the_phrase: Any) -> Any:
    """What a setting stands for: itself, that of the phrase where there is one, or nothing."""
    return {"free": None, "phrase": of_the_phrase or None}.get(setting, setting)
