"""A private jackd, the daemon on it, a pianist who plays into it and a witness who listens.

Pianist and witness are two JACK clients of their own, so what they see went through the server; a
moment is a frame of it. Nothing here is part of the daemon.
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
from typing import IO, Any, Final, NamedTuple, Self

from improvd.errors import PortError

RATE: Final = 48_000
NOTE_ON: Final = 0x90
NOTE_OFF: Final = 0x80
_RUN: Final = ("improvd", "run", "--verbose")
_PATIENCE: Final = 20.0  # seconds until something that must happen has not
_AGREED: Final = 4  # cycles, of which one at least woke in time


class Arrival(NamedTuple):
    """What the witness heard, and when."""

    frame: int
    data: bytes


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
        server.wait(_PATIENCE)
        os.environ.clear()
        os.environ |= before


class Daemon:
    """`improvd run`, started as a user starts it; what it says is kept."""

    def __init__(self, config: Path, folder: Path, program: Sequence[str]) -> None:
        address = str(folder / f"notify-{time.monotonic_ns()}")
        self._notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._notify.bind(address)
        self._notify.settimeout(_PATIENCE)
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

    def said(self, pattern: str, patience: float = _PATIENCE) -> re.Match[str]:
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
        self.process.wait(_PATIENCE)
        self._reader.join(_PATIENCE)
        self._notify.close()

    def _await_ready(self) -> None:
        while b"READY=1" not in self._notify.recv(4096):
            continue

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            self.lines.append(line)


class Pianist:
    """Sends MIDI into the daemon's input; knows the frame at which each message left."""

    def __init__(self, target: str) -> None:
        import jack  # noqa: PLC0415 - the bench's own client, only when it runs

        self._client = jack.Client("pianist", no_start_server=True)
        self._port = self._client.midi_outports.register("out")
        self._waiting: deque[bytes] = deque()
        self.sent: list[Arrival] = []
        self._client.set_process_callback(self._process)
        self._client.activate()
        self._client.connect(self._port, target)

    def send(self, data: bytes) -> None:
        """Send at the start of the next period."""
        self._waiting.append(data)

    def play(self, notes: Sequence[tuple[float, float, int]], velocity: int = 80) -> None:
        """Play (onset, end, pitch), in seconds from now. Comes back with the last release."""
        offs = [(end, 0, bytes((NOTE_OFF, pitch, 0))) for _, end, pitch in notes]
        ons = [(onset, 1, bytes((NOTE_ON, pitch, velocity))) for onset, _, pitch in notes]
        began = time.monotonic()
        for second, _, data in sorted([*offs, *ons]):
            time.sleep(max(0.0, began + second - time.monotonic()))
            self.send(data)

    def close(self) -> None:
        """Leave the server."""
        self._client.deactivate()
        self._client.close()

    def _process(self, frames: int) -> None:  # noqa: ARG002 - JACK hands it
        self._port.clear_buffer()
        while self._waiting:
            data = self._waiting.popleft()
            self._port.write_midi_event(0, data)
            self.sent.append(Arrival(self._client.last_frame_time, data))


class Witness:
    """Hears what leaves the daemon's output, to the frame."""

    def __init__(self, source: str) -> None:
        import jack  # noqa: PLC0415 - the bench's own client, only when it runs

        self._client = jack.Client("witness", no_start_server=True)
        self._port = self._client.midi_inports.register("in")
        self.heard: list[Arrival] = []
        self._zeros = deque([time.monotonic()], _AGREED)  # the second of frame 0, by each cycle
        self._client.set_process_callback(self._process)
        self._client.activate()
        self._client.connect(source, self._port)

    def ons(self, since: int = 0) -> list[Arrival]:
        """The note-ons from index `since` of what was heard."""
        return [arrival for arrival in self.heard[since:] if is_on(arrival.data)]

    def wait_for_on(self, since: int, count: int = 1) -> list[Arrival]:
        """Wait until so many note-ons came after index `since`."""
        deadline = time.monotonic() + _PATIENCE
        while len(ons := self.ons(since)) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"no note came within {_PATIENCE:.0f} s{self._deaf()}")
            time.sleep(0.002)
        return ons

    @property
    def period(self) -> float:
        """Of the server, in ms."""
        return float(self._client.blocksize) / RATE * 1000.0

    @property
    def now(self) -> int:
        """The server's frame now."""
        return round((time.monotonic() - self._zero) * RATE)

    def second_of(self, frame: int) -> float:
        """The monotonic second of a recent frame."""
        return self._zero + frame / RATE

    def _deaf(self) -> str:
        before = list(self._zeros)
        time.sleep(1.0)
        return "; JACK no longer calls who listens" if before == list(self._zeros) else ""

    @property
    def _zero(self) -> float:
        """Of the last cycles, as some woke late. JACK's own guess is far off after an xrun."""
        return min(self._zeros)

    def quiet(self, seconds: float) -> None:
        """Wait until nothing has come for so long."""
        count = -1
        while count != len(self.heard):
            count = len(self.heard)
            time.sleep(seconds)

    def close(self) -> None:
        """Leave the server."""
        self._client.deactivate()
        self._client.close()

    def _process(self, frames: int) -> None:  # noqa: ARG002 - JACK hands it
        self._zeros.append(time.monotonic() - self._client.last_frame_time / RATE)
        for offset, data in self._port.incoming_midi_events():
            self.heard.append(Arrival(self._client.last_frame_time + offset, bytes(data)))


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


def is_on(data: bytes) -> bool:
    """Does this message begin a note?"""
    return data[0] & 0xF0 == NOTE_ON and data[2] > 0


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
