"""The melody of a MusicXML score, the first voice of the first part, and the chords above it.

Source: MusicXML 4.0 (W3C). Repeats are not unfolded; grace notes and the lower notes of a chord are
left out; tied notes are one; what a chord symbol adds to one of our qualities is left out. Standard
library only.
"""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET

from improvd.core.chord import Chord
from improvd.core.harmony import Change
from improvd.core.note import Note
from improvd.core.units import OCTAVE, PITCHES, Beats, Pitch, Velocity

_SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
# The kinds of chords that MusicXML knows, as qualities; any other is none that is known.
_KINDS = {
    "major": "",
    "minor": "m",
    "diminished": "dim",
    "augmented": "aug",
    "suspended-second": "sus2",
    "suspended-fourth": "sus4",
    "major-sixth": "6",
    "minor-sixth": "m6",
    **dict.fromkeys(("dominant", "dominant-ninth", "dominant-11th", "dominant-13th"), "7"),
    **dict.fromkeys(("major-seventh", "major-ninth", "major-11th", "major-13th"), "maj7"),
    **dict.fromkeys(("minor-seventh", "minor-ninth", "minor-11th", "minor-13th"), "m7"),
    "half-diminished": "m7b5",
    "diminished-seventh": "dim7",
    "major-minor": "mMaj7",
    "augmented-seventh": "aug7",
}
_PLAIN = Velocity(80)
_LARGEST = 1 << 25  # bytes of a score: a symphony has fewer
_LONGEST = 100_000  # beats: fourteen hours at 120 a minute
# What parsing stumbles over: XML, the archive around it (of a kind that cannot be unpacked, say, or
# with a password), and the numbers in it.
_NO_SCORE = (
    *(ET.ParseError, zipfile.BadZipFile, zlib.error, StopIteration, LookupError),
    *(ArithmeticError, NotImplementedError, RuntimeError, EOFError, OSError),
)


class Lead(NamedTuple):
    """A lead sheet, in beats from where it begins."""

    notes: list[Note]
    changes: list[Change]  # in order, one a beat at most
    bars: set[float]  # how long its bars are, in beats
    pickup: Beats  # how long its first bar is


def read_musicxml(path: Path) -> list[list[Note]]:
    """The one melody of a .musicxml, .xml or .mxl file. Raises ValueError where it is not one."""
    return [read_lead(path).notes]


def read_lead(path: Path) -> Lead:
    """The same with its chords and bars. Raises ValueError."""
    try:
        part = _root(path).find("part")
        if part is None:
            raise ValueError("no part in it")
        return _lead(part)
    except _NO_SCORE as error:
        raise ValueError(str(error) or "no score in it") from error


def _root(path: Path) -> ET.Element:
    if path.suffix.lower() != ".mxl":
        return _parse(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        # The container names the score too, but some programs write it with unescaped quotes.
        scores = [name for name in archive.namelist() if not name.startswith("META-INF/")]
        score = archive.getinfo(next(name for name in scores if name.endswith("xml")))
        if score.file_size > _LARGEST:
            raise ValueError(f"a score of more than {_LARGEST >> 20} MiB")
        return _parse(archive.read(score))


def _parse(text: bytes) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 - expat since 2.4.1 stops entity bombs itself


def _lead(part: ET.Element) -> Lead:
    staff = _Staff()
    pickup = 0.0
    for number, measure in enumerate(part.findall("measure")):
        for element in measure:
            staff.read(element)
        pickup = staff.now if not number else pickup
    changes = [Change(Beats(beat), staff.chords[beat]) for beat in sorted(staff.chords)]
    return Lead(staff.notes, changes, staff.bars, Beats(pickup))


class _Staff:
    """What was read so far."""

    def __init__(self) -> None:
        self.notes: list[Note] = []
        self.chords: dict[float, Chord | None] = {}  # by the beat that they begin on
        self.bars: set[float] = set()
        self.now = 0.0  # where in the score, in beats
        self._divisions = 1.0  # of a beat
        self._tied = False

    def read(self, element: ET.Element) -> None:
        """An element of a measure. Raises ValueError, and what its numbers stumble over."""
        length = float(element.findtext("duration", "0")) / self._divisions
        match element.tag:
            case "attributes":
                self._divisions = float(element.findtext("divisions", str(self._divisions)))
                self.bars |= {_bar(time) for time in element.findall("time")}
            case "harmony":
                offset = int(element.findtext("offset", "0")) / self._divisions
                self.chords[max(self.now + offset, 0.0)] = _chord(element)
            case "backup":
                self.now -= length
            case "forward":
                self.now += length
            case "note" if element.find("chord") is None:
                self._hear(element, length)
                self.now += length
        if not (length >= 0 and abs(self.now) < _LONGEST):  # nor may either be no number
            told = f"it goes on for {length:g} to beat {self.now:g}"
            raise ValueError(f"{told}, which no score does")

    def _hear(self, element: ET.Element, length: float) -> None:
        if element.find("pitch") is None or not _is_melody(element):
            return
        note = Note(Beats(self.now), Beats(length), _pitch(element), _PLAIN)
        _add(self.notes, note, tied=self._tied)
        self._tied = element.find("tie[@type='start']") is not None


def _bar(time: ET.Element) -> float:
    """How long a bar of that meter is, in beats; 0 where it is none of two plain numbers."""
    beats, kind = time.findtext("beats", ""), time.findtext("beat-type", "")
    return (
        4.0 * int(beats) / int(kind) if beats.isdecimal() and kind.strip("0").isdecimal() else 0.0
    )


def _chord(harmony: ET.Element) -> Chord | None:
    """What a chord symbol says; None where it is no chord that is known."""
    step, kind = harmony.findtext("root/root-step", ""), harmony.findtext("kind", "")
    if step not in _SEMITONES or kind not in _KINDS:
        return None
    alter = round(float(harmony.findtext("root/root-alter", "0")))
    return Chord((_SEMITONES[step] + alter) % OCTAVE, _KINDS[kind])


def _is_melody(note: ET.Element) -> bool:
    return note.find("grace") is None and note.findtext("voice", "1") == "1"


def _pitch(note: ET.Element) -> Pitch:
    octave = int(note.findtext("pitch/octave", "4"))
    alter = round(float(note.findtext("pitch/alter", "0")))
    pitch = Pitch(12 * (octave + 1) + _SEMITONES[note.findtext("pitch/step", "")] + alter)
    if pitch not in PITCHES:
        raise ValueError(f"pitch {pitch}; allowed: {PITCHES[0]}..{PITCHES[-1]}")
    return pitch


def _add(notes: list[Note], note: Note, *, tied: bool) -> None:
    """Append the note, or lengthen the last one that it is tied to."""
    if tied and notes[-1].pitch == note.pitch:
        first = notes.pop()
        note = replace(first, duration=Beats(note.end - first.onset))
    notes.append(note)
