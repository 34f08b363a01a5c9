"""The modes over a real jackd: on the clock of a DAW, by hand, and from one to another."""

import time
from statistics import median

import pytest
from partner import improvd
from witness import OFF, ON, is_on, play, sounding

from improvd.bench.clients import Witness
from improvd.bench.clocks import PULSE, START, pulses
from improvd.bench.daw import Sequencer

pytestmark = pytest.mark.jackd

RATE = 48_000
BEAT = RATE // 2  # frames at 120 bpm
STEP = BEAT // 4


@pytest.fixture
def on_jack(start, jackd, keyboard, monkeypatch):
    """Starts a daemon with a keyboard, and somebody who hears it by JACK's own frames."""
    monkeypatch.setenv("JACK_DEFAULT_SERVER", jackd.name)
    clients = []

    def on_jack(turns, **tables):
        partner = start(turns, **tables)
        partner.wait_for("ready on jack")
        jackd.connect(keyboard.port, "improvd:hears")
        clients.append(Witness("improvd:plays"))
        return partner, clients[0]

    yield on_jack
    for client in clients:
        client.close()


@pytest.fixture
def daw():
    """Another program that plays a score into the daemon."""
    made = []

    def daw(score):
        made.append(Sequencer("improvd:hears"))
        return made[0].play(sorted(score))

    yield daw
    for each in made:
        each.close()


def quarters(bar, pitch=60):
    """A bar of them at 120 bpm, by second."""
    for beat in range(4):
        second = (4 * bar + beat) / 2
        yield second + 0.01, bytes((ON, pitch + beat, 80))
        yield second + 0.4, bytes((OFF, pitch + beat, 0))


def heard(witness):
    """All that was heard, when nothing more comes."""
    witness.quiet(0.5)
    return [(arrival.frame, arrival.data) for arrival in witness.heard]


@pytest.mark.soak  # an xrun moves frames against seconds, so it wants a quiet machine
def test_bars_are_traded_on_the_lines_of_the_daws_clock(on_jack, daw):
    turns = {"mode": "trade", "trade": 1, "start": "beat"}
    partner, witness = on_jack(turns, tempo={"source": "auto"})
    clock = [(second, PULSE) for second in pulses(lambda _: 120.0, 28)]
    start = daw([(-0.01, START), *clock, *quarters(0), *quarters(2), *quarters(4)])
    line = 0
    for _ in range(3):
        line = partner.wait_for("answer over", line)
    taken = heard(witness)
    beats = [(frame - start) / BEAT for frame, data in taken if is_on(data)]
    bars = [[beat - line for beat in beats if -0.1 < beat - line < 4] for line in (4, 12, 20)]
    assert sum(map(len, bars)) == len(beats), "it plays in its own bars only"
    late = [bar[0] * BEAT / RATE for bar in bars]
    assert median(map(abs, late)) < 0.02, "where the machine is busy one of them may be off"
    assert not sounding(taken)


@pytest.mark.parametrize("before", ["answer", "solo", "trade"])
def test_a_change_while_answering_leaves_nothing_on_and_nothing_out(on_jack, keyboard, before):
    partner, witness = on_jack({"mode": before, "trade": 1, "length": 2})
    play(keyboard)
    witness.wait_for_on(0, 2)
    assert improvd(partner, "mode", "listen") == (0, "listen\n")
    line = partner.wait_for("answer over")
    taken = heard(witness)
    assert not sounding(taken)
    assert not [said for said in partner.said if "left out" in said]
    ons = [frame for frame, data in taken if is_on(data)]
    off = [ons[-1] - frame - round((ons[-1] - frame) / STEP) * STEP for frame in ons[1:]]
    assert max(map(abs, off)) < 0.02 * RATE
    play(keyboard)
    time.sleep(1.5)
    assert heard(witness) == taken
    assert not [said for said in partner.said[line:] if "answering" in said]
    assert improvd(partner, "mode") == (0, "listen\n")


def test_started_and_stopped_from_a_shell_and_by_a_pedal(on_jack, keyboard):
    partner, witness = on_jack({"mode": "manual"}, controls={"hand": "cc 66"})
    play(keyboard)
    time.sleep(1.0)
    assert not witness.heard
    assert improvd(partner, "start")[0] == 0
    witness.wait_for_on(0, 4)
    assert improvd(partner, "stop")[0] == 0
    line = partner.wait_for("answer over")
    taken = heard(witness)
    assert not sounding(taken)
    press(keyboard)
    witness.wait_for_on(len(taken), 4)
    press(keyboard)
    press(keyboard)
    partner.wait_for("answer over", line)
    assert not sounding(heard(witness))


def press(keyboard):
    for value in (127, 0):
        keyboard.play(0xB0, 66, value)
        time.sleep(0.05)


def test_without_a_daemon_the_verbs_say_so(start):
    partner = start()
    partner.wait_for("ready on jack")
    assert partner.ends(15) == 0
    for words in (["mode"], ["mode", "solo"], ["start"], ["stop"]):
        code, said = improvd(partner, *words)
        assert (code, "no improvd named 'improvd' is running" in said) == (1, True), said
    code, said = improvd(partner, "mode", "dute")
    assert code == 2
    assert "allowed: answer, trade, duet, solo, manual, listen" in said
