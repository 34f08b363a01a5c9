"""A private jackd, the daemon on it, a pianist who plays into it and a witness who listens.

Nothing here is part of the daemon.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, Final, Self

from improvd.bench.clients import PATIENCE, RATE, Pianist, Witness
from improvd.errors import PortError

_RUN: Final = ("improvd", "run", "--verbose")


@contextmanager
def jack_server(period: int = 128) -> Iterator[None]:
    """A jackd of our own with the dummy driver; this process and its children use it."""
    if not shutil.which("jackd"):
        raise PortError("the bench needs jackd: apt install jackd2")
    name = f"improvd_bench_{os.getpid()}"
    before = dict(os.environ)
    os.environ |= {
        "JACK_NO_AUDIO_RESERVATION": "1",
        "JACK_NO_START_SERVER": "1",
        "JACK_DEFAULT_SERVER": name,
    }
    command = ["jackd", "-n", name, "-R", "-S", "-P", "70", "-d", "dummy"]
    options = ["-r", str(RATE), "-p", str(period)]
    server = subprocess.Popen(
        [*command, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait = ["jack_wait", "-s", name, "-w", "-t", "10"]
        subprocess.run(wait, check=True, capture_output=True)
        yield
    finally:
        server.terminate()
        server.wait(PATIENCE)
        os.environ.clear()
        os.environ |= before


class Daemon:
    """`improvd run`, started as a user starts it; what it says is kept."""

    def __init__(self, config: Path, folder: Path, program: Sequence[str]) -> None:
        address = str(folder / f"notify-{time.monotonic_ns()}")
        self._notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._notify.bind(address)
        self._notify.settimeout(PATIENCE)
        command = [sys.executable, "-m", *program, "--config", str(config)]
        environment = os.environ | {
            "NOTIFY_SOCKET": address,
            "XDG_RUNTIME_DIR": str(folder),
            "STATE_DIRECTORY": str(folder),  # of the takes
        }
        began = time.monotonic()
        self.process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
        assert self.process.stderr  # noqa: S101 - a pipe was asked for
        self.lines: deque[str] = deque()
        self._reader = threading.Thread(target=self._read, args=(self.process.stderr,), daemon=True)
        self._reader.start()
        try:
            self._await_ready()
        except TimeoutError:
            self.stop()
            raise
        self.seconds_to_ready = time.monotonic() - began

    @property
    def pids(self) -> tuple[int, int]:
        """Mind and player."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return self.process.pid, int(children.read_text().split()[0])

    def said(self, pattern: str, patience: float = PATIENCE) -> re.Match[str]:
        """Wait for a line of its log that holds `pattern`, and take it."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            while self.lines:
                if found := re.search(pattern, self.lines.popleft()):
                    return found
            time.sleep(0.001)
        raise TimeoutError(f"improvd run did not say {pattern!r} within {patience:.0f} s")

    def stop(self) -> None:
        """End it as systemd does."""
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        self._notify.close()

    def _await_ready(self) -> None:
        while b"READY=1" not in self._notify.recv(4096):
            continue

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            self.lines.append(line)


class Rig:
    """Daemon, pianist and witness, wired up; a context."""

    def __init__(self, program: Sequence[str] = _RUN, **tables: Any) -> None:
        """`program`: the module that is the daemon, and its arguments; `tables` of config.toml."""
        self._program = program
        self._tables = tables
        self._stack = ExitStack()
        self.period = 128

    def __enter__(self) -> Self:
        with self._stack as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            self.config = folder / "config.toml"
            self.config.write_text(as_toml(self._tables))
            self.daemon = Daemon(self.config, folder, self._program)
            stack.callback(self.daemon.stop)
            hears, plays = self.daemon.said(r"hears (\S+.*), plays (\S+.*)$").groups()
            self.pianist = Pianist(hears)
            stack.callback(self.pianist.close)
            self.witness = Witness(plays)
            stack.callback(self.witness.close)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()


def as_toml(tables: Mapping[str, Any]) -> str:
    """Plain tables as TOML; a list is an array of tables, a table in a table has dotted keys."""
    lines = []
    for name, table in tables.items():
        for each in table if isinstance(table, list) else [table]:
            lines.append(f"[[{name}]]" if isinstance(table, list) else f"[{name}]")
            lines += _keys(each)
    return "\n".join(lines) + "\n"


def _keys(table: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _keys(value, f"{prefix}{key}.")
        else:
            text = str(value).lower() if isinstance(value, bool) else repr(value).replace("'", '"')
            yield f"{prefix}{key} = {text}"
