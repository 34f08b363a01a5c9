"""A folder of MIDI, ABC and MusicXML files -> melodies as lists of notes, and where they come from.

A file that cannot be read is named and skipped. Which notes of a polyphonic track are its melody is
for the family's encoder to hear, as it does live.
"""

from __future__ import annotations

import logging
import re
import subprocess
import tempfile
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

import symusic
from tqdm import tqdm

from improvd.core.harmony import Harmony
from improvd.core.note import Note
from improvd.core.pedal import Part, Press, merged
from improvd.core.units import Beats, Pitch, Seconds, Velocity
from improvd.errors import DataError
from improvd.models.card import Source
from improvd.train.data.musicxml import read_musicxml

log = logging.getLogger(__name__)

T = TypeVar("T")

NO_TIME = Seconds(0.0)

_TUNE = re.compile(r"^X:.*$", re.MULTILINE)
_ABC2MIDI = ("abc2midi", "tunes.abc", "-silent", "-NGRA", "-NGUI")
_TIMEOUT = 60.0  # seconds for one tunebook
_SENTENCE_END = re.compile(r"(?<=\.)\s+(?=[A-Z])")
_LINE = 160  # characters of a card that a licence or an origin may have


Piece = list[Part]  # the tracks that sound together


@dataclass(frozen=True, slots=True)
class Melody:
    """One track or tune, in file order: onsets in beats from where it starts."""

    name: str  # the file below the data folder, and which of its tunes
    notes: Sequence[Note]
    held: Sequence[Press] = ()  # with a pedal, notes are as long as their keys are held
    harmony: Harmony | None = None  # that it is played over; beat 0 is a bar line then


def read_midi(path: Path, beat: Seconds = NO_TIME) -> list[Piece]:
    """Every track that is not drums; so many seconds are a beat, 0: as the file has its beats."""
    score = symusic.Score(str(path)).to("second" if beat else "quarter")
    scale = 1 / beat if beat else 1.0
    return [[part_of(track, scale) for track in score.tracks if not track.is_drum]]


def part_of(track: Any, scale: float = 1.0) -> Part:
    """A track, of symusic; its floats are short, and only their differences are exact."""

    def beats(time: float) -> Beats:
        return Beats(float(time) * scale)

    notes = [
        Note(
            beats(note.time),
            beats(note.end - note.time),
            Pitch(note.pitch),
            Velocity(note.velocity),
        )
        for note in sorted(track.notes, key=lambda note: note.time)
    ]
    held = [Press(beats(each.time), beats(each.time + each.duration)) for each in track.pedals]
    return Part(notes, held)


def read_abc(path: Path, beat: Seconds = NO_TIME) -> list[Piece]:
    """Every tune of a tunebook, by `abc2midi`; its tunes are numbered anew, as numbers repeat."""
    numbers = iter(range(1, 1_000_000))
    text = path.read_text("utf-8", errors="replace")
    text = _TUNE.sub(lambda _: f"X:{next(numbers)}", text)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "tunes.abc").write_text(text, "utf-8")
        subprocess.run(_ABC2MIDI, cwd=folder, timeout=_TIMEOUT, check=False, capture_output=True)
        files = sorted(Path(folder).glob("*.mid"), key=lambda file: int(file.stem[len("tunes") :]))
        if not files:
            raise ValueError("abc2midi found no tune in it")
        return [piece for file in files for piece in read_midi(file, beat)]


def read_score(path: Path, beat: Seconds = NO_TIME) -> list[Piece]:
    """The first voice of a MusicXML file. Raises ValueError: it has no seconds."""
    if beat:
        raise ValueError("a score has beats, no seconds")
    return [[Part(notes) for notes in read_musicxml(path)]]


READERS: dict[str, Callable[..., list[Piece]]] = {
    ".mid": read_midi,
    ".midi": read_midi,
    ".abc": read_abc,
    ".mxl": read_score,
    ".musicxml": read_score,
    ".xml": read_score,
}


def read_corpus(
    folder: Path, *, together: bool = False, pedal: bool = False, beat: Seconds = NO_TIME
) -> tuple[list[Melody], list[str]]:
    """Every melody below `folder`, and the files that could not be read, each with the reason.

    All tracks of a piece `together` are one. So many seconds are a `beat`, 0: the files' own. With
    `pedal` notes are as long as their keys are held,
    and the pedal is told beside them, else as they sound. Raises DataError where there is no music
    file at all.
    """
    readers = {suffix: partial(reader, beat=beat) for suffix, reader in READERS.items()}
    files, failed = read_files(folder, readers)
    melodies: list[Melody] = []
    for name, pieces in files:
        heard = pieces if pedal else [[track.sounding() for track in each] for each in pieces]
        tracks = map(merged, heard) if together else chain.from_iterable(heard)
        numbered = enumerate((track for track in tracks if track.notes), 1)
        melodies += [Melody(f"{name}#{number}", *track) for number, track in numbered]
    return melodies, failed


def read_files(
    folder: Path, readers: Mapping[str, Callable[[Path], list[T]]]
) -> tuple[list[tuple[str, list[T]]], list[str]]:
    """What the reader of its suffix finds in each file below `folder`, by the file's name there.

    And the files that could not be read, each with the reason. Raises DataError where there is no
    file for a reader.
    """
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in readers)
    if not paths:
        raise DataError(f"{folder} holds no music file: {', '.join(readers)}")
    files: list[tuple[str, list[T]]] = []
    failed: list[str] = []
    for path, found in _read_all(paths, readers):
        name = str(path.relative_to(folder))
        if isinstance(found, str):
            log.warning("%s skipped: %s", name, found)
            failed.append(f"{name}: {found}")
        else:
            files.append((name, found))
    return files, failed


def _read_all(
    paths: list[Path], readers: Mapping[str, Callable[[Path], list[T]]]
) -> Iterator[tuple[Path, list[T] | str]]:
    # Spawned, as forking a process that has loaded TensorFlow, with its threads, may hang.
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        results = pool.map(partial(_read, readers), paths, chunksize=8)
        yield from tqdm(zip(paths, results, strict=True), "reading", len(paths), unit="file")


def _read(readers: Mapping[str, Callable[[Path], list[T]]], path: Path) -> list[T] | str:
    """What is in one file, or in a few words why there is nothing."""
    try:
        return readers[path.suffix.lower()](path)
    except Exception as error:  # noqa: BLE001 - whatever a reader stumbles on, only this file is lost
        return str(error) or type(error).__name__


def sources(folder: Path) -> list[Source]:
    """What every SOURCE.txt below `folder` says: lines `DATASET:`, `LICENCE:` and `ORIGIN:`."""
    return [_source(path) for path in sorted(folder.rglob("SOURCE.txt"))]


def _source(path: Path) -> Source:
    lines: Iterable[str] = path.read_text("utf-8", errors="replace").splitlines()
    fields = dict(line.split(": ", 1) for line in lines if ": " in line)
    name = fields.get("DATASET", path.parent.name)
    licence, credit = (_shortened(fields.get(key, "unknown")) for key in ("LICENCE", "ORIGIN"))
    return Source(name=name, licence=licence, credit=credit)


def _shortened(text: str) -> str:
    """The first sentence, as much of it as a card has room for; what is left out shows as "…"."""
    first = _SENTENCE_END.split(text.strip(), maxsplit=1)[0].rstrip(".")
    return textwrap.shorten(first, _LINE, placeholder=" …")
