"""A real systemd of a user, in namespaces of its own: nothing of it is seen outside, and back.

It has its own /run and /dev/shm, so that neither its jackd nor its sockets meet others.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from witness import PATIENCE

# As root in the namespaces of whoever runs the tests; others than root are made root in there.
_OURS = ["--mount", "--pid", "--cgroup"]
_MAPPED = [] if os.getuid() == 0 else ["--user"]
UNSHARE = ["unshare", *_OURS, *(["--map-root-user"] if _MAPPED else []), "--fork", "--mount-proc"]
NO_SYSTEMD = "no systemd came up"  # whoever is not root may lack a control group of his own
_SYSTEMD = "/lib/systemd/systemd"
# Of what systemd brings for users only this: nothing that is enabled on this machine is started.
_UNITS = (
    *("basic", "default", "exit", "paths", "shutdown", "sockets", "timers"),
    *("app.slice", "session.slice", "background.slice", "systemd-exit.service"),
)
_BEGIN = """
mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /dev/shm
mkdir -p /run/systemd/system "$XDG_RUNTIME_DIR" && chmod 700 "$XDG_RUNTIME_DIR"
{systemd} --user --log-target=console
exit  # it cannot be the first process itself
"""


def missing() -> str:
    """What keeps a manager from running here; empty where nothing does."""
    for program in ("unshare", "nsenter", "systemctl", _SYSTEMD):
        if not shutil.which(program):
            return f"there is no {program}"
    probe = [*UNSHARE, "mount", "-t", "tmpfs", "tmpfs", "/run"]
    done = subprocess.run(probe, capture_output=True, text=True, check=False)
    return f"namespaces are not allowed: {done.stderr.strip()}" if done.returncode else ""


class Manager:
    """A user's systemd whose home is `folder`. What it starts finds this improvd."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self.config = folder / "config"
        self.units = self.config / "systemd" / "user"
        self.units.mkdir(parents=True)
        self.log = folder / "manager.log"
        self.env = {key: value for key, value in env.items() if key != "NOTIFY_SOCKET"} | {
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(self.config),
            "XDG_RUNTIME_DIR": "/run/user/0",
            "PYTHONPATH": str(Path(__file__).parents[1]),
            "SYSTEMD_UNIT_PATH": f"{self.units}:{_shipped(folder)}",
        }
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [*UNSHARE, "sh", "-ec", _BEGIN.format(systemd=_SYSTEMD)],
                env=self.env, stdout=log, stderr=log,
            )  # fmt: skip
        self.enter = self._enter()
        self.until(lambda: self.ctl("is-system-running")[1] == "running", NO_SYSTEMD)

    def run(self, *command: str) -> tuple[int, str]:
        """Run this in there: its exit code, and all that it says."""
        done = subprocess.run(
            [*self.enter, *command], env=self.env, capture_output=True, text=True, check=False
        )
        return done.returncode, (done.stdout + done.stderr).strip()

    def ctl(self, *words: str) -> tuple[int, str]:
        """systemctl --user."""
        return self.run("systemctl", "--user", *words)

    def improvd(self, *words: str) -> tuple[int, str]:
        """This improvd."""
        return self.run(sys.executable, "-m", "improvd", *words)

    def shows(self, unit: str, name: str) -> str:
        """A property of a unit."""
        return self.ctl("show", unit, f"--property={name}", "--value")[1]

    def until(self, true, fault: str, patience: float = 2 * PATIENCE) -> None:
        """Wait for this; every look at it starts a process."""
        end = time.monotonic() + patience
        while not true():
            assert time.monotonic() < end, f"{fault}:\n{self.log.read_text()}"
            time.sleep(0.05)

    def logged(self, words: str, since: int = 0) -> bool:
        """Has something in there said this, from that byte of its log on?"""
        return words in self.log.read_text()[since:]

    def close(self) -> None:
        """Nothing in there outlives the first process of its namespace."""
        os.kill(int(self.enter[2]), signal.SIGKILL)
        self._process.wait(PATIENCE)

    def _enter(self) -> list[str]:
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        end = time.monotonic() + PATIENCE
        while not (pids := children.read_text().split()):
            assert time.monotonic() < end, self.log.read_text()
        more = [*_OURS, *(["--user", "--preserve-credentials"] if _MAPPED else [])]
        return ["nsenter", "--target", pids[0], *more, "--"]


def _shipped(folder: Path) -> Path:
    """A folder with those units of systemd itself that a manager cannot do without."""
    there = folder / "shipped"
    there.mkdir()
    for name in _UNITS:
        full = name if "." in name else f"{name}.target"
        (there / full).symlink_to(f"/usr/lib/systemd/user/{full}")
    return there
