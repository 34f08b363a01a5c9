"""Ten minutes of somebody who plays anything, over a real jackd, while the daemon is mistreated."""

import os
import random
import signal
import time
from pathlib import Path

import pytest
from partner import Partner

pytestmark = [pytest.mark.soak, pytest.mark.jackd]

MINUTES = 10
ON, OFF, CONTROL = 0x90, 0x80, 0xB0


def megabytes(pid):
    """RssAnon of a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) / 1024


def follow(taken, down):
    """Keep the set of pitches that sound."""
    for _, data in taken:
        (down.add if data[0] & 0xF0 == ON else down.discard)(data[1])


def play_something(keyboard, dice):
    """A phrase, a barge-in, a pedal, a stuck key or nonsense."""
    what = dice.random()
    if what < 0.1:
        keyboard.play(*dice.choices(range(256), k=dice.randrange(1, 4)))
    if what < 0.2:
        keyboard.play(CONTROL, 64, 127)
    for _ in range(dice.randrange(1, 12)):
        pitch = dice.randrange(30, 100)
        keyboard.play(ON, pitch, dice.randrange(1, 128))
        time.sleep(dice.choice((0.05, 0.1, 0.2, 0.4)))
        if what > 0.03:  # else the key is stuck
            keyboard.play(OFF, pitch, 0)
    keyboard.play(CONTROL, 64, 0)
    time.sleep(dice.choice((0.1, 0.7, 2.0, 5.0)))


def test_nothing_hangs_nothing_grows_and_it_never_stops_answering(
    jackd, keyboard, recorder, tmp_path
):
    partner = Partner(tmp_path, jackd.env, turns={"max_hold": 1.0, "interrupt": "stop"})
    try:
        partner.wait_for("ready on jack")
        jackd.connect(keyboard.port, "improvd:hears")
        jackd.connect("improvd:plays", recorder.port)
        dice = random.Random(7)
        down, killed, size = set(), 0, None
        end = time.monotonic() + MINUTES * 60
        while time.monotonic() < end:
            play_something(keyboard, dice)
            if dice.random() < 0.01:
                line = len(partner.said)
                os.kill(partner.player, signal.SIGKILL)
                partner.wait_for("ready on jack", line)
                killed += 1
            follow(recorder.rest(0.0), down)
            size = size or megabytes(partner.process.pid)  # after the first phrase
        assert sum("answering" in line for line in partner.said) > 10 * MINUTES / 2
        assert megabytes(partner.process.pid) - size < 10.0
        assert partner.ends(signal.SIGTERM) == 0
        follow(recorder.rest(0.5), down)
        assert not down
        assert not [line for line in partner.said if "Traceback" in line]
    finally:
        partner.close()
