"""`improvd ports`: which MIDI ports there are, and what would be connected."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from improvd.errors import PortError
from improvd.ports.base import NoMidiSystemError, Wishes
from improvd.ports.opening import AUTO, CURE
from improvd.ports.survey import survey


@click.command("ports")
@click.option("--config", type=click.Path(path_type=Path), help="A config.toml, instead of yours.")
def command(config: Path | None) -> None:
    """Show the MIDI ports of every system that answers, and what would be connected.

    An arrow marks what improvd would connect itself with: "->" is heard, "<-" is played to. The
    first system that answers is used, or the one that midi.backend names. Exits with 1 when none
    answers.
    """
    from improvd.config import load_config  # noqa: PLC0415 - only this verb pays for it

    midi = load_config(config).midi
    wishes = Wishes(midi.name, midi.input, midi.output)
    used = ""
    for backend in AUTO:
        try:
            lines = list(_seen(backend, wishes))
        except PortError as fault:
            if backend == midi.backend:
                raise
            print(f"{backend}: not here ({fault})")
            continue
        used = used or (backend if midi.backend in ("auto", backend) else "")
        print(f"{backend}{': improvd uses this one' if used == backend else ''}")
        print("\n".join(lines))
    if not used:
        raise NoMidiSystemError(f"no MIDI system is running here: {CURE}")


def _seen(backend: str, wishes: Wishes) -> Iterator[str]:
    """A line for each port of one system."""
    found = survey(backend, wishes)
    for ports, connected, arrow, title in (
        (found.sources, found.heard, "->", "that play"),
        (found.sinks, found.played_to, "<-", "that can be played to"),
    ):
        yield f"  ports {title}:" if ports else f"  no ports {title}"
        for port in ports:
            others = f" ({', '.join(port.others)})" if port.others else ""
            yield f"    {arrow if port.name in connected else '  '} {port.name}{others}"
