"""What `improvd doctor` looks at: one function a subject, each yielding what it found.

Nothing here is changed or repaired; what is tried is undone at once.
"""

from __future__ import annotations

import os
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import distributions
from pathlib import Path
from typing import Final, Literal, NamedTuple, TypeVar

from improvd.errors import DataError, ModelError, PortError

_STEPS = 200
_SLOW_STEP = 0.02  # seconds: a model that takes longer thins its answers in fast music
_WAKES, _WAKE_EVERY = 1000, 0.002  # seconds: two of them in all
_LATE_WAKE = 0.002  # seconds: later than this is heard as unsteady
_PLENTY = 256 * 2**20  # bytes of locked memory: more than any JACK client asks for
_PRIORITY = 60
LIMITS: Final = (
    "put '@audio - rtprio 95' and '@audio - memlock unlimited' into "
    "/etc/security/limits.d/audio.conf, join the group audio, and log in again"
)


Result = TypeVar("Result")


class Finding(NamedTuple):
    """One line of the report; `cure` is empty where nothing is wrong."""

    state: Literal["ok", "warning", "fault"]
    subject: str
    found: str
    cure: str = ""


def printed(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The same findings, each printed as it comes."""
    for finding in findings:
        print(f"{finding.state:8} {finding.subject}: {finding.found}")
        if finding.cure:
            print(f"{'':8} cure: {finding.cure}")
        yield finding


def midi() -> Iterator[Finding]:
    """Which MIDI systems answer; one is enough."""
    from improvd.ports.base import Wishes  # noqa: PLC0415 - this and all below: only when asked
    from improvd.ports.opening import AUTO, CURE  # noqa: PLC0415
    from improvd.ports.survey import survey  # noqa: PLC0415

    wishes = Wishes("improvd-doctor", "virtual", "virtual")
    works, silent = [], []
    for name in AUTO:
        try:
            survey(name, wishes)
        except PortError:
            silent.append(name)
        else:
            works.append(name)
    if works:
        yield Finding("ok", "MIDI system", f"{', '.join(works)} (auto takes the first)")
    else:
        yield Finding("fault", "MIDI system", f"none of {', '.join(silent)} answers", CURE)


def rights() -> Iterator[Finding]:
    """Realtime scheduling and locked memory, where the system knows of them."""
    if sys.platform != "linux":
        return
    import resource  # noqa: PLC0415 - is not everywhere

    limit = resource.getrlimit(resource.RLIMIT_RTPRIO)[0]
    limited = f"limit of this login: {'none' if limit < 0 else limit}"
    if _in_thread(_realtime):
        yield Finding("ok", "realtime rights", f"granted ({limited})")
    else:
        yield Finding("warning", "realtime rights", f"not granted ({limited})", LIMITS)
    memory = resource.getrlimit(resource.RLIMIT_MEMLOCK)[0]
    if memory < 0 or memory >= _PLENTY:
        yield Finding("ok", "locked memory", "enough for JACK")
    else:
        yield Finding("warning", "locked memory", f"at most {memory // 1024} KiB", LIMITS)


def onnxruntime() -> Iterator[Finding]:
    """One onnxruntime package, not two: they own the same folder and overwrite each other."""
    names = (str(each.metadata["Name"]).lower().replace("_", "-") for each in distributions())
    found = sorted({name for name in names if name.split("-")[0] == "onnxruntime"})
    if len(found) == 1:
        yield Finding("ok", "onnxruntime", found[0])
        return
    right = "onnxruntime-gpu" if "onnxruntime-gpu" in found else "onnxruntime"
    remove = f"pip uninstall -y {' '.join(found)}; " if found else ""
    yield Finding(
        "fault",
        "onnxruntime",
        f"{' and '.join(found)} overwrite each other" if found else "is not installed",
        f"{remove}pip install {right}",
    )


def models() -> Iterator[Finding]:
    """Each model is loaded and stepped, and where it would run is told."""
    from improvd.engine.library import folders, model_files  # noqa: PLC0415

    files = model_files()
    if not files:
        cure = f"put a model into {folders()[0]}; improvd's own are in its exported_models/"
        yield Finding("fault", "models", "there are none", cure)
    for name, path in files.items():
        yield from _model(f"model {name}", path)


def _model(subject: str, path: Path) -> Iterator[Finding]:
    import numpy as np  # noqa: PLC0415

    from improvd.engine.session import Session, has_driver  # noqa: PLC0415

    try:
        session = Session.load(path)
    except ModelError as fault:
        yield Finding("fault", subject, str(fault), "remove it, or export it again")
        return
    quiet = np.zeros(session.inputs, np.float32)
    took = sorted(_seconds(lambda: session.step(quiet)) for _ in range(_STEPS))
    median, p99 = statistics.median(took), took[int(_STEPS * 0.99)]
    found = f"loads; a step on the CPU takes {_ms(median)}, p99 {_ms(p99)}"
    if median > _SLOW_STEP:
        yield Finding("warning", subject, found, "choose a smaller model for fast music")
    else:
        yield Finding("ok", subject, found)
    if has_driver():
        yield _device(subject, path)


def _device(subject: str, path: Path) -> Finding:
    """Where `auto` lets the model run; tried here if it was not yet, but not kept."""
    from improvd.engine import device  # noqa: PLC0415
    from improvd.engine.trial import trial  # noqa: PLC0415

    times = device.recall(path) or trial(path)
    if len(times) < 2:
        cure = "pip install 'improvd[cuda]'; the CPU does as well"
        found = "there is an NVIDIA driver, but CUDA does not run it"
        return Finding("warning", subject, found, cure)
    fastest = device.fastest(times)
    return Finding("ok", subject, f"auto lets it run on {fastest}: {device.told(times)}")


def timing() -> Iterator[Finding]:
    """How late a sleeping thread wakes, with the rights that the player would get."""
    late = sorted(_in_thread(_lateness))
    median, p99 = statistics.median(late), late[int(_WAKES * 0.99)]
    found = f"a sleeping thread wakes {_ms(median)} late, p99 {_ms(p99)}"
    if p99 < _LATE_WAKE:
        yield Finding("ok", "timing", found)
    else:
        cure = "close what takes the CPU, set its governor to performance, get realtime rights"
        yield Finding("warning", "timing", found, cure)


def takes() -> Iterator[Finding]:
    """Whether jams can be kept."""
    from improvd.takes import shelf  # noqa: PLC0415

    cure = "mend it, or set takes.keep = false"
    try:
        where = shelf.folder()
        count = len(shelf.takes(where))
    except DataError as fault:
        yield Finding("warning", "takes", f"cannot be kept: {fault}", cure)
        return
    there = next(place for place in (where, *where.parents) if place.exists())
    if there.is_dir() and os.access(there, os.W_OK | os.X_OK):
        yield Finding("ok", "takes", f"{count} in {where}")
    else:
        yield Finding("warning", "takes", f"cannot be kept: {there} cannot be written to", cure)


CHECKS: Final = (midi, rights, onnxruntime, models, takes, timing)


def _in_thread(work: Callable[[], Result]) -> Result:
    """Do `work` in a thread that ends with it: scheduling rights are a thread's own on Linux."""
    results: list[Result] = []
    thread = threading.Thread(target=lambda: results.append(work()))
    thread.start()
    thread.join()
    return results[0]


def _realtime() -> bool:
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(_PRIORITY))
    except (AttributeError, OSError):  # another system, or no right to it
        return False
    return True


def _lateness() -> list[float]:
    """Seconds that each of many short sleeps lasted too long."""
    _realtime()
    late = []
    for _ in range(_WAKES):
        due = time.monotonic() + _WAKE_EVERY
        time.sleep(_WAKE_EVERY)
        late.append(time.monotonic() - due)
    return late


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.2f} ms"
