"""A real player on a real jackd beside the clocks of other programs."""

import os
import signal
import subprocess
import time
from itertools import pairwise

import pytest

from improvd.bench.clients import RATE, Witness
from improvd.bench.clocks import PULSE, START, STOP, pulses, ramp, shaken, steady
from improvd.bench.daw import Sequencer, Timebase
from improvd.core.units import Channel, Pitch, Velocity
from improvd.play.messages import Begin, Cut, Finish, PlannedNote, Play, Ready, SetTempo, Transport

pytestmark = pytest.mark.jackd

JITTER = 0.002
MS = RATE / 1000
STOOD_STILL = 20.0  # ms that a server loses where the machine does, and who plays on it too
STRETCHES = 4


@pytest.fixture
def witness(here, player):
    witness = Witness(player.wait_for(Ready).plays)
    yield witness
    witness.close()


@pytest.fixture
def player(jackd, start_player):
    return start_player(env=jackd.env, backend="jack", source="auto")


@pytest.fixture
def daw(witness):
    daw = Sequencer("improvd:hears")
    yield daw
    daw.close()


def score(bpm_at, beats):
    """Start and so many beats of pulses with jitter; and where they fall in truth."""
    truth = list(pulses(bpm_at, beats))
    heard = sorted(shaken(truth, JITTER))
    return [(-0.01, START), *((second, PULSE) for second in heard)], truth


def pitch(number):
    """By which the notes of an answer are told apart."""
    return Pitch(20 + number % 100)


def on_the_grid(player, after=0):
    """What the player says as soon as a clock holds, at another place than that one."""
    said = player.wait_for(Transport)
    while said.hold != "grid" or said.grid == after:
        said = player.wait_for(Transport)
    return said


def sixteenths(player, beats, after=0):
    """An answer with a note on each sixteenth of these beats."""
    grid = on_the_grid(player, after)
    onsets = [beat + part / 4 for beat in beats for part in range(4)]
    notes = [
        PlannedNote(on, on + 0.1, Channel(1), pitch(number), Velocity(80))
        for number, on in enumerate(onsets)
    ]
    player.tell(Begin(1, cut_by_input=True, free=False, grid=grid.grid))
    player.tell(Play(1, notes), Finish(1))
    return onsets


def offs(witness, onsets, start, truth):
    """Onset -> how many milliseconds its note is off the true grid."""
    witness.wait_for_on(0)
    witness.quiet(1.0)
    due = {onset: start + truth[round(onset * 24)] * RATE for onset in onsets}
    return off_frames(witness.ons(), due)


def off_frames(ons, due):
    """Onset -> how many milliseconds its note is off the frame on which it is due."""
    frames = {on.data[1]: on.frame for on in ons}
    heard = {onset: frames.get(pitch(number)) for number, onset in enumerate(due)}
    assert list(heard.values()).count(None) <= 2, "more than an xrun takes"
    return {onset: abs(at - due[onset]) / MS for onset, at in heard.items() if at is not None}


@pytest.mark.parametrize("bpm", [127, 200])
def test_notes_fall_on_the_true_grid_of_a_shaken_clock(player, witness, daw, bpm):
    messages, truth = score(steady(bpm), 20)
    start = daw.play(messages)
    onsets = sixteenths(player, range(8, 18))
    off = offs(witness, onsets, start, truth)
    assert sorted(off.values())[-3] <= 3.0  # two may have met an xrun


def test_a_ramp_of_its_tempo_is_followed(player, witness, daw):
    messages, truth = score(ramp(90, 140, 4, 12), 26)
    start = daw.play(messages)
    onsets = sixteenths(player, range(4, 25))
    off = offs(witness, onsets, start, truth)
    assert max(off.values()) < 60_000 / 140 / 8, "a 32nd"
    assert sorted(late for onset, late in off.items() if onset >= 20)[-3] <= 3.0


@pytest.mark.jackd_alone("of PipeWire so long a silence is taken for its end")
def test_where_jackd_stood_still_a_daw_on_it_did_too_and_its_beats_are_kept(
    player, witness, daw, jackd
):
    messages, truth = score(steady(120), 24)
    start = daw.play(messages)
    before = on_the_grid(player)
    time.sleep(1.5)  # it is steady by now
    os.kill(jackd.pid, signal.SIGSTOP)
    time.sleep(0.5)
    os.kill(jackd.pid, signal.SIGCONT)
    onsets = sixteenths(player, range(12, 20), after=before.grid)
    off = offs(witness, onsets, start, truth)
    assert sorted(off.values())[-3] <= 3.0


def test_stop_ends_what_sounds_and_is_told(player, witness, daw):
    messages, _ = score(steady(120), 12)
    daw.play([each for each in messages if each[0] < 3.0] + [(3.0, STOP)])
    sixteenths(player, range(4, 12))
    cut = player.wait_for(Cut)
    assert cut.beat == pytest.approx(6.0, abs=0.1)
    witness.quiet(0.3)
    assert witness.heard[-1].data[0] == 0x80
    while player.wait_for(Transport).state != "stopped":
        pass


def read(player, seconds):
    """The clock that another program reads from this player, which is told a place at 127 bpm.

    In the first of a few stretches in which the server lost next to nothing, else in the best.
    """
    witness = Witness(player.wait_for(Ready).plays)
    player.tell(SetTempo(time.monotonic() + 0.1, 0.0, 127.0, grid=1))
    stretches = [stretch(witness, seconds)]
    while stretches[-1][0] > STOOD_STILL and len(stretches) < STRETCHES:
        stretches.append(stretch(witness, seconds))
    player.mind.close()
    player.left()
    witness.quiet(0.2)
    words = [each.data for each in witness.heard if each.data != PULSE]
    witness.close()
    return words, min(stretches)[1]


def stretch(witness, seconds):
    """How many milliseconds the server lost meanwhile, and how uneven the pulses were."""
    began, frame, count = time.monotonic(), witness.now, len(witness.heard)
    time.sleep(seconds)
    lost = (time.monotonic() - began) * 1000 - (witness.now - frame) / MS
    pulses = [each.frame for each in witness.heard[count:] if each.data == PULSE]
    return lost, [abs(b - a - RATE * 60 / 127 / 24) / MS for a, b in pairwise(pulses)]


# RtMidi hands over once a period, of 2.7 ms. Where the machine stands still, nothing is even.
@pytest.mark.parametrize(
    ("backend", "share", "most"), [("jack", 0.98, 0.1), ("rtmidi-jack", 0.7, 2.7)]
)
@pytest.mark.usefixtures("short_periods", "here")
def test_the_clock_that_is_sent_is_even(jackd, start_player, backend, share, most):
    player = start_player(env=jackd.env, backend=backend, send_clock=True, bpm=127.0)
    words, errors = read(player, 5.0)
    assert words == [START, STOP]
    assert len(errors) > 240
    assert sorted(errors)[int(len(errors) * share)] <= most  # ms


@pytest.mark.parametrize("backend", ["jack", "rtmidi-jack"])
def test_a_clock_has_a_port_of_its_own_where_that_is_wished(here, jackd, start_player, backend):
    player = start_player(env=jackd.env, backend=backend, source="auto", clock_input="virtual")
    player.wait_for(Ready)
    port = {"jack": "improvd:clock", "rtmidi-jack": "improvd-clock:clock"}[backend]
    daw = Sequencer(port)
    daw.play(score(steady(120), 4)[0])
    said = player.wait_for(Transport)
    while said.state != "running" or abs(said.bpm - 120) > 3:
        said = player.wait_for(Transport)
    daw.close()


def test_a_named_clock_is_connected_with_it(here, jackd, keyboard, start_player):
    player = start_player(env=jackd.env, backend="jack", source="auto", clock_input="keyboard")
    player.wait_for(Ready)
    assert jackd.connections("improvd:clock") == [keyboard.port]
    assert jackd.connections("improvd:hears") == []


@pytest.fixture
def master(witness):
    master = Timebase(127.0)
    yield master
    master.close()


def test_notes_fall_on_the_bar_lines_of_the_jack_transport_and_follow_its_tempo(
    player, witness, master
):
    master.start()
    onsets = sixteenths(player, range(4, 16))
    witness.wait_for_on(0)
    time.sleep(1.0)
    master.change(90.0)
    witness.quiet(1.0)
    due = {onset: master.ahead + master.frame_of(onset) for onset in onsets}
    off = off_frames(witness.ons(), due)
    assert off[4.0] <= 1.0
    assert sorted(off.values())[-3] <= 1.0  # on either side of the change


def test_after_a_relocation_nothing_is_played_from_the_old_place(player, witness, master):
    master.start()
    sixteenths(player, range(4, 60))
    witness.wait_for_on(0)
    master.locate(40.0)
    player.wait_for(Cut)
    witness.quiet(0.5)
    assert len(witness.ons()) < 8
    assert witness.heard[-1].data[0] == 0x80
    said = player.wait_for(Transport)
    assert (said.grid, said.source, said.meter) == (-2, "jack", "4/4")


def test_when_the_jack_transport_stops_the_answer_ends(player, witness, master):
    master.start()
    sixteenths(player, range(4, 60))
    witness.wait_for_on(0)
    master.stop()
    player.wait_for(Cut)
    while player.wait_for(Transport).state != "stopped":
        pass


def transport(jackd, word):
    """Somebody types this word into jack_transport."""
    tool = ["jack_transport"]
    subprocess.run(tool, input=f"{word}\n", env=jackd.env, text=True, check=True, timeout=5)


def test_without_a_master_the_jack_transport_has_the_tempo_that_is_set(here, jackd, start_player):
    player = start_player(env=jackd.env, backend="jack", source="jack", bpm=77.0)
    player.wait_for(Ready)
    transport(jackd, "play")
    said = player.wait_for(Transport)
    while said.state != "running":
        said = player.wait_for(Transport)
    transport(jackd, "stop")
    assert (said.bpm, said.meter) == (77.0, "")
