"""`improvd text2midi`: text of event tokens -> a MIDI file."""

from pathlib import Path

import click

from improvd.core.units import FASTEST, SLOWEST, Bpm


def _bpm(context: click.Context, option: click.Parameter, value: float) -> Bpm:
    """Checks the range; unlike click's own check it refuses `nan`."""
    if not SLOWEST <= value <= FASTEST:
        told = f"{value:g} has to be {SLOWEST:g}..{FASTEST:g} beats a minute"
        raise click.BadParameter(told, context, option)
    return Bpm(value)


@click.command("text2midi")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--output", "-o", required=True, type=click.Path(path_type=Path), help="Where to.")
@click.option("--bpm", type=float, default=120.0, show_default=True, callback=_bpm)
def command(file: Path, output: Path, bpm: Bpm) -> None:
    """Make a MIDI file of the text that midi2text writes: the same events at the same ticks.

    The text names no tempo, so --bpm does. Without a line # division N a quarter note has 480
    ticks. One line makes a file of type 0, several make one of type 1, a track each.
    """
    from improvd.ports.miditext import from_text  # noqa: PLC0415 - only this verb pays for it
    from improvd.ports.rawmidi import read_bytes, write_tracks  # noqa: PLC0415 - the same

    # What is no text is told by its faulty tokens; editors may begin a file with a byte order mark.
    text = read_bytes(file).decode("utf-8-sig", errors="replace")
    write_tracks(output, from_text(text, file), bpm)
