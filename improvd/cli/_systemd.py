"""What systemd's own tools are asked, and where systemd looks for files. Decides nothing."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from improvd.cli._units import Scope
from improvd.errors import ImprovdError

_PATIENCE: Final = 120.0  # seconds: starting may wait for a MIDI system


def folder(scope: Scope) -> Path:
    """Where the units of an administrator or a user stand, systemd.unit(5)."""
    if scope == "system":
        return Path("/etc/systemd/system")
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(home) / "systemd" / "user"


def accounts() -> Path:
    """What sysusers.d(5) reads."""
    return Path("/etc/sysusers.d/improvd.conf")


def systemctl(scope: Scope, *words: str) -> str:
    """The word for the shell: `systemctl --user enable improvd`."""
    return " ".join(("systemctl", *(("--user",) if scope == "user" else ()), *words))


def run(scope: Scope, *words: str) -> None:
    """Let systemctl do this. Raises ImprovdError with what it says."""
    command = systemctl(scope, *words)
    if (fault := say(*command.split())) is not None:
        raise ImprovdError(f"{command}: {fault}")


def say(*command: str) -> str | None:
    """Run this; None where all is well, else the last line of what was said."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=_PATIENCE
        )
    except (OSError, subprocess.TimeoutExpired) as fault:
        return str(fault)
    said = (done.stderr or done.stdout).strip().splitlines() or [f"exit code {done.returncode}"]
    return said[-1] if done.returncode else None


def show(*command: str) -> Mapping[str, str]:
    """What a tool shows as lines of KEY=value; empty where it does not answer."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return {}
    pairs = (line.partition("=") for line in done.stdout.splitlines())
    return {key: value for key, _, value in pairs} if not done.returncode else {}


def properties(scope: Scope, unit: str, *names: str) -> Mapping[str, str]:
    """What systemd knows of a unit; empty where it does not run."""
    return show(*systemctl(scope, "show", unit, *(f"--property={name}" for name in names)).split())
