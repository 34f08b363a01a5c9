"""The melody of a MusicXML score: the first voice of the first part. Standard library only.

Source: MusicXML 4.0 (W3C). Repeats are not unfolded; grace notes and the lower notes of a chord are
left out; tied notes are one.
"""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

from improvd.core.note import Note
from improvd.core.units import PITCHES, Beats, Pitch, Velocity

_SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_PLAIN = Velocity(80)
_LARGEST = 1 << 25  # bytes of a score: a symphony has fewer
_LONGEST = 100_000  # beats: fourteen hours at 120 a minute
# What parsing stumbles over: XML, the archive around it (of a kind that cannot be unpacked, say, or
# with a password), and the numbers in it.
_NO_SCORE = (
    *(ET.ParseError, zipfile.BadZipFile, zlib.error, StopIteration, LookupError),
    *(ArithmeticError, NotImplementedError, RuntimeError, EOFError, OSError),
)


def read_musicxml(path: Path) -> list[list[Note]]:
    """The one melody of a .musicxml, .xml or .mxl file. Raises ValueError where it is not one."""
    try:
        part = _root(path).find("part")
        if part is None:
            raise ValueError("no part in it")
        return [_melody(part)]
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


def _melody(part: ET.Element) -> list[Note]:
    notes: list[Note] = []
    divisions, now = 1.0, 0.0  # divisions of a beat; where in the score, in beats
    tied = False
    for element in part.findall("measure/*"):
        length = float(element.findtext("duration", "0")) / divisions
        if element.tag == "attributes":
            divisions = float(element.findtext("divisions", str(divisions)))
        elif element.tag == "backup":
            now -= length
        elif element.tag == "forward":
            now += length
        elif element.tag == "note" and element.find("chord") is None:
            if element.find("pitch") is not None and _is_melody(element):
                _add(notes, Note(Beats(now), Beats(length), _pitch(element), _PLAIN), tied=tied)
                tied = element.find("tie[@type='start']") is not None
            now += length
        if not (length >= 0 and abs(now) < _LONGEST):  # nor may either be no number
            raise ValueError(f"it goes on for {length:g} to beat {now:g}, which no score does")
    return notes


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
