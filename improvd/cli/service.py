"""`improvd service`: improvd as a service of systemd; put in place, taken away, looked at."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from improvd.cli._install import Target

_Command = Callable[..., Any]
_NAME: Final = r"[A-Za-z0-9_.-]{1,24}"  # with "improvd-" before it, a midi.name


@click.group("service")
def command() -> None:
    """Run improvd as a service of systemd: of your login, or with --system of the machine."""


def _which(verb: _Command) -> _Command:
    """The options that say which unit is meant."""
    for option in (
        click.option("--name", help="The instance NAME, which reads NAME.toml: improvd@NAME."),
        click.option("--system", is_flag=True, help="The machine's, not your login's."),
    ):
        verb = option(verb)
    return verb


@command.command("install")
@_which
@click.option("--force", is_flag=True, help="Write over a unit that was edited.")
def _install(*, system: bool, name: str | None, force: bool) -> None:
    """Write the unit, enable it, and tell what may keep it from playing."""
    from improvd.cli._install import install  # noqa: PLC0415 - only this verb pays for it
    from improvd.cli._systemd import systemctl  # noqa: PLC0415 - the same

    target = _target(name, system=system)
    for line in install(target, force=force):
        click.echo(line)
    _report(target)
    click.echo(f"start it now: {systemctl(target.scope, 'restart', target.unit)}")


@command.command("uninstall")
@_which
@click.option("--force", is_flag=True, help="Remove a unit that was edited.")
def _uninstall(*, system: bool, name: str | None, force: bool) -> None:
    """Stop it, and remove the unit."""
    from improvd.cli._install import uninstall  # noqa: PLC0415 - only this verb pays for it

    for line in uninstall(_target(name, system=system), force=force):
        click.echo(line)


@command.command("status")
@_which
@click.pass_context
def _status(context: click.Context, *, system: bool, name: str | None) -> None:
    """Tell how it is, and the cure of what is wrong. Exits with 1 where something is."""
    context.exit(int(_report(_target(name, system=system))))


def _target(name: str | None, *, system: bool) -> Target:
    from improvd.cli._install import Target  # noqa: PLC0415 - only this verb pays for it

    if name is not None and not re.fullmatch(_NAME, name):
        raise click.UsageError(f"--name {name!r}: allowed: 1..24 letters, digits, - _ .")
    return Target("system" if system else "user", name)


def _report(target: Target) -> bool:
    """Print what is found; is something wrong?"""
    from improvd.cli._checks import printed  # noqa: PLC0415 - only this verb pays for it
    from improvd.cli._service_checks import SERVICE_CHECKS  # noqa: PLC0415 - the same

    found = list(printed(finding for check in SERVICE_CHECKS for finding in check(target)))
    return any(finding.state == "fault" for finding in found)
