"""PipeWire in jackd's place: a private one, headless, on its dummy driver, with no session manager.

Its configuration is the one that it comes with, but for what a session manager would add.
"""

from __future__ import annotations

import ctypes
import shutil
from pathlib import Path

from witness import Jackd

LIBRARY = next(Path("/usr/lib").glob("*/pipewire-0.3/jack/libjack.so.0"), None)
_ADDED = """
context.properties = {{
    support.dbus = false
    default.clock.rate = {rate}
    default.clock.quantum = {period}
    default.clock.min-quantum = {shortest}
    vm.overrides = {{ default.clock.min-quantum = {shortest} }}
}}
context.objects = [ {{ factory = metadata args = {{ metadata.name = default }} }} ]
"""


def preload() -> None:
    """Let its JACK library be that of this process, before any other is loaded."""
    if LIBRARY:
        ctypes.CDLL(str(LIBRARY), ctypes.RTLD_GLOBAL)  # who asks for libjack.so.0 gets it


class PipeWire(Jackd):
    """A private server; `shortest` is the period that it grants at least, in frames."""

    def __init__(self, folder: Path, rate: int = 48_000, shortest: int = Jackd.PERIOD) -> None:
        super().__init__()
        self.name = "default"  # which for its JACK library is the only one in that folder
        self.here = {
            "PIPEWIRE_RUNTIME_DIR": str(folder),
            "LD_LIBRARY_PATH": str(LIBRARY and LIBRARY.parent),
        }
        self.env |= self.here | {
            "XDG_CONFIG_HOME": str(folder),
        }
        added = folder / "pipewire" / "pipewire.conf.d" / "test.conf"
        added.parent.mkdir(parents=True)
        added.write_text(_ADDED.format(rate=rate, period=self.PERIOD, shortest=shortest))

    @staticmethod
    def missing() -> str:
        """What keeps it from running here; empty where nothing does."""
        if LIBRARY and shutil.which("pipewire"):
            return Jackd.missing()
        return "NO PIPEWIRE: nothing is tested on it; make check installs it"

    def resize(self, frames: int) -> None:
        """Let its period be so long; 0: as it likes."""
        self._run("pw-metadata", "-n", "settings", "0", "clock.force-quantum", str(frames))

    def _command(self) -> list[str]:
        return ["pipewire"]
