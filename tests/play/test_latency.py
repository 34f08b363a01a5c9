"""What is late somewhere is made up for: in what is told, and in when a note goes out."""

import time

import pytest

from improvd.bench.clocks import PULSE, START, pulses
from improvd.core.units import Bpm, Channel, Seconds
from improvd.play.messages import Begin, Cut, Finish, Heard, PlannedNote, Play, Ready, Sent
from improvd.play.stage import Lags, Stage
from improvd.play.transport import Transport
from improvd.ports.base import Incoming

NEAR = 0.03  # seconds: a busy machine's pause
KEY = (0x90, 72, 64)


@pytest.fixture
def plays(start_player):
    """Plays a note that is to sound half a second from now; the second it was planned for."""

    def plays(**latencies):
        player = start_player(**latencies)
        player.wait_for(Ready)
        planned = time.monotonic() + 0.5
        player.tell(Begin(1, cut_by_input=True, free=True))
        player.tell(Play(1, [PlannedNote(planned, planned + 0.2, Channel(1), 60, 80)]), Finish(1))
        return player, planned

    return plays


@pytest.mark.parametrize("latency", [0.0, 0.2, -0.2])
def test_a_synth_that_sounds_late_is_played_early(plays, latency):
    player, planned = plays(output_latency=latency)
    (on, data), (off, _) = player.take_timed(2)
    assert data[0] == 0x90
    assert on == pytest.approx(planned - latency, abs=NEAR)
    assert off - on == pytest.approx(0.2, abs=NEAR)
    (sent,) = player.wait_for(Sent).events[:1]
    assert sent[1] == pytest.approx(planned)
    assert sent[2] == pytest.approx(planned, abs=NEAR), "when it sounds, not when it left"


def test_playing_is_told_as_of_when_the_key_went_down_and_cuts_at_once(plays):
    player, planned = plays(input_latency=0.1, output_latency=0.2)
    player.take(1)
    now = time.monotonic()
    player.play(*KEY)
    (heard,) = player.wait_for(Heard).events
    assert heard[0] == pytest.approx(now - 0.1, abs=NEAR)
    player.wait_for(Cut)
    (off, data), *_ = player.take_timed(1)
    assert data[0] == 0x80
    assert off == pytest.approx(now, abs=NEAR)
    assert off < planned


def test_the_beat_of_a_clock_that_arrives_late_is_before_its_pulse():
    transport = Transport(Bpm(60.0), Seconds(0.0), "midi-clock")
    lags = Lags(clock=Seconds(0.05))
    stage = Stage(transport, (), thru=False, late=Seconds(0.05), lags=lags)
    stage.cycle([Incoming(Seconds(9.99), START)], Seconds(9.99), Seconds(9.99))
    for second in pulses(lambda _: 120.0, 4, 10.0):
        stage.cycle([Incoming(Seconds(second), PULSE)], Seconds(second), Seconds(second))
    assert transport.tempo.second_at(2.0) == pytest.approx(11.0 - 0.05, abs=0.001)
