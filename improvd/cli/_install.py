"""Putting the units in place and taking them away. A file that was edited is left alone."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from improvd.cli._systemd import accounts, folder, run, say
from improvd.cli._units import Scope, account, edited, quoted, unit
from improvd.errors import ImprovdError

_HOMES = (Path("/home"), Path("/root"), Path("/run/user"))  # what ProtectHome hides


class Target(NamedTuple):
    """What is installed: improvd.service, or the instance `name` of improvd@.service."""

    scope: Scope
    name: str | None = None

    @property
    def unit(self) -> str:
        """As systemctl calls it."""
        return f"improvd@{self.name}.service" if self.name else "improvd.service"

    @property
    def path(self) -> Path:
        """The file of the unit."""
        return folder(self.scope) / ("improvd@.service" if self.name else "improvd.service")

    def files(self) -> Mapping[Path, str]:
        """All that belongs to it, and what this improvd would write there."""
        text = unit(self.scope, program(), template=bool(self.name))
        files = {self.path: text}
        return files | {accounts(): account()} if self.scope == "system" else files


def program() -> str:
    """How systemd is to start the improvd that runs here: absolute, and quoted."""
    script = Path(sys.executable).parent / "improvd"
    started = Path(sys.argv[0])
    for each in (started if started.name == "improvd" else script, script):
        if found := shutil.which(each):
            return quoted(str(Path(found).absolute()))
    return f"{quoted(sys.executable)} -m improvd"


def install(target: Target, *, force: bool) -> Iterator[str]:
    """Write the files, make the account, let systemd read and enable the unit; in words, what.

    Raises ImprovdError where a file was edited (but with `force`), or systemd refuses.
    """
    if target.scope == "system":
        _must_be_seen()
    files = target.files()
    if not force:
        _must_be_ours(files)
    for path, text in files.items():
        yield _write(path, text)
    if target.scope == "system" and (fault := say("systemd-sysusers", str(accounts()))):
        raise ImprovdError(f"systemd-sysusers: {fault}")
    run(target.scope, "daemon-reload")
    run(target.scope, "enable", target.unit)
    yield f"{target.unit} is enabled"


def uninstall(target: Target, *, force: bool) -> Iterator[str]:
    """Stop and disable the unit, and remove what was written. Raises as `install`.

    The template stays as long as another instance is enabled, the account for ever.
    """
    if not force:
        _must_be_ours(target.files())
    if not target.path.exists():
        raise ImprovdError(f"{target.path} is not there: nothing is installed")
    run(target.scope, "disable", "--now", target.unit)
    yield f"{target.unit} is stopped and disabled"
    if target.name and (others := _enabled(target)):
        yield f"{target.path} stays: {', '.join(others)} needs it"
        return
    try:
        target.path.unlink()
    except OSError as fault:
        raise _denied(target.path, fault, "removed") from None
    yield f"{target.path} is removed"
    run(target.scope, "daemon-reload")


def _enabled(target: Target) -> list[str]:
    wants = folder(target.scope).glob("*.wants/improvd@*.service")
    return sorted(link.name for link in wants if link.name != target.unit)


def _write(path: Path, text: str) -> str:
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return f"{path} is as it should be"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o644)
    except OSError as fault:
        raise _denied(path, fault, "written") from None
    return f"{path} is written"


def _must_be_ours(files: Mapping[Path, str]) -> None:
    for path in files:
        if path.exists() and edited(path.read_text(encoding="utf-8")):
            raise ImprovdError(
                f"{path} was edited, and stays as it is: put the changes into `systemctl edit`, "
                "or use --force to lose them"
            )


def _must_be_seen() -> None:
    for path in (Path(program().split()[0].strip('"')), Path(__file__)):
        if any(path.resolve().is_relative_to(home) for home in _HOMES):
            raise ImprovdError(
                f"a service of the system does not see {path.resolve()}: install improvd "
                "elsewhere, into /opt/improvd for example, or leave --system out"
            )


def _denied(path: Path, fault: OSError, done: str) -> ImprovdError:
    who = "; --system needs root" if isinstance(fault, PermissionError) else ""
    return ImprovdError(f"{path}: cannot be {done}: {fault.strerror}{who}")
