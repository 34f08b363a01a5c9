"""The piano roll of a jam or a continuation: every player's notes in one picture, turn by turn.

Draws finished notes only; knows neither files of music nor how they came to be. matplotlib is
imported when something is drawn, and needs no display.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from improvd.core.note import Note
from improvd.core.tempo import Meter, Tempo
from improvd.core.units import Beats, Bpm, Seconds

_COLOURS = ("#0072b2", "#d55e00")  # of Okabe and Ito: told apart by all eyes
_INK, _BLACK_KEY, _BEAT_LINE, _BAR_LINE = "#333333", "#f2f2f2", "#e9e9e9", "#c4c4c4"
_BLACK_KEYS = (1, 3, 6, 8, 10)
_NAMES = {0: "C", 4: "E", 7: "G"}  # the rows that have a name beside them
_MARGIN = 3  # rows free above and below

Players = Mapping[str, Sequence[Note]]


def draw_pianoroll(
    path: Path, players: Players, meter: Meter, title: str = "", clock: Bpm | None = None
) -> None:
    """Draw two players' notes as a PNG: bars to the right, pitch upwards, loud notes darker.

    With a tempo as `clock`, seconds are to the right and MIDI numbers beside the rows. A turn is a
    run of notes of one player; it is shaded in that player's colour.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415 - slow: only when something is drawn

    every = [note for notes in players.values() for note in notes]
    end = Beats(max((note.end for note in every), default=meter.bar))
    rows = _rows([note.pitch for note in every] or [60])
    size = min(max(end / meter.bar * 0.45, 9.0), 40.0), min(max(len(rows) * 0.14 + 1.0, 3.5), 12.0)
    figure = Figure(figsize=size, dpi=120, layout="constrained")
    axes = figure.add_subplot()
    _keyboard(axes, rows, numbered=clock is not None)
    _bars(axes, end, meter) if clock is None else _seconds(axes, end, clock)
    _frame(axes)
    colours = dict(zip(players, _COLOURS, strict=False))
    for name, first, last in _turns(players):
        axes.axvspan(first, last, color=colours[name], alpha=0.09, lw=0, zorder=0.5)
    for name, notes in players.items():
        _notes(axes, name, notes, colours[name])
    axes.set_title(title, loc="left", color=_INK, fontsize=11)
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, frameon=False)
    _save(figure, path)


def _rows(pitches: Sequence[int]) -> range:
    return range(min(pitches) - _MARGIN, max(pitches) + _MARGIN + 1)


def _keyboard(axes: Any, rows: range, *, numbered: bool) -> None:
    """Rows of black keys are shaded; C, E and G have their names beside them, 60 being C4.

    Or every C, E and G# has its MIDI number.
    """
    for pitch in rows:
        if pitch % 12 in _BLACK_KEYS:
            axes.axhspan(pitch - 0.5, pitch + 0.5, color=_BLACK_KEY, lw=0, zorder=0)
        if pitch % 12 == 0:
            axes.axhline(pitch - 0.5, color=_BAR_LINE, lw=0.8, zorder=0.6)
    named = [pitch for pitch in rows if (pitch % 4 == 0 if numbered else pitch % 12 in _NAMES)]
    labels = [
        str(pitch) if numbered else f"{_NAMES[pitch % 12]}{pitch // 12 - 1}" for pitch in named
    ]
    axes.set_yticks(named, labels, color=_INK, fontsize=8)
    axes.set_ylabel("MIDI note number" if numbered else "", color=_INK)
    axes.set_ylim(rows[0] - 0.5, rows[-1] + 0.5)


def _bars(axes: Any, end: Beats, meter: Meter) -> None:
    """A line at every beat of the meter and a stronger one at every bar; bars count from 1."""
    bars = range(int(end / meter.bar - 1e-6) + 2)
    for line in range(len(bars) * meter.count):
        colour = _BAR_LINE if line % meter.count == 0 else _BEAT_LINE
        axes.axvline(line * 4.0 / meter.unit, color=colour, lw=0.7, zorder=0.6)
    named = bars[: -1 : max(1, len(bars) // 40)]
    axes.set_xticks([bar * meter.bar for bar in named], [str(bar + 1) for bar in named], fontsize=8)
    axes.set_xlim(0.0, bars[-1] * meter.bar)
    axes.set_xlabel(f"bar ({meter})", color=_INK)


def _seconds(axes: Any, end: Beats, bpm: Bpm) -> None:
    """A line at every second and a stronger one at every tenth; they count from 0."""
    tempo = Tempo(bpm)
    lines = range(int(tempo.seconds(end) - 1e-6) + 2)
    for second in lines:
        colour = _BEAT_LINE if second % 10 else _BAR_LINE
        axes.axvline(tempo.beats(Seconds(second)), color=colour, lw=0.7, zorder=0.6)
    named = lines[:: max(1, len(lines) // 20)]
    places = [tempo.beats(Seconds(second)) for second in named]
    axes.set_xticks(places, [str(second) for second in named], fontsize=8)
    axes.set_xlim(0.0, tempo.beats(Seconds(lines[-1])))
    axes.set_xlabel(f"seconds ({bpm:g} beats a minute)", color=_INK)


def _frame(axes: Any) -> None:
    axes.tick_params(length=0, labelcolor=_INK)
    for side in axes.spines.values():
        side.set_color(_BAR_LINE)


def _notes(axes: Any, name: str, notes: Sequence[Note], colour: str) -> None:
    from matplotlib.colors import to_rgb  # noqa: PLC0415 - see above

    axes.barh(
        [note.pitch for note in notes],
        [note.duration for note in notes],
        left=[note.onset for note in notes],
        height=0.84,
        color=[(*to_rgb(colour), 0.45 + 0.55 * note.velocity / 127) for note in notes],
        edgecolor="white",
        linewidth=0.6,
        zorder=2,
    )
    axes.plot([], [], color=colour, linewidth=7, solid_capstyle="butt", label=name)  # the legend


def _turns(players: Players) -> Iterator[tuple[str, Beats, Beats]]:
    """(name, first onset, last end) of every run of notes of one player."""
    named = [(name, note) for name, notes in players.items() for note in notes]
    for name, run in groupby(sorted(named, key=_by_onset), key=itemgetter(0)):
        notes = [note for _, note in run]
        yield name, notes[0].onset, Beats(max(note.end for note in notes))


def _by_onset(named: tuple[str, Note]) -> tuple[Beats, str]:
    return named[1].onset, named[0]


def _save(figure: Any, path: Path) -> None:
    drawn = BytesIO()
    figure.savefig(drawn, format="png")
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_bytes(drawn.getvalue())
    unfinished.replace(path)
