"""What a jam leaves behind: its MIDI file, its picture and its sound, each with a line to print.

The MIDI file is the point and its fault is an error; picture and sound are made where what they
need is there, and otherwise their line says what that is.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from improvd.cli._draw import draw_pianoroll
from improvd.core.note import Note
from improvd.core.pedal import Pedal
from improvd.core.tempo import Meter
from improvd.core.units import Bpm
from improvd.errors import DataError
from improvd.ports.midifile import write_midi

_SOUNDFONTS = Path("/usr/share/sounds/sf2")
_RENDERING_SECONDS = 120.0  # it takes a second or two; a synthesiser that hangs is left behind
_VIBRAPHONE = 11  # General MIDI, counted from 0: told apart from the player's piano at once


def keep(
    path: Path,
    players: Mapping[str, Sequence[Note]],
    bpm: Bpm,
    meter: Meter,
    title: str,
    *,
    pedals: Mapping[str, Sequence[Pedal]] | None = None,
) -> Iterator[str]:
    """Write PATH.mid, PATH.png and PATH.wav; yield a line for each as it is done.

    `players` are the human and the answers, in this order; `pedals` theirs. Raises DataError when
    the MIDI file cannot be written.
    """
    make_folder(path)
    _, answering = players
    write_midi(path, players, bpm, meter, programs={answering: _VIBRAPHONE}, pedal=pedals)
    yield f"{path}: both players, a track each"
    yield _picture(path.with_suffix(".png"), players, meter, title)
    yield _sound(path.with_suffix(".wav"), path)


def make_folder(path: Path) -> None:
    """Make the folder that `path` is to be written to. Raises DataError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise DataError(f"{path}: its folder cannot be made: {fault.strerror}") from None


def _picture(path: Path, players: Mapping[str, Sequence[Note]], meter: Meter, title: str) -> str:
    try:
        draw_pianoroll(path, players, meter, title)
    except ModuleNotFoundError:
        return f"{path}: not drawn, it needs matplotlib: pip install 'improvd[plot]'"
    except OSError as fault:
        return f"{path}: not drawn: {fault.strerror}"
    return f"{path}: the piano roll"


def _sound(path: Path, midi: Path) -> str:
    try:
        render_wav(midi, path)
    except DataError as fault:
        return str(fault)
    return f"{path}: how it sounds"


def render_wav(midi: Path, path: Path) -> None:
    """Let fluidsynth play `midi` into a WAV file of 48 kHz, with $SOUNDFONT or an installed one.

    Raises DataError: the program or the soundfont is missing, or they cannot do it.
    """
    fonts = [Path(os.environ.get("SOUNDFONT", "")), *sorted(_SOUNDFONTS.glob("*.sf[23]"))]
    font = next((font for font in fonts if font.is_file()), None)
    program = shutil.which("fluidsynth")
    if not (program and font):
        raise DataError(
            f"{path}: not rendered, it needs fluidsynth and a soundfont: "
            "apt install fluidsynth timgm6mb-soundfont, or name one in $SOUNDFONT"
        )
    unfinished = path.with_name(f".unfinished.{path.name}")
    command = [program, "-niq", "-F", str(unfinished), "-r", "48000", str(font), str(midi)]
    try:
        subprocess.run(
            command,
            check=True,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_RENDERING_SECONDS,
        )
        unfinished.replace(path)
    except (OSError, subprocess.SubprocessError):
        raise DataError(f"{path}: not rendered: {program} could not, with {font}") from None
    finally:
        unfinished.unlink(missing_ok=True)
