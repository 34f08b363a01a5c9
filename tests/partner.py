"""`improvd run`, started as a user starts it, with what a test wants to know of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from witness import PATIENCE

from improvd.bench.rig import as_toml


class Partner:
    """A daemon process over a jackd. `tables` are those of its config.toml."""

    def __init__(self, folder: Path, env: dict[str, str], **tables) -> None:
        config = folder / "config.toml"
        config.write_text(as_toml({"midi": {"backend": "jack", "input": "virtual"}} | tables))
        self.said: list[str] = []
        self.runtime = folder / "run"
        self.runtime.mkdir(exist_ok=True)
        self.env = env | {"XDG_RUNTIME_DIR": str(self.runtime)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "improvd", "run", "--verbose", "--config", str(config)],
            env=self.env, stderr=subprocess.PIPE, text=True,
            start_new_session=True,  # without the terminal of the tests
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, words: str, since: int = 0) -> int:
        """Wait until it has said `words` after line `since`; the number of the line after."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            for number, line in enumerate(self.said[since:], since):
                if words in line:
                    return number + 1
            time.sleep(0.002)
        raise AssertionError(f"it never said {words!r}:\n{''.join(self.said)}")

    @property
    def player(self) -> int:
        """The process id of its player."""
        pid = self.process.pid
        return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])

    def ends(self, number: int | None = None) -> int:
        """Its exit code, after this signal."""
        if number is not None:
            self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return code

    def close(self) -> None:
        print("".join(self.said))  # noqa: T201 - shown where a test fails
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                os.kill(self.process.pid, signal.SIGKILL)
                self.process.wait()

    def _read(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            self.said.append(line)


def improvd(partner, *arguments):
    """Another improvd command beside this daemon: its exit code and all that it says."""
    done = subprocess.run(
        [sys.executable, "-m", "improvd", *arguments],
        env=partner.env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr
