"""`improvd run`: the daemon."""

import faulthandler
import logging
from functools import partial
from pathlib import Path

import click

from improvd.errors import ImprovdError
from improvd.play.logs import log_to_stderr

log = logging.getLogger(__name__)


@click.command("run")
@click.option("--config", type=click.Path(path_type=Path), help="A config.toml, instead of yours.")
@click.option("--name", help="The name of its ports; another one for each improvd that runs.")
@click.option("--verbose", is_flag=True, help="Log more, as log.level = debug does.")
@click.option("--log-format", help="auto, plain, journal or json, instead of log.format.")
@click.pass_context
def command(
    context: click.Context,
    config: Path | None,
    name: str | None,
    *,
    verbose: bool,
    log_format: str | None,
) -> None:
    """Listen on a MIDI port and answer, until SIGINT or SIGTERM; SIGHUP reads the config again."""
    log_to_stderr()  # what is wrong with the configuration is said as all else
    try:
        _serve(config, name, {"level": "debug" if verbose else None, "format": log_format})
    except ImprovdError as fault:
        for line in str(fault).splitlines():
            log.error("%s", line)  # noqa: TRY400 - no bug of ours
        context.exit(fault.exit_code)
    log.info("every note is off; good-bye")


def _serve(config: Path | None, name: str | None, logs: dict[str, str | None]) -> None:
    from improvd.config import load_config  # noqa: PLC0415 - only this verb pays for it
    from improvd.daemon.build import build  # noqa: PLC0415 - the same

    read = partial(load_config, config, midi={"name": name}, log=logs)
    settings = read()
    log_to_stderr(settings.log.level, settings.log.format)
    faulthandler.enable()  # the watchdog of systemd ends with SIGABRT what hangs: it tells where
    build(settings, read=read).run()
