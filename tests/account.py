"""A daemon that plays a note each sixteenth, and the account of them: planned, heard and told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from tiny import a_card, tiny_model

from improvd.bench.clients import NOTE_OFF, is_on
from improvd.bench.overheard import answers
from improvd.bench.rig import Rig
from improvd.play.messages import Sent
from improvd.play.packets import unpack
from improvd.ports.wire import NOTE_ON

SIXTEENTH = 0.125  # seconds
LATE = 0.05  # play.late
APART = SIXTEENTH - LATE - 0.001  # seconds between two notes, the first of which was late
PHRASE = [(0.25 * number, 0.25 * number + 0.2, pitch) for number, pitch in enumerate((60, 64, 67))]


@contextmanager
def sixteenths(folder: Path, bars: int) -> Iterator[Rig]:
    """A rig whose answers are of so many bars, and what its processes say."""
    model = tiny_model(folder / "each.onnx", 38, a_card(), likes={24: 60.0, 26: 60.0})
    turns = {"silence": 0.4, "start": "now", "length": bars, "density": "free", "range": "free"}
    with Rig(
        program=("improvd.bench.overheard",),
        midi={"backend": "jack"},
        tempo={"source": "internal", "bpm": 60 / SIXTEENTH / 4},
        turns=turns,
        model={"name": str(model), "device": "cpu", "seed": 1},
        sampling={"restless": 0.0},
    ) as rig:
        yield rig
        sys.stderr.write("\n".join(rig.daemon.lines))  # pytest shows it where a test fails


def into_an_answer(rig):
    """Somebody plays, and four notes of the answer have sounded."""
    heard = len(rig.witness.heard)
    rig.pianist.play(PHRASE)
    rig.witness.wait_for_on(heard, 4)


def to_its_end(rig):
    rig.daemon.said("answer over", 30.0)
    rig.witness.quiet(0.3)


def status(rig):
    told = subprocess.run(
        [sys.executable, "-m", "improvd", "status", "--json"],
        env=os.environ | {"XDG_RUNTIME_DIR": str(rig.config.parent)},
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return json.loads(told.stdout)


def left_on(heard):
    """The keys of which the last note never ended; none is struck twice."""
    down = set()
    for _, data in heard:
        if is_on(data):
            assert data[1] not in down, "a key that is on was struck again"
            down.add(data[1])
        elif data[0] & 0xF0 == NOTE_OFF:
            down.discard(data[1])
    return down


def least_apart(rig):
    """Seconds between the two nearest notes, as they went out; a server that stands still counts
    no frames.
    """
    lines = rig.config.with_name("overheard").read_bytes().splitlines()
    sent = [each for line in lines for each in unpack(line) if isinstance(each, Sent)]
    rows = [row for each in sent for row in each.events]
    seconds = [actual for _, _, actual, status, *_ in rows if status & 0xF0 == NOTE_ON]
    assert len(seconds) == len(rig.witness.ons())
    return min(later - sooner for sooner, later in pairwise(seconds))


def check_it_agrees(rig):
    """What was planned was heard or dropped, as the status says; how many were, and how late."""
    found, told, ons = answers(rig.config), status(rig), len(rig.witness.ons())
    late = [max(0.0, each) for answer in found for each in answer.late]
    assert told["notes_played"] == told["lateness_seconds"]["number"] == len(late) == ons
    assert told["notes_dropped"] == sum(answer.planned for answer in found) - ons
    worst = told["lateness_seconds"]["worst"]
    assert abs(worst - max(late)) < 1e-6
    assert worst <= LATE + 1e-6
    return told["notes_dropped"], worst
