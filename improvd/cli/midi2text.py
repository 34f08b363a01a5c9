"""`improvd midi2text`: a MIDI file -> text of event tokens."""

from pathlib import Path

import click

from improvd.errors import DataError


@click.command("midi2text")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--track", type=click.IntRange(1), help="Only the line of this track.")
@click.option("--output", "-o", type=click.Path(path_type=Path), help="Where to; else stdout.")
def command(file: Path, track: int | None, output: Path | None) -> None:
    """Write the channel events of FILE as text: a line a track, a token an event.

    A token is delta_status_data1_data2, the delta in ticks, the bytes in hex: 120_90_3c_64. The
    first line names the ticks of a quarter note: # division 480. With --track there is the one
    line only; put the division above it where it is not 480. Meta events, tempo changes among
    them, and sysex are left out, and the events after them stay where they are.
    """
    from improvd.ports.miditext import to_line, to_text  # noqa: PLC0415 - only this verb pays for it
    from improvd.ports.rawmidi import read_tracks, write_bytes  # noqa: PLC0415 - the same

    music = read_tracks(file)
    if track and track > len(music.tracks):
        raise DataError(f"{file}: has no track {track}; --track may be 1..{len(music.tracks)}")
    text = f"{to_line(music.tracks[track - 1])}\n" if track else to_text(music)
    if output:
        write_bytes(output, text.encode())
    else:
        click.echo(text, nl=False)
