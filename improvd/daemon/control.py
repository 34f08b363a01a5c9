"""The local socket on which a running daemon takes a word from its user, and the kept state.

Both live in a folder that only the user may enter: `$XDG_RUNTIME_DIR/improvd/NAME.sock`, and
`NAME.json` with the connections, which outlive the daemon. A request is one line, so is the answer.
`NAME.lock` is locked (flock) by the daemon of that name, and the lock ends with it, however it
ended.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import socket
import stat
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from improvd.errors import PortError
from improvd.play.messages import Connection

_PATIENCE: Final = 2.0  # seconds that a client waits for the daemon, and the daemon for a client
_CURE: Final = "remove it, or set XDG_RUNTIME_DIR to a folder of yours"
_OURS: Final = 0o700
_WRITE: Final = 0o022  # the rights of others to put something into it
_LINE: Final = 4096  # bytes of a request
_ANSWER: Final = 1 << 20  # bytes of an answer

log = logging.getLogger(__name__)


def runtime_folder() -> Path:
    """The folder for sockets and state; made when it is not there, closed to others.

    Raises PortError where it is not ours alone: in /tmp anybody may have made it before.
    """
    base = Path(os.environ.get("XDG_RUNTIME_DIR", ""))
    own = Path(tempfile.gettempdir()) / f"improvd-{os.getuid()}"
    folder = base / "improvd" if base.is_absolute() else own
    try:
        folder.mkdir(mode=_OURS, parents=True, exist_ok=True)
        found = folder.lstat()
    except OSError as fault:
        raise PortError(f"{folder}: cannot be made: {fault.strerror}; {_CURE}") from None
    ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
    if not ours or found.st_mode & _WRITE:
        raise PortError(f"{folder}: must be a folder of yours that nobody else may write; {_CURE}")
    if stat.S_IMODE(found.st_mode) != _OURS:
        folder.chmod(_OURS)
    return folder


def save_connections(name: str, connections: Sequence[Connection], *, left: bool = False) -> None:
    """Keep the connections of the daemon `name` on disk, all or nothing; has it `left` in order?

    A fault is only told.
    """
    try:
        path = runtime_folder() / f"{name}.json"
        beside = path.with_suffix(f".{os.getpid()}")
        beside.write_text(json.dumps({"connections": connections, "left": left}))
        beside.replace(path)
    except (OSError, PortError) as fault:
        log.warning("connections are not kept: %s", fault)


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
        pairs = [(str(source), str(sink)) for source, sink in kept["connections"]]
        return [Connection(*pair) for pair in pairs], bool(kept.get("left"))
    except (OSError, ValueError, KeyError, TypeError, RecursionError, PortError):
        return [], True


class Claim:
    """The name of a daemon, which no other has meanwhile. Raises PortError where one has it."""

    def __init__(self, name: str) -> None:
        path = runtime_folder() / f"{name}.lock"
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.close()
            message = f"an improvd named {name!r} is running already; stop it, or use --name"
            raise PortError(message) from None

    def close(self) -> None:
        """Give it up."""
        os.close(self._descriptor)


class Control:
    """The daemon's end: a table of requests, each a function that returns its answer.

    Who makes it has claimed the name. Raises PortError.
    """

    def __init__(self, name: str, requests: dict[str, Callable[[], str]]) -> None:
        self._path = runtime_folder() / f"{name}.sock"
        self._requests = requests
        self._path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.bind(str(self._path))
        except OSError as fault:  # a path of more than 107 bytes, say
            raise PortError(f"{self._path}: cannot be listened at: {fault}; {_CURE}") from None
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
            return _answer(out).decode().strip()
        except OSError:
            return None


def _answer(end: socket.socket) -> bytes:
    """All that comes until the other end closes."""
    answer = b""
    while len(answer) < _ANSWER and (part := end.recv(_LINE)):
        answer += part
    return answer
