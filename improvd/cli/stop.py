"""`improvd stop`: the end of an answer, asked for from a shell."""

from pathlib import Path

import click


@click.command("stop")
@click.option("--config", type=click.Path(path_type=Path), help="A config.toml, instead of yours.")
@click.option("--name", help="Which improvd, where several run.")
def command(config: Path | None, name: str | None) -> None:
    """End the answer with a cadence; asked again, at once."""
    from improvd.cli._request import request  # noqa: PLC0415 - only this verb pays for it

    click.echo(request("stop", config, name))
