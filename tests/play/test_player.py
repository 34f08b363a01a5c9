"""A real player process on memory ports, told what the mind would tell it."""

import itertools
import signal
import time

import pytest

from improvd.core.units import Channel, Pitch, Seconds, Velocity
from improvd.play.messages import (
    Alive,
    Begin,
    Cut,
    Ended,
    Exit,
    Finish,
    Heard,
    Moved,
    PlannedMove,
    PlannedNote,
    Play,
    Ready,
    Sent,
    SetTempo,
    Transport,
)

KEY_DOWN, KEY_UP = (0x90, 72, 64), (0x80, 72, 0)


def note(onset: float, end: float, pitch: int = 60) -> PlannedNote:
    return PlannedNote(onset, end, Channel(1), Pitch(pitch), Velocity(80))


@pytest.fixture
def player(start_player):
    player = start_player(thru=True)
    assert player.wait_for(Ready) == Ready("memory", "improvd:hears", "improvd:plays")
    return player


def hold_a_note(player, answer: int = 1, *, cut_by_input: bool = True) -> None:
    """A note of an answer sounds, for longer than any test."""
    now = time.monotonic()
    player.tell(Begin(answer, cut_by_input, free=True), Play(answer, [note(now, now + 60)]))
    assert player.take(1) == [bytes((0x90, 60, 80))]


def test_what_is_heard_is_passed_on_and_reported(player):
    player.play(*KEY_DOWN)
    assert player.take(1) == [bytes(KEY_DOWN)]
    ((_, *data),) = player.wait_for(Heard).events
    assert tuple(data) == KEY_DOWN


def test_what_comes_in_at_the_port_for_controls_is_told_as_such(start_player):
    player = start_player(thru=True, controls_input="virtual")
    player.play(*KEY_DOWN, end="controls")
    ((_, *data),) = player.wait_for(Moved).events
    assert tuple(data) == KEY_DOWN
    player.play(*KEY_DOWN, end="clock")  # there is no such port
    player.play(*KEY_DOWN)
    assert player.take(1) == [bytes(KEY_DOWN)], "one was passed on"
    assert len(player.wait_for(Heard).events) == 1


def test_an_answer_sounds_as_planned_and_ends(player):
    start = Seconds(time.monotonic())
    player.tell(SetTempo(start, 0.0, 600.0), Begin(1, cut_by_input=True, free=False))
    player.wait_for(Transport)
    player.tell(Play(1, [note(0, 1), note(1, 2, 62)]), Finish(1))
    assert [data[:2] for data in player.take(4)] == [
        b"\x90\x3c",
        b"\x80\x3c",
        b"\x90\x3e",
        b"\x80\x3e",
    ]
    planned = [row[1] for row in player.wait_for(Sent).events]
    assert planned[0] == start
    assert player.wait_for(Ended).answer == 1


def test_a_key_cuts_the_answer_first(player):
    hold_a_note(player)
    player.play(*KEY_DOWN)
    assert player.take(2) == [bytes((0x80, 60, 0)), bytes(KEY_DOWN)]
    assert player.wait_for(Cut).answer == 1


@pytest.mark.parametrize("farewell", ["the mind is gone", "SIGTERM"])
def test_whatever_sounds_is_ended_before_it_leaves(player, farewell):
    player.play(*KEY_DOWN)
    player.take(1)
    hold_a_note(player, cut_by_input=False)
    player.tell(Play(1, [], [PlannedMove(time.monotonic(), Channel(1), down=True)]))
    assert player.take(1) == [bytes((0xB0, 64, 127))]
    if farewell == "SIGTERM":
        player.process.send_signal(signal.SIGTERM)
    else:
        player.mind.close()
    assert player.take(3) == [bytes((0x80, 60, 0)), bytes((0xB0, 64, 0)), bytes(KEY_UP)]
    assert player.left()[0] == Exit.LEFT


def test_ctrl_c_and_a_closed_terminal_are_the_minds_business(player):
    for ignored in (signal.SIGINT, signal.SIGHUP):
        player.process.send_signal(ignored)
    player.play(*KEY_DOWN)
    assert player.take(1) == [bytes(KEY_DOWN)]


def test_the_heart_beats(player):
    first, second = player.wait_for(Alive), player.wait_for(Alive)
    assert first.second < second.second


def test_the_cut_works_while_nobody_reads(player):
    """The mind is stopped: it does not read, and the socket is full."""
    for pitch, velocity in itertools.product(
        range(10), range(1, 101)
    ):  # none like another: no echo
        player.play(0x90, pitch, velocity)
        player.take(1)
    now = time.monotonic()
    player.tell(Begin(1, cut_by_input=True, free=True), Play(1, [note(now, now + 60)]))
    player.take(1)
    player.play(*KEY_DOWN)
    assert player.take(2) == [bytes((0x80, 60, 0)), bytes(KEY_DOWN)]
    assert player.wait_for(Cut).answer == 1


def test_without_a_midi_system_it_says_so_in_one_line(start_player):
    player = start_player(env={"JACK_DEFAULT_SERVER": "nobody"}, backend="jack")
    code, said = player.left()
    assert code == Exit.NO_MIDI_SYSTEM
    assert "no JACK server answers" in said
    assert said.count("\n") == 1
