"""What a Link session says, reading by reading; and a real one with a peer of its own."""

import math
import time
from statistics import median

import pytest

from improvd.bench.link import meet
from improvd.core.tempo import Tempo
from improvd.core.units import Beats, Bpm, Channel, Seconds
from improvd.errors import PortError
from improvd.play import link_clock
from improvd.play.clock import Hold, State
from improvd.play.link_clock import LinkClock, LinkWatch, join
from improvd.play.messages import Begin, Finish, PlannedNote, Play, Transport
from improvd.play.settings import Settings
from improvd.ports.link import LinkSession, Reading


def reading(second, beat, bpm=120.0, peers=1):
    return Reading(Seconds(second), Beats(beat), Bpm(bpm), peers)


def settings(source):
    return Settings(
        backend="memory", name="improvd", input="virtual", output="virtual", clock_input="input",
        controls_input="input",
        input_channels="all", thru=False, controls=[], late=0.05, input_latency=0.0,
        output_latency=0.0, clock_latency=0.0, max_note=8.0, bpm=120.0, bar=4.0,
        source=source, send_clock=False,
    )  # fmt: skip


def test_alone_there_is_no_session():
    clock = LinkClock()
    absent = clock.at(reading(0.0, 0.0, peers=0))
    assert absent.state is State.ABSENT
    assert clock.at(reading(0.2, 0.4, peers=0)) is absent, "nothing new is said"
    assert clock.at(reading(0.5, 1.0, peers=1)).state is State.RUNNING
    assert clock.at(reading(1.0, 2.0, peers=0)).state is State.LOST


def test_readings_on_the_line_change_nothing_and_those_off_it_make_a_new_one():
    clock = LinkClock()
    first = clock.at(reading(10.0, 4.0))
    assert clock.at(reading(10.5, 5.0001)) is first
    assert clock.at(reading(11.0, 6.01)) is not first
    assert clock.at(reading(11.5, 7.01, bpm=121.0)).tempo.bpm == 121.0


def test_it_is_looked_at_now_and_then_and_seldom_while_nobody_is_there():
    peers = 0
    watch = LinkWatch(lambda: reading(1.0, 1.0, peers=peers))
    assert watch.look(Seconds(1.0)).state is State.ABSENT
    alone = watch.due
    peers = 1
    assert watch.look(Seconds(1.01)) is None
    assert watch.look(alone).state is State.RUNNING
    assert watch.due - alone < alone - 1.0
    assert LinkWatch(None).look(Seconds(1.0)) is None


def test_without_the_library_auto_does_without_and_link_says_what_to_install(monkeypatch):
    def missing(*_):
        raise ImportError

    monkeypatch.setattr(link_clock, "LinkSession", missing)
    assert join(settings("internal")) is None
    assert join(settings("auto")) is None
    with pytest.raises(PortError, match=r"pip install \"improvd\[link\]\""):
        join(settings("link"))


def test_two_peers_that_have_met_agree_on_beat_and_tempo():
    phase, bpm = meet()
    assert abs(phase) <= 0.003
    assert bpm == pytest.approx(0.0, abs=0.01)


def test_a_player_plays_on_the_beats_of_the_others(start_player):
    peer = LinkSession(Bpm(97.0), Beats(4.0))
    player = start_player(backend="memory", source="link")
    said = player.wait_for(Transport)
    while said.hold != Hold.GRID:
        said = player.wait_for(Transport)
    time.sleep(2.0)
    first = math.ceil(Tempo(said.bpm, said.second, said.beat).beat_at(time.monotonic())) + 1
    notes = [PlannedNote(on, on + 0.1, Channel(1), 60, 80) for on in range(first, first + 7)]
    player.tell(Begin(1, cut_by_input=True, free=False, grid=said.grid), Play(1, notes), Finish(1))
    onsets = [second for second, data in player.take_timed(2 * len(notes)) if data[2]]
    now = peer.read()
    peer.close()
    beats = [now.beat + (second - now.second) * now.bpm / 60 for second in onsets]
    away = [abs(beat - round(beat)) * 60 / now.bpm for beat in beats]
    assert median(away) <= 0.003
