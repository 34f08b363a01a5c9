"""Where a model runs: on the CPU at once, on a device that was measured to be faster later.

What was measured is kept for each model and machine in the user's cache, so that the next start
goes straight to the right device. Knows no turns: who runs the model asks when a change suits.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import platform
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any, Final, Literal, get_args

from improvd.core.places import user_folder
from improvd.engine import trial as trials
from improvd.engine.session import RUNTIME, Device, Session, has_driver
from improvd.engine.trial import Times
from improvd.errors import ModelError

Choice = Literal["auto", "cuda", "cpu"]

_CPU: Final = Path("/proc/cpuinfo"), r"^model name\s*:\s*(.+)$"
_GPUS: Final = Path("/proc/driver/nvidia/gpus"), r"^Model:\s*(.+)$"

log = logging.getLogger(__name__)


class Chooser:
    """A session to begin with, and a better one when there is one.

    "cpu" and "cuda" are what they say. "auto" is the device that was measured to be the fastest;
    where none was yet and there is an NVIDIA driver, it is tried in the background from `ready` on.
    Raises ModelError.
    """

    def __init__(
        self,
        path: Path,
        choice: Choice = "auto",
        trial: Callable[[Path], Times] = trials.trial,
        load: Callable[[Path, Device], Session] = Session.load,
    ) -> None:
        self._path = path
        self._trial = trial
        self._load = load
        self._better: Session | None = None
        self._search: Thread | None = None
        self.session = self._begin() if choice == "auto" else self._open(choice)

    def ready(self) -> None:
        """All that somebody plays with is there: tell where the model runs, and begin to look."""
        log.info("the model runs on %s", self.session.device)
        search, self._search = self._search, None
        if search:
            search.start()

    def adopt(self) -> Session:
        """The session, for the thread that will step: what a GPU captures belongs to that one."""
        self.session.warm()
        return self.session

    def better(self) -> Session | None:
        """A session on a faster device, once; who asks is to step in it from now on."""
        session = self._better
        if not session:
            return None
        self._better = None  # only now: the search may come up with it at any moment
        before, self.session = self.session, session
        try:
            self.adopt()
        except ModelError as fault:
            log.warning("%s", fault)
            self.session = before
            return None
        log.info("the model runs on %s from now on", session.device)
        return session

    def _open(self, device: Device) -> Session:
        session = self._load(self._path, device)
        session.warm()
        return session

    def _begin(self) -> Session:
        known = recall(self._path) if has_driver() else {}
        if len(known) > 1:
            try:
                return self._open(fastest(known))
            except ModelError as fault:
                log.warning("%s was the fastest, but now: %s", fastest(known), fault)
        elif has_driver():
            self._search = Thread(target=self._look, name="device", daemon=True)
        return self._open("cpu")

    def _look(self) -> None:
        times = self._trial(self._path)
        if len(times) < 2:  # the CPU alone: what is missing may be installed by the next start
            log.info("there is an NVIDIA driver, but CUDA does not run this model")
            return
        log.info("measured: %s", told(times))
        remember(self._path, times)
        if fastest(times) != "cpu":
            try:
                self._better = self._load(self._path, fastest(times))
            except ModelError as fault:
                log.warning("%s", fault)


def fastest(times: Times) -> Device:
    """The device on which a step takes the least time."""
    return min(times, key=times.__getitem__)


def told(times: Times) -> str:
    """The times in words, the fastest first."""
    ranked = sorted(times.items(), key=lambda entry: entry[1])
    return ", ".join(f"a step on {device} {time:.0f} us" for device, time in ranked)


def recall(path: Path) -> Times:
    """What was measured of this model on this machine; empty where nothing was."""
    times = _kept().get(_key(path))
    if not isinstance(times, dict):
        return {}
    return {
        name: float(times[name])
        for name in get_args(Device)
        if isinstance(times.get(name), int | float)
    }


def remember(path: Path, times: Times) -> None:
    """Keep what was measured; a cache that cannot be written costs another trial, no more."""
    file = _file()
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(_kept() | {_key(path): times}, indent=2))
        part.replace(file)
    except OSError as fault:
        log.warning("what was measured is not kept: %s", fault)
    finally:
        with suppress(OSError):
            part.unlink()


def _file() -> Path:
    return user_folder("XDG_CACHE_HOME", ".cache") / "improvd" / "devices.json"


def _kept() -> dict[str, Any]:
    try:
        kept = json.loads(_file().read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return kept if isinstance(kept, dict) else {}


def _key(path: Path) -> str:
    """The model by its content, and all of the machine that a verdict depends on."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    place, pattern = _GPUS
    gpus = [
        found for file in sorted(place.glob("*/information")) for found in _found(file, pattern)
    ]
    machine = [platform.node(), *_found(*_CPU)[:1], *gpus, f"onnxruntime {RUNTIME}"]
    return f"{digest}: {', '.join(machine)}"


def _found(file: Path, pattern: str) -> list[str]:
    try:
        return re.findall(pattern, file.read_text(), re.MULTILINE)
    except OSError:  # another system
        return []
