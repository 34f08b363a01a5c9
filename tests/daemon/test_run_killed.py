"""Signals at random moments of an answer, over a real jackd: no note is ever left on."""

import os
import random
import signal
import time
from contextlib import suppress

import pytest
from partner import Partner
from witness import PATIENCE, left_on, play

from improvd.bench.clients import RATE, Witness

pytestmark = pytest.mark.jackd

SETTLES = 0.15  # seconds: a connection of PipeWire is told before it carries anything
MOMENTS = [5, pytest.param(250, marks=pytest.mark.soak)]
ENDLESS = {"silence": 0.2, "start": "now", "length": 32, "interrupt": "ignore", "min_notes": 1}
BUSY = {
    "model": {"name": "events-live", "device": "cpu", "temperature": 1.3},
    "tempo": {"source": "internal", "bpm": 240.0},
    "turns": ENDLESS | {"density": 12.0},
}


class Stage:
    """One listener who hears one daemon after another."""

    def __init__(self, jackd, keyboard, folder, dice):
        self.jackd, self.keyboard, self.dice = jackd, keyboard, dice
        self._folder, self.listener = folder, None
        self.silent: list[float] = []  # seconds from each signal to the last sound's end
        self.partner = self.start()

    def start(self):
        self.partner = Partner(self._folder, self.jackd.env, **BUSY)
        self.partner.wait_for("ready on jack")
        self.listener = self.listener or Witness("improvd:plays")
        self.connect("improvd:plays", "witness:in")
        self.connect(self.keyboard.port, "improvd:hears")
        return self.partner

    def connect(self, source, sink):
        import jack  # noqa: PLC0415 - it needs libjack

        end = time.monotonic() + PATIENCE
        while source not in self.sources(sink):
            assert time.monotonic() < end, f"{source} and {sink} do not meet"
            with suppress(jack.JackError):
                self.listener._client.connect(source, sink)
        time.sleep(SETTLES)

    def sources(self, sink):
        """Not as jack_lsp sees it: after some 200 clients were killed, JACK's names are no more."""
        client = self.listener._client
        return [port.name for port in client.get_all_connections(client.get_port_by_name(sink))]

    def to_a_random_moment(self):
        """It answers, and some time of that has passed; JACK's frame."""
        before = len(self.listener.heard)
        play(self.keyboard, (60,), 0.02)
        self.listener.wait_for_on(before, 2)
        time.sleep(self.dice.uniform(0.0, 0.4))
        return self.listener.now

    def falls_silent(self, since):
        """Nothing is left on, and nothing more comes."""
        end = time.monotonic() + 5.0
        while left_on(self.listener.heard) and time.monotonic() < end:
            time.sleep(0.01)
        self.listener.quiet(0.2)
        assert not left_on(self.listener.heard)
        self.silent.append((self.listener.heard[-1].frame - since) / RATE)

    def close(self):
        self.partner.close()
        self.listener.close()


@pytest.fixture
def stage(jackd, keyboard, tmp_path, here):
    dice = random.Random(11)
    stage = Stage(jackd, keyboard, tmp_path, dice)
    yield stage
    stage.close()


def within(bar, seconds):
    """All of them but one, which a busy machine may have held up."""
    print(f"at most {max(seconds):.2f} s, {len(seconds)} times")  # noqa: T201 - pytest -s shows it
    return sorted(seconds)[-2] < bar


@pytest.mark.parametrize("moments", MOMENTS)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_is_silent_and_leaves_within_a_second(stage, number, moments):
    took = []
    for moment in range(moments):
        stage.start() if moment else None
        since, began = stage.to_a_random_moment(), time.monotonic()
        assert stage.partner.ends(number) == 0
        took.append(time.monotonic() - began)
        stage.falls_silent(since)
    assert within(1.0, took)
    assert within(1.0, stage.silent)


@pytest.mark.parametrize("moments", MOMENTS)
def test_without_its_mind_the_player_falls_silent_within_a_second(stage, moments):
    for moment in range(moments):
        stage.start() if moment else None
        since = stage.to_a_random_moment()
        stage.partner.ends(signal.SIGKILL)
        stage.falls_silent(since)
    assert within(1.0, stage.silent)


@pytest.mark.parametrize("moments", MOMENTS)
def test_without_its_player_it_is_silent_within_one_second_and_plays_on_within_two(stage, moments):
    back = []
    for _ in range(moments):
        since, line = stage.to_a_random_moment(), len(stage.partner.said)
        began = time.monotonic()
        os.kill(stage.partner.player, signal.SIGKILL)
        stage.partner.wait_for("ready on jack", line)
        back.append(time.monotonic() - began)
        stage.falls_silent(since)
        assert stage.sources("witness:in") == ["improvd:plays"]
    assert within(1.0, stage.silent)
    assert within(2.0, back)
    assert stage.to_a_random_moment()
    assert stage.partner.ends(signal.SIGTERM) == 0


@pytest.mark.parametrize("moments", MOMENTS)
def test_both_killed_at_once_the_next_one_begins_with_silence(stage, moments):
    for _ in range(moments):
        since = stage.to_a_random_moment()
        for pid in (stage.partner.process.pid, stage.partner.player):
            os.kill(pid, signal.SIGSTOP)  # so that neither sees the other die
        for pid in (stage.partner.player, stage.partner.process.pid):
            os.kill(pid, signal.SIGKILL)
        stage.partner.ends()
        stage.start()
        stage.falls_silent(since)
        assert stage.sources("witness:in") == ["improvd:plays"]
