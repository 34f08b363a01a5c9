"""`improvd run`: the daemon."""

import faulthandler
import logging
from functools import partial
from pathlib import Path

import click

from improvd.play.logs import log_to_stderr

log = logging.getLogger(__name__)


@click.command("run")
@click.option("--config", type=click.Path(path_type=Path), help="A config.toml, instead of yours.")
@click.option("--name", help="The name of its ports; another one for each improvd that runs.")
@click.option("--verbose", is_flag=True, help="Log more.")
def command(config: Path | None, name: str | None, *, verbose: bool) -> None:
    """Listen on a MIDI port and answer, until SIGINT or SIGTERM; SIGHUP reads the config again."""
    from improvd.config import load_config  # noqa: PLC0415 - only this verb pays for it
    from improvd.daemon.build import build  # noqa: PLC0415 - the same

    log_to_stderr(logging.DEBUG if verbose else logging.INFO)
    faulthandler.enable()  # the watchdog of systemd ends with SIGABRT what hangs: it tells where
    read = partial(load_config, config, midi={"name": name})
    service = build(read(), read=read)
    service.run()
    log.info("every note is off; good-bye")
