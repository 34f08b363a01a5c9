"""The daemon over a jackd, for the tests that play with it from outside."""

import pytest
from partner import Partner

QUICK = {"silence": 0.4, "start": "now", "length": 2}
STEADY = {"source": "internal", "bpm": 120.0}


@pytest.fixture
def start(jackd, tmp_path):
    started = []

    def start(turns=None, **tables):
        tables = {"tempo": STEADY, "turns": QUICK | (turns or {}), **tables}
        started.append(Partner(tmp_path, jackd.env, **tables))
        return started[-1]

    yield start
    for partner in started:
        partner.close()


@pytest.fixture
def stage(jackd, keyboard, recorder, start):
    """Starts a daemon that is wired up: keyboard -> improvd -> recorder."""

    def stage(turns=None, **tables):
        partner = start(turns, **tables)
        partner.wait_for("ready on jack")
        recorder.agree_with(keyboard)
        jackd.connect(keyboard.port, "improvd:hears")
        jackd.connect("improvd:plays", recorder.port)
        return partner

    return stage
