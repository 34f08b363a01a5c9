"""Cables are pulled and put in again while somebody plays, and jackd dies, over a real jackd."""

import signal
import time
from pathlib import Path

import pytest
from witness import OFF, ON, Keyboard, Recorder, is_on, play, sounding

pytestmark = pytest.mark.jackd

SOON = 2.0  # seconds until what has returned is connected again


def port_of(number):
    """As ALSA's bridge calls it when it is plugged in for that time: twice under each name."""
    return f"Keystation [{20 + number // 2}] (capture): Keystation MIDI 1"


def descriptors(*pids):
    return sum(1 for pid in pids for _ in Path(f"/proc/{pid}/fd").iterdir())


def clients(jackd):
    return {port.partition(":")[0] for port in jackd.ports() if port}


def plug_in(jackd, partner, client, port, since):
    """The keyboard, once it is connected, and the seconds that this took from when it was there."""
    keyboard = Keyboard(jackd, client, port)
    keyboard.play(0xFE)
    began = time.monotonic()
    partner.wait_for(f"{keyboard.port} is connected with", since)
    return keyboard, time.monotonic() - began


@pytest.mark.parametrize("rounds", [10, pytest.param(100, marks=pytest.mark.soak)])
def test_the_keyboard_goes_and_comes_back_time_and_again(start, jackd, recorder, rounds):
    partner = start(
        {"mode": "listen"}, midi={"backend": "jack", "input": ["Keystation"], "thru": True}
    )
    partner.wait_for("ready on jack")
    jackd.connect("improvd:plays", recorder.port)
    keyboard, _ = plug_in(jackd, partner, "a2j", port_of(0), 0)
    pids = partner.process.pid, partner.player
    before, there, times = descriptors(*pids), clients(jackd), []
    for number in range(1, rounds + 1):
        since = len(partner.said)
        keyboard.play(ON, 60, 80)
        assert recorder.take(1)[0][1] == bytes((ON, 60, 80))
        keyboard.close()
        assert recorder.take(1)[0][1] == bytes((OFF, 60, 0)), "what was held is let go"
        keyboard, took = plug_in(jackd, partner, "a2j", port_of(number), since)
        times.append(took)
        told = [line for line in partner.said[since:] if "a2j:" in line]
        assert len(told) == 2, f"one line for its going, one for its return: {told}"
    print(f"connected again within {max(times):.2f} s")  # noqa: T201 - shown by pytest -s
    assert sorted(times)[-2] < SOON, times
    assert clients(jackd) == there
    assert descriptors(*pids) <= before + 2, "descriptors were left behind"
    assert pids == (partner.process.pid, partner.player), "the player did not last"
    keyboard.close()


def test_a_phrase_whose_keyboard_goes_is_answered_at_once(start, jackd):
    partner = start(midi={"backend": "jack", "input": ["Keystation"]})
    keyboard, _ = plug_in(jackd, partner, "Keystation", "out", 0)
    partner.wait_for("ready on jack")
    play(keyboard)
    keyboard.play(ON, 67, 80)
    keyboard.close()
    line = partner.wait_for("no longer plays")
    partner.wait_for("answering 5 notes", line)
    assert not [said for said in partner.said if "no longer holds" in said]


def test_hands_keep_what_they_connected_and_what_they_did_not(stage, jackd):
    """What was connected by hand is connected again; what was disconnected by hand is not."""
    partner = stage()
    liked, other = Keyboard(jackd, "liked"), Keyboard(jackd, "other")
    for each in (liked, other):
        jackd.connect(each.port, "improvd:hears")
    time.sleep(0.5)  # longer than the player waits for more changes
    jackd.disconnect(other.port, "improvd:hears")
    time.sleep(0.5)
    since = len(partner.said)
    liked.close()
    other.close()
    partner.wait_for("liked:out no longer plays", since)
    other = Keyboard(jackd, "other")
    liked, _ = plug_in(jackd, partner, "liked", "out", since)
    assert sorted(jackd.connections("improvd:hears")) == ["keyboard:out", "liked:out"]
    for each in (liked, other):
        each.close()


def test_when_the_output_goes_the_answer_ends_and_nothing_waits(stage, jackd, keyboard):
    partner = stage({"length": 16, "interrupt": "ignore"})
    synth = Recorder(jackd, "synth")
    jackd.connect("improvd:plays", synth.port)
    jackd.disconnect("improvd:plays", "recorder:input")
    play(keyboard)
    synth.take(2)
    since = len(partner.said)
    synth.close()
    partner.wait_for("synth:input no longer listens", since)
    line = partner.wait_for("answer over", since)
    synth = Recorder(jackd, "synth")
    partner.wait_for("improvd:plays is connected with synth:input", since)
    assert synth.nothing_more(1.0), "the rest of the answer was kept for later"
    play(keyboard)
    partner.wait_for("answering", line)
    assert is_on(synth.take(1)[0][1])
    synth.close()


@pytest.fixture
def others(jackd):
    """Starts keyboards and recorders, and sees to it that they end."""
    started = []

    def start(kind):
        started.append(kind(jackd))
        return started[-1]

    yield start
    for each in started:
        each.close()


def hears(jackd, keyboard, recorder):
    """Does jackd call it at all?"""
    jackd.connect(keyboard.port, recorder.port)
    keyboard.play(0xB0, 119, 0)
    jackd.disconnect(keyboard.port, recorder.port)
    return bool(recorder.rest(1.0))


@pytest.mark.parametrize("how", ["it is killed", "it is told to stop"])
def test_jackd_ends_in_an_answer_and_comes_back(start, jackd, others, how):
    partner = start({"length": 16, "interrupt": "ignore"})
    partner.wait_for("ready on jack")
    keyboard, recorder = others(Keyboard), others(Recorder)
    jackd.connect(keyboard.port, "improvd:hears")
    jackd.connect("improvd:plays", recorder.port)
    play(keyboard)
    assert is_on(recorder.take(1)[0][1])
    since, began = len(partner.said), time.monotonic()
    jackd.die() if how == "it is killed" else jackd.stop()
    line = partner.wait_for("went away", since)
    noticed = time.monotonic() - began
    partner.wait_for("answer over", since)
    for each in (keyboard, recorder):
        each.close()  # they would not survive it
    jackd.start()
    began = time.monotonic()
    partner.wait_for("ready on jack", line)
    returned = time.monotonic() - began
    keyboard, recorder = others(Keyboard), others(Recorder)
    partner.wait_for("keyboard:out is connected", line)
    partner.wait_for("connected with recorder:input", line)
    if not hears(jackd, keyboard, recorder):  # its old namesake's death may have left it deaf
        line = len(partner.said)
        recorder.close()
        recorder = others(Recorder)
        partner.wait_for("connected with recorder:input", line)
    print(f"noticed after {noticed:.2f} s, back after {returned:.2f} s")  # noqa: T201
    assert noticed < 1.0
    assert returned < SOON
    play(keyboard)
    taken = recorder.take(2)
    assert partner.ends(signal.SIGTERM) == 0
    assert not sounding(taken + recorder.rest(0.3))
