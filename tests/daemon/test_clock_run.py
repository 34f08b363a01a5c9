"""The whole daemon over a real jackd, beside a DAW's clock."""

import os
import random
import signal
import sys
import time

import pytest
from box import Box

from improvd.bench.clients import RATE
from improvd.bench.clocks import PULSE, START, pulses, shaken, steady
from improvd.bench.daw import Sequencer, Timebase
from improvd.bench.rig import Rig
from improvd.bench.tunes import primer

pytestmark = pytest.mark.jackd

TURNS = {"start": "bar", "silence": 0.3, "length": 2}


@pytest.fixture
def rig(monkeypatch, jackd):
    monkeypatch.setenv("JACK_DEFAULT_SERVER", jackd.name)
    monkeypatch.setenv("JACK_NO_START_SERVER", "1")
    with Rig(midi={"backend": "jack"}, turns=TURNS) as rig:
        yield rig
        sys.stderr.write("\n".join(rig.daemon.lines))  # pytest shows it where a test fails


@pytest.fixture
def master(rig):
    master = Timebase(127.0)
    yield master
    master.close()


def first_note(rig, bpm):
    """Play a bar; the frame of the first note of its answer."""
    heard = len(rig.witness.heard)
    rig.pianist.play(primer(1, bpm, random.Random(1)))
    return rig.witness.wait_for_on(heard)[0].frame


def test_an_answer_starts_on_the_bar_of_midi_clock(rig):
    truth = list(pulses(steady(127), 60))
    daw = Sequencer("improvd:hears")
    heard = sorted(shaken(truth, 0.002))
    start = daw.play([(-0.01, START), *((second, PULSE) for second in heard)])
    rig.daemon.said("the MIDI clock runs: following it")
    frame = first_note(rig, 110)
    daw.close()
    bars = (frame - start) / RATE * 127 / 60 / 4
    assert abs(bars - round(bars)) * 4 * 60 / 127 < 0.005  # seconds
    rig.daemon.said("the MIDI clock is lost: going on without it")


@pytest.fixture
def box(rig):
    box = Box("improvd:hears", 60.0)
    yield box
    box.close()


def test_after_the_players_death_answers_are_still_on_the_bar_of_midi_clock(rig, box):
    rig.daemon.said("the MIDI clock runs: following it")
    time.sleep(3.0)
    os.kill(rig.daemon.pids[1], signal.SIGKILL)
    rig.daemon.said("ready on jack")
    rig.daemon.said("the MIDI clock runs: following it")
    bars = box.beat_at(rig.witness.second_of(first_note(rig, 110))) / 4
    assert abs(bars - round(bars)) * 4 * 60 / box.bpm < 0.005  # seconds


def test_an_answer_starts_on_the_bar_of_the_jack_transport(rig, master):
    master.start()
    rig.daemon.said("the JACK transport runs: following it at 127.0 bpm")
    bars = master.beat_at(first_note(rig, 110) - master.ahead) / 4
    assert abs(bars - round(bars)) * 4 * 60 / 127 < 0.002  # seconds
    master.stop()
    rig.daemon.said("the JACK transport has stopped")
