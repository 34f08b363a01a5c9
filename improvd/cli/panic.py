"""`improvd panic`: silence, through the running daemon or without one."""

from pathlib import Path

import click


@click.command("panic")
@click.option("--config", type=click.Path(path_type=Path), help="A config.toml, instead of yours.")
@click.option("--name", help="Which improvd, where several run.")
@click.option("--unless-running", is_flag=True, help="Leave an improvd alone that runs.")
def command(config: Path | None, name: str | None, *, unless_running: bool) -> None:
    """End every note that sounds, and lift every pedal."""
    from improvd.config import load_config  # noqa: PLC0415 - only this verb pays for it
    from improvd.daemon.panic import panic  # noqa: PLC0415 - the same

    settings = load_config(config, midi={"name": name})
    click.echo(panic(settings, unless_running=unless_running))
