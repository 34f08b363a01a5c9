"""The local socket on which a running daemon takes a word from its user, and the kept state.

Both live in a folder that only the user may enter: `$XDG_RUNTIME_DIR/improvd/NAME.sock`, and
`NAME.json` with the connections, which outlive the daemon. A request is one line, so is the answer.
"""

from __future__ import annotations

import json
import os
import socket
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from improvd.errors import PortError
from improvd.play.messages import Connection

_PATIENCE: Final = 2.0  # seconds that a client waits for the daemon, and the daemon for a client
_LINE: Final = 4096


def runtime_folder() -> Path:
    """The folder for sockets and state; made when it is not there, closed to others."""
    base = os.environ.get("XDG_RUNTIME_DIR")
    root = Path(base) if base else Path(tempfile.gettempdir()) / f"improvd-{os.getuid()}"
    folder = root / "improvd"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def save_connections(name: str, connections: Sequence[Connection], *, left: bool = False) -> None:
    """Keep the connections of the daemon `name` on disk, all or nothing; has it `left` in order?"""
    path = runtime_folder() / f"{name}.json"
    beside = path.with_suffix(f".{os.getpid()}")
    beside.write_text(json.dumps({"connections": connections, "left": left}))
    beside.replace(path)


def kept_connections(name: str) -> list[Connection]:
    """The connections that the daemon `name` had last; none when nothing was kept."""
    return _kept(name)[0]


def lost_connections(name: str) -> list[Connection]:
    """The same, but none where that daemon left in order."""
    connections, left = _kept(name)
    return [] if left else connections


def _kept(name: str) -> tuple[list[Connection], bool]:
    try:
        kept = json.loads((runtime_folder() / f"{name}.json").read_text())
        return [Connection(*pair) for pair in kept["connections"]], bool(kept.get("left"))
    except (OSError, ValueError, KeyError, TypeError):
        return [], True


class Control:
    """The daemon's end: a table of requests, each a function that returns its answer."""

    def __init__(self, name: str, requests: dict[str, Callable[[], str]]) -> None:
        self._path = runtime_folder() / f"{name}.sock"
        self._requests = requests
        if ask(name, "ping") is not None:
            raise PortError(f"an improvd named {name!r} is running already; stop it, or use --name")
        self._path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.bind(str(self._path))
        self._path.chmod(0o600)
        self._socket.listen()
        self._socket.settimeout(0)

    def fileno(self) -> int:
        """The descriptor to wait on."""
        return self._socket.fileno()

    def serve(self) -> None:
        """Answer whoever is waiting; called when the descriptor is readable."""
        try:
            client, _ = self._socket.accept()
        except OSError:
            return
        with client:
            client.settimeout(0.05)  # a client that says nothing must not hold up the music
            try:
                word = client.recv(_LINE).decode().strip()
                known = ", ".join(self._requests)
                reply = self._requests.get(word, lambda: f"unknown request; known: {known}")()
                client.sendall(f"{reply}\n".encode())
            except (OSError, UnicodeDecodeError):
                return

    def close(self) -> None:
        """Take the socket away."""
        self._socket.close()
        self._path.unlink(missing_ok=True)


def ask(name: str, request: str) -> str | None:
    """Ask the running daemon `name`; None when there is none."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as out:
        out.settimeout(_PATIENCE)
        try:
            out.connect(str(runtime_folder() / f"{name}.sock"))
            out.sendall(f"{request}\n".encode())
            return out.recv(_LINE).decode().strip()
        except OSError:
            return None
