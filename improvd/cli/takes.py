"""`improvd takes`: the jams that were kept."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from improvd.errors import DataError

if TYPE_CHECKING:
    from improvd.takes.shelf import Take

_HEADS: Final = ("take", "when", "length", "played", "answered", "bpm")
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group("takes", invoke_without_command=True)
@click.option(
    "--folder", type=click.Path(path_type=Path, file_okay=False), help="Another one than yours."
)
@click.pass_context
def command(context: click.Context, folder: Path | None) -> None:
    """Show and copy the jams that `improvd run` has kept; without a verb, list them.

    NAME is as `improvd takes list` shows it; `last` is the newest take.
    """
    from improvd.takes import shelf  # noqa: PLC0415 - only this verb pays for it

    context.obj = folder or shelf.folder()
    if context.invoked_subcommand is None:
        context.invoke(list_, as_json=False)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list instead.")
@click.pass_obj
def list_(folder: Path, as_json: bool) -> None:  # noqa: FBT001 - click hands it
    """List all takes, the newest last: notes played, notes answered, and the median tempo."""
    from improvd.takes import shelf  # noqa: PLC0415 - only this verb pays for it

    found = shelf.takes(folder)
    if as_json:
        print(json.dumps([_row(take) for take in found], indent=2))
        return
    if not found:
        print(f"there is no take in {folder} yet")
        return
    rows = [_HEADS, *map(_columns, found)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, second, *numbers in rows:
        left = f"{first:{widths[0]}}  {second:{widths[1]}}"
        pairs = zip(numbers, widths[2:], strict=True)
        print(left, *(f" {number:>{width}}" for number, width in pairs))


@command.command("show")
@click.argument("name")
@click.option("--plot", type=_FILE, help="Draw its piano roll as a PNG.")
@click.pass_obj
def show(folder: Path, name: str, plot: Path | None) -> None:
    """Tell what is in the take NAME."""
    from improvd.ports.midifile import read_midi, read_parts  # noqa: PLC0415 - slow: when asked
    from improvd.takes import shelf  # noqa: PLC0415 - the same

    take = shelf.find(folder, name)
    with shelf.as_midi(take) as path:
        parts = read_parts(path)
        meter = read_midi(path).meter if plot else None
    for head, value in zip(_HEADS, _columns(take), strict=True):
        print(f"{head:9} {value}")
    for track, notes in parts.items():
        pitches = [note.pitch for note in notes]
        print(f"{track:9} {len(notes)} notes, pitches {min(pitches)}..{max(pitches)}")
    print(f"{'file':9} {take.path}")
    if plot and meter:
        from improvd.cli._draw import draw_pianoroll  # noqa: PLC0415 - only when asked

        try:
            draw_pianoroll(plot, parts, meter, take.name)
        except OSError as fault:
            raise DataError(f"{plot}: cannot be written: {fault.strerror}") from None


@command.command("export")
@click.argument("names", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=".",
    help="The folder; without it this one.",
)
@click.option("--player", "track", flag_value="player", help="Only what was played.")
@click.option("--partner", "track", flag_value="partner", help="Only what was answered.")
@click.pass_obj
def export(folder: Path, names: tuple[str, ...], output: Path, track: str | None) -> None:
    """Copy the takes NAMES as MIDI files, in place of files of the same names.

    One that is being played is copied as far as it has come.
    """
    from improvd.takes import shelf  # noqa: PLC0415 - only this verb pays for it

    for take in [shelf.find(folder, name) for name in names]:
        print(shelf.export(take, output, track))


def _columns(take: Take) -> tuple[str, ...]:
    if not take.about:
        return take.name, "not written by improvd", "", "", "", ""
    about = take.about
    when = datetime.fromisoformat(about.when).strftime("%a %d %b %Y %H:%M")
    minutes, seconds = divmod(round(about.seconds), 60)
    length = f"{minutes}:{seconds:02}{' so far' if take.unfinished else ''}"
    return take.name, when, length, f"{about.played}", f"{about.answered}", f"{about.bpm:.1f}"


def _row(take: Take) -> dict[str, object]:
    about = take.about._asdict() if take.about else {}
    about["daemon"] = about.pop("name", None)
    return {"name": take.name, "file": str(take.path), "unfinished": take.unfinished, **about}
