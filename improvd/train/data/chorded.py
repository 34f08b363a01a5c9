"""A folder of music with chords -> lines over them, counted from a bar line of four beats.

That is lead sheets, melodies with chord symbols in MusicXML, and MIDI files in which one track
plays chords as blocks, beside the others. Which of both a file is, or neither, is seen in it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

import symusic

from improvd.core.harmony import Change, Harmony
from improvd.core.note import Note
from improvd.core.units import Beats, Pitch
from improvd.listen.chords import recognise
from improvd.train.data.corpus import Melody, part_of, read_files
from improvd.train.data.melodies import BAR, polyphonic
from improvd.train.data.musicxml import read_lead

_FINE: Final = 24  # parts of a beat: what begins at the same of them begins together
_BLOCKS: Final = 0.8  # share of the moments of a track of chords at which three notes begin
_CHORD: Final = 3  # notes
_HAND: Final = Pitch(60)  # of a track in several voices what is no higher accompanies the line
_LONG: Final = 2 / 3  # of a beat, the first of two swung eighths


class Line(NamedTuple):
    """Notes and the chords that they are played over."""

    notes: list[Note]
    harmony: Harmony


def read_lines(folder: Path) -> tuple[list[Melody], list[str]]:
    """Every line below `folder`, and the files without one, each with the reason.

    Raises DataError where there is no file that may have one.
    """
    files, failed = read_files(folder, READERS)
    return [
        Melody(f"{name}#{number}", line.notes, harmony=line.harmony)
        for name, lines in files
        for number, line in enumerate(lines, 1)
    ], failed


def read_sheet(path: Path) -> list[Line]:
    """The melody of a lead sheet, and once more swung where it is written in eighths.

    Raises ValueError where it has no chords, or bars that are no part of four beats.
    """
    lead = read_lead(path)
    if not lead.changes:
        raise ValueError("no chords above its melody")
    _check(lead.bars)
    bar = min(lead.bars, default=BAR)
    line = _moved(lead.notes, lead.changes, Beats(-lead.pickup % bar))
    written = {note.onset * 2 % 1 for note in line.notes} == {0.0}
    return [line, _swung(line)] if written else [line]


def read_blocks(path: Path) -> list[Line]:
    """The tracks beside one that plays chords; most of its chords begin on bar lines.

    Raises ValueError where there is no such track, or bars that are no part of four beats.
    """
    score = symusic.Score(str(path)).to("quarter")
    _check({4.0 * each.numerator / each.denominator for each in score.time_signatures})
    parts = [part_of(track).sounding().notes for track in score.tracks if not track.is_drum]
    parts = [notes for notes in parts if notes]
    blocks = next((notes for notes in parts if _are_blocks(notes)), [])
    others = [notes for notes in parts if notes is not blocks]
    if not blocks or not others:
        raise ValueError("no track of chords beside another one")
    changes = _changes(blocks)
    place, _ = Counter(_fine(change.beat) % (BAR * _FINE) for change in changes).most_common(1)[0]
    shift = Beats(-place / _FINE % BAR)
    return [_moved(_leading(notes), changes, shift) for notes in others]


READERS: Final[dict[str, Callable[[Path], list[Line]]]] = {
    ".mid": read_blocks,
    ".midi": read_blocks,
    ".mxl": read_sheet,
    ".musicxml": read_sheet,
    ".xml": read_sheet,
}


def _check(bars: Iterable[float]) -> None:
    """Raises ValueError where they do not make four beats."""
    odd = [bar for bar in bars if not bar or BAR % bar]
    if odd:
        raise ValueError(f"bars of {odd[0]:g} beats: a solo over chords is learnt in bars of four")


def _moved(notes: Sequence[Note], changes: Iterable[Change], shift: Beats) -> Line:
    moved = [replace(note, onset=Beats(note.onset + shift)) for note in notes]
    later = (Change(Beats(beat + shift), chord) for beat, chord in changes)
    return Line(moved, Harmony(tuple(later)))


def _swung(line: Line) -> Line:
    """The same with the first of two eighths twice as long as the second."""

    def swung(beat: float) -> Beats:
        whole, part = divmod(beat, 1.0)
        bent = part * 2 * _LONG if part < 1 / 2 else 1 - (1 - part) * 2 * (1 - _LONG)
        return Beats(whole + bent)

    notes = [
        replace(note, onset=swung(note.onset), duration=Beats(swung(note.end) - swung(note.onset)))
        for note in line.notes
    ]
    changes = (Change(swung(beat), chord) for beat, chord in line.harmony.changes)
    return Line(notes, Harmony(tuple(changes)))


def _are_blocks(notes: Sequence[Note]) -> bool:
    """Do chords begin together, at almost every moment?"""
    moments = _moments(notes).values()
    return sum(len(each) >= _CHORD for each in moments) >= _BLOCKS * len(moments)


def _moments(notes: Iterable[Note]) -> dict[int, list[Note]]:
    """What begins together, by when."""
    found: defaultdict[int, list[Note]] = defaultdict(list)
    for note in notes:
        found[_fine(note.onset)].append(note)
    return dict(sorted(found.items()))


def _changes(blocks: Iterable[Note]) -> list[Change]:
    """The chords that the blocks are; none where one is no chord that is known."""
    return [
        Change(Beats(moment / _FINE), recognise(note.pitch for note in notes))
        for moment, notes in _moments(blocks).items()
    ]


def _leading(notes: Sequence[Note]) -> Sequence[Note]:
    """The part of a track in which its line is."""
    return [note for note in notes if note.pitch > _HAND] if polyphonic(notes) else notes


def _fine(beat: float) -> int:
    return round(beat * _FINE)
