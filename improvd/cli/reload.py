"""`improvd reload`: the configuration is read again, asked for from a shell."""

from pathlib import Path

import click


@click.command("reload")
@click.option("--config", type=click.Path(path_type=Path), help="A config.toml, instead of yours.")
@click.option("--name", help="Which improvd, where several run.")
def command(config: Path | None, name: str | None) -> None:
    """Let the running daemon read its configuration again; one with faults is refused."""
    from improvd.cli._request import request  # noqa: PLC0415 - only this verb pays for it
    from improvd.errors import ConfigError  # noqa: PLC0415 - the same

    first, *faults = request("reload", config, name).splitlines()
    if faults:
        raise ConfigError(*faults, f"{first}: the configuration before holds")
    click.echo(first)
