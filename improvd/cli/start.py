"""`improvd start`: an answer now, asked for from a shell."""

from pathlib import Path

import click


@click.command("start")
@click.option("--config", type=click.Path(path_type=Path), help="A config.toml, instead of yours.")
@click.option("--name", help="Which improvd, where several run.")
def command(config: Path | None, name: str | None) -> None:
    """Answer what was played, or go on from what was heard last."""
    from improvd.cli._request import request  # noqa: PLC0415 - only this verb pays for it

    click.echo(request("start", config, name))
