"""What the daemon tells of itself: one table, for `improvd status` and for Prometheus.

A figure is read when somebody asks, from where it is kept. Knows no socket and no metrics library.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from enum import Enum, auto
from typing import Any, Final, NamedTuple

from improvd import __version__
from improvd.config import Config
from improvd.core.histogram import BOUNDS, Distribution
from improvd.core.units import Seconds
from improvd.daemon.counts import Counts
from improvd.daemon.desk import Desk
from improvd.daemon.exchange import Exchange
from improvd.daemon.link import PlayerLink
from improvd.play.messages import Ready, ToMind

_EVERY: Final = Seconds(1.0)  # between two snapshots for whoever reads them from another thread
_NO_PORTS: Final = Ready("", "", "")

Figures = dict[str, Any]  # by name; nothing in it changes any more


class Kind(Enum):
    """What a figure is, and as what it is told."""

    TEXT = auto()  # a str
    GAUGE = auto()  # a number that goes up and down
    COUNTER = auto()  # one that only grows
    HISTOGRAM = auto()  # a core.histogram.Distribution
    PAIRS = auto()  # a list of pairs of names


class Parts(NamedTuple):
    """Where the figures are kept, and what second it is."""

    name: str
    link: PlayerLink
    desk: Desk
    exchanges: Sequence[Exchange]  # one a voice
    counts: Counts
    started: Seconds
    now: Seconds

    @property
    def ports(self) -> Ready:
        """Those that are open."""
        return self.counts.ready or _NO_PORTS

    @property
    def config(self) -> Config:
        """What is in force."""
        return self.desk.settings.now

    @property
    def tempo_source(self) -> str:
        """Where the tempo comes from just now."""
        source = self.config.tempo.source
        return self.counts.clock or (source if source in ("internal", "tap") else "playing")


class Figure(NamedTuple):
    """`each`: it is a list, one for each of these, which are counted from 1."""

    name: str  # with the unit, as Prometheus has it
    kind: Kind
    help: str
    read: Callable[[Parts], Any]
    each: str = ""


def _of_players(key: str) -> Callable[[Parts], int]:
    return lambda at: at.counts.of_players(key)


_TEXT, _GAUGE, _COUNTER, _HISTOGRAM, _PAIRS = Kind
FIGURES: Final = (
    Figure("name", _TEXT, "Name of its ports", lambda at: at.name),
    Figure("version", _TEXT, "Version of improvd", lambda _: __version__),
    Figure("uptime_seconds", _GAUGE, "Time since its start", lambda at: at.now - at.started),
    Figure("turn", _TEXT, "Who has the turn", lambda at: at.desk.turn.value),
    Figure("mode", _TEXT, "Who plays when", lambda at: at.config.turns.mode),
    Figure(
        "model", _TEXT, "What answers", lambda at: [e.playing for e in at.exchanges], each="voice"
    ),
    Figure(
        "style",
        _TEXT,
        "In which style it plays",
        lambda at: [e.style for e in at.exchanges],
        each="voice",
    ),
    Figure(
        "device", _TEXT, "Where it runs", lambda at: [e.device for e in at.exchanges], each="voice"
    ),
    Figure("tempo_bpm", _GAUGE, "Quarter notes a minute", lambda at: at.counts.bpm),
    Figure("tempo_source", _TEXT, "Where the tempo is from", lambda at: at.tempo_source),
    Figure("chord", _TEXT, "What is played over now", lambda at: at.desk.chord(at.now)),
    Figure("chord_source", _TEXT, "Where it is from", lambda at: at.config.chords.source),
    Figure("backend", _TEXT, "MIDI system", lambda at: at.ports.backend),
    Figure("hears", _TEXT, "Own input port", lambda at: at.ports.hears),
    Figure("plays", _TEXT, "Own output port", lambda at: at.ports.plays),
    Figure(
        "connections",
        _PAIRS,
        "Connections of its ports: source and sink",
        lambda at: [tuple(pair) for pair in at.link.estate.connections],
    ),
    Figure("notes_heard", _COUNTER, "Notes heard", lambda at: at.counts.heard),
    Figure("notes_played", _COUNTER, "Notes of answers", lambda at: at.counts.played),
    Figure("notes_dropped", _COUNTER, "Notes left out as too late", _of_players("late")),
    Figure("answers", _COUNTER, "Answers that sounded", lambda at: at.counts.answers),
    Figure(
        "lateness_seconds",
        _HISTOGRAM,
        "How much later than planned notes of answers went out",
        lambda at: at.counts.late.now,
    ),
    Figure(
        "step_seconds",
        _HISTOGRAM,
        "How long a step of the model took",
        lambda at: [exchange.improviser.took.now for exchange in at.exchanges],
        each="voice",
    ),
    Figure("xruns", _COUNTER, "Periods that JACK missed", _of_players("xruns")),
    Figure(
        "lost_reports", _COUNTER, "Input that the mind had no time for", _of_players("lost_reports")
    ),
    Figure("echoes", _COUNTER, "Own notes that came back", _of_players("echoes")),
    Figure(
        "player_restarts",
        _COUNTER,
        "Player processes after the first",
        lambda at: max(0, at.link.restarts),
    ),
)


class Overview:
    """Hears what the player says, and tells all figures; `publish` gets them once a second."""

    def __init__(self, parts: Parts, publish: Callable[[Figures], None] | None = None) -> None:
        self._parts = parts
        self._publish = publish
        self._due = parts.started

    def take(self, message: ToMind) -> None:
        """A message of the player."""
        self._parts.counts.take(message)

    def player_lost(self) -> None:
        """The player process died."""
        self._parts.counts.player_lost()

    def tick(self, now: Seconds) -> None:
        """Time has passed."""
        if self._publish and now >= self._due:
            self._due = Seconds(now + _EVERY)
            self._publish(self.figures(now))

    def figures(self, now: Seconds) -> Figures:
        """All of them, by name."""
        at = self._parts._replace(now=now)
        return {figure.name: figure.read(at) for figure in FIGURES}

    def status(self, now: Seconds) -> str:
        """The same as one line of JSON."""
        figures = self.figures(now)
        for figure in FIGURES:
            if figure.kind is _HISTOGRAM:
                figures[figure.name] = _plain(figures[figure.name])
        return json.dumps(figures)


def _plain(found: Distribution | list[Distribution]) -> Any:
    if isinstance(found, list):
        return [_plain(each) for each in found]
    return {
        "number": found.number,
        "mean": found.total / found.number if found.number else 0.0,
        "half": found.within(0.5),
        "p99": found.within(0.99),
        "worst": found.worst,
        "buckets": [list(pair) for pair in zip([*BOUNDS, None], found.counts, strict=True)],
    }
