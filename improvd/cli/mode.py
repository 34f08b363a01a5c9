"""`improvd mode`: who plays when, asked or changed while the daemon runs."""

from pathlib import Path

import click


@click.command("mode")
@click.argument("mode", required=False)
@click.option("--config", type=click.Path(path_type=Path), help="A config.toml, instead of yours.")
@click.option("--name", help="Which improvd, where several run.")
def command(mode: str | None, config: Path | None, name: str | None) -> None:
    """Change to MODE: answer, trade, duet, solo, manual or listen. Without it, tell which rules."""
    from improvd.cli._request import request  # noqa: PLC0415 - only this verb pays for it
    from improvd.listen.modes import MODES  # noqa: PLC0415 - the same

    if mode is not None and mode not in MODES:
        known = ", ".join(MODES)
        raise click.BadParameter(f"{mode!r} is not allowed; allowed: {known}", param_hint="MODE")
    click.echo(request(f"mode {mode}" if mode else "mode", config, name))
