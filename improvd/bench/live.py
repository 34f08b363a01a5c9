"""What a player would feel: `improvd run` over a real jackd, played and heard from outside."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Final

from improvd.bench.clients import NOTE_OFF, NOTE_ON, RATE, Arrival, is_on
from improvd.bench.figure import Figure, spread
from improvd.bench.rig import Rig
from improvd.bench.tunes import primer

_SEED: Final = 7
_LONG_ENOUGH: Final = 0.4  # seconds in which the port must stay quiet to be called silent


def replies(source: str, primers: dict[int, int], *, pedal: bool = False) -> Iterator[Figure]:
    """Phrase decided to be over -> first note-on; `primers`: bars -> how many of them."""
    bpm = {"internal": 240.0, "auto": 150.0}[source]
    dice = random.Random(_SEED)  # noqa: S311 - music, not secrets
    with Rig(
        midi={"backend": "jack"},
        tempo={"source": source, "bpm": bpm},
        turns={"start": "now", "length": 1, "silence": 0.3, "min_notes": 1},
    ) as rig:
        bar = 5 + 2 * rig.witness.period
        for bars, count in primers.items():
            late = [_reply(rig, primer(bars, bpm, dice), pedal=pedal) for _ in range(count)]
            how = "pedalled" if pedal else f"{bars:2} bars"
            yield Figure(f"reply, {source}, {how}", "ms", "p99", bar, spread(late))


def _reply(rig: Rig, notes: list[tuple[float, float, int]], *, pedal: bool) -> float:
    heard = len(rig.witness.heard)
    if pedal:
        rig.pianist.send(bytes((0xB0, 64, 127)))
    rig.pianist.play(notes)
    if pedal:
        rig.pianist.send(bytes((0xB0, 64, 0)))
    decided = float(rig.daemon.said(r"phrase over at (\S+)")[1])
    first = rig.witness.wait_for_on(heard)[0]
    late = rig.witness.second_of(first.frame) - decided
    rig.daemon.said(r"answer over")
    return late * 1000.0


def onsets(count: int) -> Iterator[Figure]:
    """Onset intervals of answers against the sixteenths they are meant on, every core busy."""
    bpm = 240.0
    step = RATE * 60 / bpm / 4
    errors: list[float] = []
    dice = random.Random(_SEED)  # noqa: S311 - music, not secrets
    turns = {"start": "beat", "length": 16, "silence": 0.3}
    tempo = {"source": "internal", "bpm": bpm}
    with Rig(midi={"backend": "jack"}, tempo=tempo, turns=turns) as rig, hogs():
        while len(errors) < count:
            heard = len(rig.witness.heard)
            rig.pianist.play(primer(2, bpm, dice))
            rig.witness.wait_for_on(heard)
            rig.witness.quiet(5.0)
            frames = [arrival.frame for arrival in rig.witness.ons(heard)]
            gaps = [later - earlier for earlier, later in pairwise(frames)]
            errors += [abs(gap - round(gap / step) * step) / RATE * 1000 for gap in gaps]
    yield Figure("onset intervals, all cores busy", "ms", "p99", 0.1, spread(errors))


@contextmanager
def hogs() -> Iterator[None]:
    """One process a core that does nothing but compute."""
    spin = [sys.executable, "-c", "while True: pass"]
    running = [subprocess.Popen(spin) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


def thru(backend: str, count: int) -> Iterator[Figure]:
    """Note in -> the same note out."""
    dice = random.Random(_SEED)  # noqa: S311 - music, not secrets
    turns = {"silence": 10.0}  # no answer comes between
    with Rig(midi={"backend": backend, "thru": True}, turns=turns) as rig:
        for _ in range(count):
            pitch = dice.randrange(40, 90)
            rig.pianist.send(bytes((NOTE_ON, pitch, 80)))
            time.sleep(0.03 + dice.random() * 0.005)
            rig.pianist.send(bytes((NOTE_OFF, pitch, 0)))
            time.sleep(0.005 + dice.random() * 0.005)
        rig.witness.quiet(_LONG_ENOUGH)
        pairs = zip(_ons(rig.pianist.sent), rig.witness.ons(), strict=True)
        late = [(heard.frame - sent.frame) / RATE * 1000.0 for sent, heard in pairs]
        yield Figure(f"thru, {backend}", "ms", "median", 3 * rig.witness.period, spread(late))


def cuts(count: int, *, mind_stopped: bool) -> Iterator[Figure]:
    """Note-on while answering -> the answer's last note-off."""
    dice = random.Random(_SEED)  # noqa: S311 - music, not secrets
    late: list[float] = []
    turns = {"start": "now", "length": 4, "silence": 0.3}
    with Rig(midi={"backend": "jack"}, tempo={"source": "internal"}, turns=turns) as rig:
        while len(late) < count:
            heard = len(rig.witness.heard)
            rig.pianist.play(primer(1, 240, dice))
            rig.witness.wait_for_on(heard)
            time.sleep(dice.random() * 2.0)
            if (late_now := _cut(rig, mind_stopped=mind_stopped)) is not None:
                late.append(late_now)
            time.sleep(0.6)
        how = "the mind stopped" if mind_stopped else "as usual"
        yield Figure(f"barge-in, {how}", "ms", "p99", 3 * rig.witness.period + 2, spread(late))


def _cut(rig: Rig, *, mind_stopped: bool) -> float | None:
    """Play one note into the answer; None when nothing of it sounded."""
    mind, _ = rig.daemon.pids
    if mind_stopped:
        os.kill(mind, signal.SIGSTOP)
    before = len(rig.witness.heard)
    sounding = _sounding(rig.witness.heard)
    rig.pianist.send(bytes((NOTE_ON, 60, 90)))
    time.sleep(0.15)
    rig.pianist.send(bytes((NOTE_OFF, 60, 0)))
    if mind_stopped:
        os.kill(mind, signal.SIGCONT)
    frame = _ons(rig.pianist.sent)[-1].frame
    after = [arrival for arrival in rig.witness.heard[before:] if arrival.frame >= frame]
    if not sounding or not after:
        return None
    if any(is_on(arrival.data) for arrival in after):
        return float("inf")  # it played on
    return (after[-1].frame - frame) / RATE * 1000.0


def starts(count: int) -> Iterator[Figure]:
    """`improvd run` -> ports there and model loaded."""
    seconds = []
    for _ in range(count):
        with Rig(midi={"backend": "jack"}) as rig:
            seconds.append(rig.daemon.seconds_to_ready)
    yield Figure("start", "s", "median", 1.5, spread(seconds))


def idle(seconds: float) -> Iterator[Figure]:
    """Memory after an answer, and the CPU that both processes take when nobody plays."""
    turns = {"start": "now", "length": 1, "silence": 0.3}
    with Rig(midi={"backend": "jack"}, turns=turns) as rig:
        rig.pianist.play(primer(1, 240, random.Random(_SEED)))  # noqa: S311 - music, not secrets
        rig.daemon.said("answer over")
        pids = rig.daemon.pids
        before = sum(map(_cpu, pids))
        time.sleep(seconds)
        share = (sum(map(_cpu, pids)) - before) / seconds * 100.0
        memory = {"mind": _memory(pids[0]), "player": _memory(pids[1])}
    memory["both"] = sum(memory.values())
    yield Figure("memory, RssAnon + RssFile", "MB", "both", 250, memory)
    yield Figure("idle CPU, both processes", "% of a core", "both", 3, {"both": share})


def _ons(arrivals: Sequence[Arrival]) -> list[Arrival]:
    return [arrival for arrival in arrivals if is_on(arrival.data)]


def _sounding(arrivals: Sequence[Arrival]) -> set[int]:
    pitches: set[int] = set()
    for arrival in arrivals:
        (pitches.add if is_on(arrival.data) else pitches.discard)(arrival.data[1])
    return pitches


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    sizes = {name: rest for name, _, rest in (line.partition(":") for line in lines)}
    return sum(int(sizes[name].split()[0]) for name in ("RssAnon", "RssFile")) / 1000.0
