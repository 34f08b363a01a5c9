"""Garbage and floods at the input of the whole daemon, over a real jackd."""

import signal
import statistics
import sys
import time
from pathlib import Path

import pytest
from vitals import Vitals
from witness import PATIENCE, Lines, left_on, play

from improvd.bench.clients import RATE, Witness

pytestmark = [
    pytest.mark.jackd,
    pytest.mark.jackd_alone("1024 messages a period, which a flood sends, are not all taken there"),
]

FLOOD = str(Path(__file__).parent.parent / "flood.py")
FLOODS = {"random_bytes": 100_000, "every_note": 1, "many_notes": 3_000, "without_ends": 50}
LARGE = {
    "random_bytes": 10_000_000,
    "every_note": 100,
    "many_notes": 100_000,
    "without_ends": 20_000,
}
AMOUNTS = [
    pytest.param(FLOODS, id="a little of each"),
    *(
        pytest.param({kind: amount}, id=f"{kind} {amount}", marks=pytest.mark.soak)
        for kind, amount in LARGE.items()
    ),
]
BLOCKED = 0.05  # seconds
GROWN = 5.0  # megabytes
FAST = {"source": "internal", "bpm": 240.0}
PROBE = (0xB5, 117)  # a controller of nobody's, which thru passes on


class Stage:
    """A daemon that passes on what it hears, a keyboard beside the flood, and who listens."""

    def __init__(self, start, jackd, keyboard):
        self._env, self._keyboard, self.line = jackd.env, keyboard, 0
        midi = {"backend": "jack", "input": "virtual", "thru": True}
        self.partner = start({"max_hold": 1.0, "length": 2}, midi=midi, tempo=FAST)
        self.partner.wait_for("ready on jack")
        jackd.connect(keyboard.port, "improvd:hears")
        self.listener = Witness("improvd:plays")

    def answered(self):
        """A phrase, as ever."""
        play(self._keyboard)
        self.line = self.partner.wait_for("answer over", self.line)

    def pass_on(self, number):
        """Something that is played; the seconds until it is heard, and those of JACK."""
        before, probe = len(self.listener.heard), (*PROBE, number % 128)
        began = time.monotonic()
        frame = self._keyboard.play(*probe)
        heard = wait_for(self.listener, bytes(probe), before)
        return time.monotonic() - began, (heard - frame) / RATE

    def flooded(self, kind, amount):
        """Until what it answers to that is over: how long what was played meanwhile took."""
        flood, passed = Lines([sys.executable, FLOOD, kind, str(amount)], self._env), []
        assert flood.line() == "begun"
        while flood.line(0.1) is None or not passed:
            passed.append(self.pass_on(len(passed)))
        flood.close()
        self._keyboard.play(0xB0, 123, 0)
        time.sleep(1.5)  # what it was given is a phrase
        if any("answering" in said for said in self.partner.said[self.line :]):
            self.partner.wait_for("answer over", self.line)
        self.line = len(self.partner.said)
        seconds, of_jack = zip(*passed, strict=True)
        return statistics.median(seconds), max(of_jack)

    def megabytes(self):
        return [Vitals.of(pid).megabytes for pid in (self.partner.process.pid, self.partner.player)]


@pytest.fixture
def stage(start, jackd, keyboard, here):
    stage = Stage(start, jackd, keyboard)
    yield stage
    stage.listener.close()


@pytest.mark.parametrize("floods", AMOUNTS)
def test_no_flood_blocks_it_or_makes_it_grow_and_it_answers_afterwards(stage, floods):
    stage.answered()
    usual = statistics.median(stage.pass_on(number)[0] for number in range(20))
    for kind in floods:
        stage.flooded(kind, FLOODS[kind])
    before = stage.megabytes()
    took, blocked = map(max, zip(*(stage.flooded(*each) for each in floods.items()), strict=True))
    grown = [now - size for now, size in zip(stage.megabytes(), before, strict=True)]
    print(f"grown by {grown} MB, blocked for {blocked}, {took - usual} s")  # noqa: T201 - pytest -s shows it
    stage.answered()
    assert stage.partner.ends(signal.SIGTERM) == 0
    stage.listener.quiet(0.3)
    assert not left_on(stage.listener.heard)
    said = stage.partner.said
    assert not [line for line in said if "died" in line or "Traceback" in line]
    assert max(grown) < GROWN
    assert blocked < BLOCKED
    assert took - usual < BLOCKED, "most of the time; this process itself has to wait now and then"


def wait_for(listener, data, since):
    """Until these bytes have come, after so many messages; their frame."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        for arrival in listener.heard[since:]:
            if arrival.data == data:
                return arrival.frame
        time.sleep(0.002)
    raise AssertionError(f"{data!r} was not passed on")
