"""A whole Debian that is booted in a container: a real systemd as the first process.

It is made by debootstrap, and sees this improvd, its packages and its Python below /opt.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
MIRROR = "http://deb.debian.org/debian"
PACKAGES = "systemd,systemd-sysv,procps,python3,jackd2,libasound2"
_BOOTS = 60.0  # seconds
# With cgroups of the second version: in those of the first, realtime scheduling is rationed.
_BEGIN = """
mount -t tmpfs tmpfs /run
SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 exec systemd-nspawn --boot --register=no --keep-unit \\
  --volatile=overlay --console=pipe --directory={tree} {binds}
"""
_PYTHON = """#!/bin/sh
export LD_LIBRARY_PATH=/opt/python/lib PYTHONPATH=/opt/improvd:/opt/packages
exec {python} "$@"
"""
_IMPROVD = """#!/bin/sh
start='import sys; sys.argv[0] = "/usr/local/bin/improvd"; import improvd.cli.main as m; m.main()'
exec /usr/local/bin/python -P -c "$start" "$@"
"""


def missing() -> str:
    """What keeps a container from being booted here; empty where nothing does."""
    if os.getuid():
        return "only root can boot a container"
    programs = ("debootstrap", "systemd-nspawn", "nsenter", "unshare")
    absent = [each for each in programs if not shutil.which(each)]
    if absent:
        return f"there is no {', '.join(absent)} (apt install debootstrap systemd-container)"
    if Path(sys.base_prefix) == Path("/usr") and "bookworm" not in _release():
        return "the container's Python is Debian 12's, and this one is another"
    return ""


def raises_limits() -> bool:
    """May root raise a limit here (capabilities(7), CAP_SYS_RESOURCE)?"""
    lines = Path("/proc/self/status").read_text().splitlines()
    capable = next(line.split()[1] for line in lines if line.startswith("CapEff"))
    return bool(int(capable, 16) >> 24 & 1)


def _release() -> str:
    release = Path("/etc/os-release")
    return release.read_text() if release.exists() else ""


def debian(folder: Path) -> Path:
    """A tree with this improvd in it. Raises CalledProcessError where there is no network."""
    tree = folder / "tree"
    command = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}"]
    subprocess.run([*command, "bookworm", tree, MIRROR], check=True, capture_output=True, text=True)
    python = "/usr/bin/python3" if not _own_python() else "/opt/python/bin/python3"
    for name, text in (("python", _PYTHON.format(python=python)), ("improvd", _IMPROVD)):
        program = tree / "usr" / "local" / "bin" / name
        program.write_text(text)
        program.chmod(0o755)
    return tree


def _own_python() -> bool:
    return Path(sys.base_prefix) != Path("/usr")


class Container:
    """A booted tree; nothing that happens in it is written to it."""

    def __init__(self, tree: Path, log: Path) -> None:
        seen = {"improvd": ROOT, "packages": sysconfig.get_path("purelib")}
        if _own_python():
            seen["python"] = sys.base_prefix
        binds = " ".join(f"--bind-ro={path}:/opt/{name}" for name, path in seen.items())
        with log.open("wb") as out:
            self._process = subprocess.Popen(
                ["unshare", "--mount", "sh", "-ec", _BEGIN.format(tree=tree, binds=binds)],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            )  # fmt: skip
        self.enter: list[str] = []
        self.until(self._booted, f"it did not boot: see {log}", _BOOTS)

    def run(self, *command: str) -> tuple[int, str]:
        """Run this in there as root: its exit code, and all that it says."""
        done = subprocess.run(
            [*self.enter, *command], capture_output=True, text=True, check=False,
            env={"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"},
        )  # fmt: skip
        return done.returncode, (done.stdout + done.stderr).strip()

    def write(self, path: str, text: str) -> None:
        """A file in there."""
        code, said = self.run(
            "sh", "-c", f"mkdir -p $(dirname {path}) && cat > {path} <<'.'\n{text}."
        )
        assert code == 0, said

    def until(self, true, fault: str, patience: float = 10.0) -> None:
        end = time.monotonic() + patience
        while not true():
            assert time.monotonic() < end, fault
            time.sleep(0.2)

    def close(self) -> None:
        """Nothing in there outlives its first process, and nothing of it is kept."""
        if self.enter:
            os.kill(int(self.enter[2]), signal.SIGKILL)
        else:
            self._process.terminate()
        self._process.wait(_BOOTS)

    def _booted(self) -> bool:
        assert self._process.poll() is None, "it left before it was up"
        pid = self._process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        if not children or Path(f"/proc/{children[0]}/comm").read_text() != "systemd\n":
            return False
        namespaces = ["--mount", "--pid", "--net", "--ipc", "--uts", "--cgroup"]
        self.enter = ["nsenter", "--target", children[0], *namespaces, "--"]
        return self.run("systemctl", "is-system-running")[1] in ("running", "degraded")
