"""The player process as the mind sees it: real processes on memory ports."""

import os
import select
import signal
import socket
import time

import pytest
from witness import PATIENCE, SETTINGS

from improvd.bench.clocks import PULSE, START, pulses, steady
from improvd.core.source import Source
from improvd.daemon.link import PlayerLink
from improvd.play.messages import (
    Alive,
    Begin,
    Cut,
    Exit,
    PlannedMove,
    PlannedNote,
    Play,
    Ready,
    Sent,
    SetControls,
    SetTempo,
    Stop,
    Transport,
)
from improvd.ports import memory


class Desk:
    """A link, and the far end of its player's memory ports."""

    def __init__(self, **settings):
        self.room, port = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._port, self.port = port, port.fileno()
        chosen = SETTINGS | {"memory_fd": port.fileno()} | settings
        self.link = PlayerLink(chosen, [port.fileno()])
        self.link.start(time.monotonic())
        self.restarted = 0

    def wait_for(self, kind):
        """Look after the player until it says this."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            for message in self.look(0.02):
                if isinstance(message, kind):
                    return message
        raise AssertionError(f"no {kind.__name__} came")

    def look(self, patience):
        """What the player has said by now; another one is started where it is dead."""
        readers = [self.link] if self.link.fileno() >= 0 else []
        select.select(readers, [], [], patience)
        said = self.link.receive(time.monotonic())
        self.restarted += self.link.check(time.monotonic())
        return said

    def take(self, count):
        taken = []
        for _ in range(count):
            assert select.select([self.room], [], [], PATIENCE)[0], f"only {taken} came"
            taken.append(memory.unpack(self.room.recv(4096))[1])
        return taken

    def close(self):
        self.link.stop()
        self.room.close()
        self._port.close()


@pytest.fixture
def desk():
    desk = Desk()
    yield desk
    desk.close()


def play_a_long_note(desk):
    desk.wait_for(Ready)
    note = PlannedNote(0.0, 100.0, 1, 60, 80)
    tempo = SetTempo(time.monotonic(), 0.0, 120.0)
    desk.link.send(tempo, Begin(1, cut_by_input=True, free=False), Play(1, [note]))
    desk.wait_for(Sent)
    assert desk.take(1) == [bytes((0x90, 60, 80))]


def press_the_pedal(desk):
    desk.link.send(Play(1, [], [PlannedMove(0.0, 1, down=True)]))
    assert desk.take(1) == [bytes((0xB0, 64, 127))]


def test_a_player_that_is_told_to_stop_closes_its_notes(desk):
    play_a_long_note(desk)
    press_the_pedal(desk)
    desk.link.stop()
    assert desk.take(2) == [bytes((0x80, 60, 0)), bytes((0xB0, 64, 0))]


@pytest.mark.parametrize("fault", [signal.SIGKILL, signal.SIGSTOP])
def test_a_dead_or_wedged_player_is_replaced_and_what_sounded_is_silenced(desk, fault):
    play_a_long_note(desk)
    press_the_pedal(desk)
    first = desk.link.pid
    os.kill(first, fault)
    desk.wait_for(Ready)
    assert desk.link.pid != first
    assert desk.restarted == 1
    assert desk.take(2) == [bytes((0x80, 60, 0)), bytes((0xB0, 64, 0))]
    desk.wait_for(Alive)


def test_a_mind_that_stood_still_itself_gives_its_player_another_second(desk):
    play_a_long_note(desk)
    now = time.monotonic()
    assert not desk.link.check(now)
    assert not desk.link.check(now + 60.0), "the machine slept, say"
    assert not desk.link.check(now + 60.8)
    assert desk.link.check(now + 61.2)


def test_a_new_player_knows_what_the_old_one_was_told():
    desk = Desk(thru=True)
    desk.wait_for(Ready)
    desk.link.send(SetControls([Source("note", 50)]))
    os.kill(desk.link.pid, signal.SIGKILL)
    desk.wait_for(Ready)
    for pitch in (50, 51):
        desk.room.send(memory.pack(time.monotonic(), bytes((0x92, pitch, 80))))
    assert desk.take(1) == [bytes((0x92, 51, 80))], "50 is mapped"
    desk.close()


def test_of_several_answers_those_that_are_on_are_silenced_when_another_has_ended(desk):
    play_a_long_note(desk)
    short = [PlannedNote(0.0, 0.05, 2, 40, 80)]
    desk.link.send(Begin(2, cut_by_input=True, free=True), Play(2, short), Stop(2))
    desk.wait_for(Cut)
    os.kill(desk.link.pid, signal.SIGKILL)
    desk.wait_for(Ready)
    assert desk.take(1) == [bytes((0x80, 60, 0))]


@pytest.mark.parametrize("fault", [signal.SIGKILL, signal.SIGSTOP])
def test_a_new_player_goes_on_at_the_place_of_a_midi_clock(fault):
    desk = Desk(source="midi-clock", bpm=60.0)
    desk.wait_for(Ready)
    began, said, before = time.monotonic(), [], 0
    desk.room.send(memory.pack(began, START))
    for second in pulses(steady(97.0), 16, began):
        while time.monotonic() < second:
            said += (each for each in desk.look(0.002) if isinstance(each, Transport))
        desk.room.send(memory.pack(second, PULSE))
        if second > began + 2.0 and not before:
            before = len(said)
            os.kill(desk.link.pid, fault)
    desk.close()
    assert desk.restarted == 1
    placed = [each for each in said[before:] if each.hold == "grid"]
    assert placed[-1].beat == pytest.approx((placed[-1].second - began) * 97.0 / 60, abs=0.01)


def test_a_player_is_well_as_long_as_it_speaks(desk):
    assert not desk.link.well(time.monotonic())
    desk.wait_for(Alive)
    assert desk.link.well(time.monotonic())
    assert not desk.link.well(time.monotonic() + 1.5)


def test_another_player_takes_over_with_other_settings_and_nothing_sounds(desk):
    play_a_long_note(desk)
    first = desk.link.pid
    desk.link.renew({**SETTINGS, "memory_fd": desk.port, "thru": True}, time.monotonic())
    assert desk.take(1) == [bytes((0x80, 60, 0))]
    desk.wait_for(Ready)
    assert desk.link.pid != first
    desk.room.send(memory.pack(time.monotonic(), bytes((0x92, 50, 80))))
    assert desk.take(1) == [bytes((0x92, 50, 80))]


def test_keys_that_were_passed_on_are_silenced_too():
    desk = Desk(thru=True)
    desk.wait_for(Ready)
    desk.room.send(memory.pack(time.monotonic(), bytes((0x92, 50, 80))))
    assert desk.take(1) == [bytes((0x92, 50, 80))]
    desk.wait_for(Alive)
    os.kill(desk.link.pid, signal.SIGKILL)
    desk.wait_for(Ready)
    assert desk.take(1) == [bytes((0x82, 50, 0))]
    desk.close()


def test_ports_that_cannot_be_opened_are_told_once_and_tried_again(monkeypatch, capfd):
    monkeypatch.setenv("JACK_DEFAULT_SERVER", f"nobody_{os.getpid()}")
    monkeypatch.setenv("JACK_NO_START_SERVER", "1")
    desk = Desk(backend="jack", name="nobody")
    end = time.monotonic() + PATIENCE
    while desk.link.restarts < 2 and time.monotonic() < end:
        desk.link.receive(time.monotonic())
        desk.link.check(time.monotonic())
        time.sleep(0.01)
    desk.close()
    assert desk.link.exit_code == Exit.NO_MIDI_SYSTEM
    assert desk.link.well(time.monotonic()), "there is nothing that a new start would mend"
    assert capfd.readouterr().err.count("no JACK server") == 1
