"""`improvd learn`: the control that is moved next moves this from now on."""

from pathlib import Path

import click


@click.command("learn")
@click.argument("target")
@click.option("--config", type=click.Path(path_type=Path), help="A config.toml, instead of yours.")
@click.option("--name", help="Which improvd, where several run.")
def command(target: str, config: Path | None, name: str | None) -> None:
    """Wait for the control that is moved, and write it into config.toml as TARGET."""
    from improvd.config import find_config, load_config, user_config  # noqa: PLC0415 - only this verb pays for it
    from improvd.config.schema import KEYS  # noqa: PLC0415 - the same
    from improvd.config.write import write_key  # noqa: PLC0415 - the same
    from improvd.daemon.learn import keep, learn  # noqa: PLC0415 - the same

    if target not in KEYS["controls"]:
        known = ", ".join(KEYS["controls"])
        raise click.UsageError(f"nothing is moved by the name {target!r}; there is: {known}")
    path = config or find_config() or user_config()
    settings = load_config(path if path.exists() else None, midi={"name": name})
    click.echo(f"move what shall move {target}; Ctrl-C leaves everything as it is")
    source = learn(settings, target)
    write_key(path, "controls", target, str(source))
    since = "now on" if keep(settings) else "the next start of improvd on"
    click.echo(f'{path}: controls.{target} = "{source}"; it holds from {since}')
