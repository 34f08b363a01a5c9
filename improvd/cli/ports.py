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

    An arrow leads from improvd's own ports to what they would be connected with: "<-" is heard
    there, "->" is played to. The first system that answers is used, or the one that midi.backend
    names. Exits with 1 when none answers.
    """
    from improvd.config import load_config  # noqa: PLC0415 - only this verb pays for it

    midi = load_config(config).midi
    wishes = Wishes(midi.name, midi.input, midi.output, midi.clock_input, midi.controls_input)
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
    yield "  improvd's own ports:"
    for own, arrow, ports in (
        *((own, "<-", ports) for own, ports in found.heard.items()),
        (found.plays, "->", found.played_to),
    ):
        yield f"    {own} {arrow} {', '.join(ports) or 'what you connect'}"
    for seen, title in ((found.sources, "that play"), (found.sinks, "that can be played to")):
        yield f"  ports {title}:" if seen else f"  no ports {title}"
        for port in seen:
            others = f" ({', '.join(port.others)})" if port.others else ""
            yield f"    {port.name}{others}"
