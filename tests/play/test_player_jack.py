"""A real player on a real jackd, heard and played by other programs."""

import time
from itertools import pairwise

import pytest
from witness import Keyboard

from improvd.core.source import Source
from improvd.core.units import Channel, Pitch, Velocity
from improvd.play.messages import (
    Begin,
    Connection,
    Connections,
    Cut,
    Ended,
    Exit,
    Finish,
    Gone,
    Heard,
    Moved,
    PlannedNote,
    Play,
    Ready,
    Restore,
    Sent,
)

pytestmark = pytest.mark.jackd
RATE = 48_000
KEY_DOWN = (0x90, 72, 64)
OFF = bytes((0x80, 60, 0))  # of the note that `hold_a_note` begins


def note(onset: float, end: float, pitch: int = 60) -> PlannedNote:
    return PlannedNote(onset, end, Channel(1), Pitch(pitch), Velocity(80))


def hold_a_note(player, recorder, *, cut_by_input: bool = True) -> None:
    now = time.monotonic()
    player.tell(Begin(1, cut_by_input, free=True), Play(1, [note(now, now + 60)]))
    ((_, data),) = recorder.take(1)
    assert data == bytes((0x90, 60, 80))


@pytest.fixture(params=["jack", "rtmidi-jack"])
def player(request, jackd, keyboard, recorder, start_player):
    """A player of either backend, between the keyboard and the recorder."""
    player = start_player(env=jackd.env, backend=request.param, thru=True)
    player.ready = player.wait_for(Ready)
    jackd.connect(keyboard.port, player.ready.hears)
    jackd.connect(player.ready.plays, recorder.port)
    return player


def test_what_is_played_is_passed_on(player, jackd, keyboard, recorder):
    jackd.connect(keyboard.port, recorder.port)
    keyboard.play(*KEY_DOWN)
    (played, _), (passed_on, data) = recorder.take(2)
    assert data == bytes(KEY_DOWN)
    assert 0 <= passed_on - played < RATE // 10


def test_a_key_cuts_the_answer_before_it_is_passed_on(player, keyboard, recorder):
    hold_a_note(player, recorder)
    keyboard.play(*KEY_DOWN)
    assert [data for _, data in recorder.take(2)] == [OFF, bytes(KEY_DOWN)]
    assert player.wait_for(Cut).answer == 1


def test_whatever_sounds_is_ended_when_the_mind_is_gone(player, keyboard, recorder):
    keyboard.play(*KEY_DOWN)
    recorder.take(1)
    hold_a_note(player, recorder, cut_by_input=False)
    player.mind.close()
    assert [data for _, data in recorder.take(2)] == [OFF, bytes((0x80, 72, 0))]
    assert recorder.nothing_more()
    assert player.left()[0] == Exit.LEFT


def test_what_is_garbage_is_ignored(player, keyboard, recorder):
    keyboard.play(0xF0, 0x7E, 0x01, 0xF7)
    keyboard.play(0xFE)
    keyboard.play(*KEY_DOWN)
    assert [data for _, data in recorder.take(1)] == [bytes(KEY_DOWN)]


def test_a_name_that_is_taken_is_said_in_one_line(player, jackd, start_player):
    code, said = start_player(env=jackd.env, backend=player.ready.backend).left()
    assert code == Exit.NAME_TAKEN
    assert "--name" in said
    assert said.count("\n") == 1


@pytest.fixture
def jack_player(jackd, start_player):
    player = start_player(env=jackd.env, backend="jack")
    assert player.wait_for(Ready) == Ready("jack", "improvd:hears", "improvd:plays")
    return player


def test_an_answer_comes_out_to_the_sample(jack_player, jackd, recorder):
    jackd.connect("improvd:plays", recorder.port)
    start, notes = time.monotonic() + 0.1, range(40)
    plan = [note(start + 0.0237 * i, start + 0.0237 * i + 0.01, 30 + i) for i in notes]
    jack_player.tell(Begin(1, cut_by_input=True, free=True), Play(1, plan), Finish(1))
    onsets = [frame for frame, data in recorder.take(80) if data[0] == 0x90]
    errors = [abs(after - before - 0.0237 * RATE) for before, after in pairwise(onsets)]
    assert len(onsets) == 40
    assert sorted(errors)[-3] <= 2  # samples; two may have met an xrun of a busy machine
    assert jack_player.wait_for(Sent).events[0][1] == start
    assert jack_player.wait_for(Ended).answer == 1


@pytest.mark.parametrize("frames", [512, 8192])
def test_a_period_that_changes_is_said_and_notes_stay_where_they_belong(
    jack_player, jackd, recorder, resize, frames
):
    jackd.connect("improvd:plays", recorder.port)
    resize(frames)
    start, notes = time.monotonic() + 1.0, range(20)
    plan = [note(start + 0.0237 * i, start + 0.0237 * i + 0.01, 30 + i) for i in notes]
    jack_player.tell(Begin(1, cut_by_input=True, free=True), Play(1, plan), Finish(1))
    onsets = [frame for frame, data in recorder.take(40) if data[0] == 0x90]
    errors = [abs(after - before - 0.0237 * RATE) for before, after in pairwise(onsets)]
    assert sorted(errors)[-3] <= 2  # samples; two may have met an xrun of a busy machine
    jack_player.wait_for(Ended)
    soon = time.monotonic() + 1.0
    jack_player.tell(Begin(2, cut_by_input=True, free=True), Play(2, [note(soon, soon + 60)]))
    recorder.take(1)
    jack_player.mind.close()
    assert recorder.take(1)[0][1] == OFF, "there is a period's time to end it"
    assert f"a period is {frames} frames" in jack_player.left()[1]


def test_a_keyboard_that_is_plugged_in_is_connected_by_itself(jackd, start_player):
    player = start_player(env=jackd.env, backend="jack", input="auto")
    player.wait_for(Ready)
    plugged_in, daw = Keyboard(jackd, "piano"), Keyboard(jackd, "piano DAW")
    while player.wait_for(Connections).connections != [Connection("piano:out", "improvd:hears")]:
        pass
    plugged_in.close()
    daw.close()


def test_a_loop_is_said_once_and_thru_goes_off(player, jackd, keyboard, recorder):
    jackd.connect(player.ready.plays, player.ready.hears)
    for pitch in range(60, 64):
        keyboard.play(0x90, pitch, 64)
        assert recorder.take(1)[0][1] == bytes((0x90, pitch, 64))
    assert {data[0] for _, data in recorder.take(4)} == {0x80}
    keyboard.play(*KEY_DOWN)
    assert recorder.nothing_more()
    player.mind.close()
    assert player.left()[1].count("the output comes back into the input: thru is off now") == 1


def test_its_own_output_is_not_playing(jack_player, jackd, recorder):
    jackd.connect("improvd:plays", recorder.port)
    jackd.connect("improvd:plays", "improvd:hears")
    hold_a_note(jack_player, recorder)
    assert recorder.nothing_more()


@pytest.mark.parametrize("backend", ["jack", "rtmidi-jack"])
def test_a_key_of_the_device_of_controls_is_no_playing(jackd, keyboard, start_player, backend):
    player = start_player(
        env=jackd.env, backend=backend, controls=[Source("note", 36)], controls_input=["pads"]
    )
    hears = player.wait_for(Ready).hears
    pads = Keyboard(jackd, "pads")  # plugged in only now
    own = hears.replace("hears", "controls")
    while player.wait_for(Connections).connections != [Connection(pads.port, own)]:
        pass
    jackd.connect(keyboard.port, hears)
    pads.play(0x9F, 36, 100)
    ((_, *moved),) = player.wait_for(Moved).events
    keyboard.play(0x90, 36, 80)
    ((_, *heard),) = player.wait_for(Heard).events
    assert (moved, heard) == ([0x9F, 36, 100], [0x90, 36, 80])
    pads.close()


def test_connections_are_told_and_made_again_exactly(jack_player, jackd, keyboard, recorder):
    jackd.connect(keyboard.port, "improvd:hears")
    while Connection(keyboard.port, "improvd:hears") not in jack_player.wait_for(Connections)[0]:
        pass
    wanted = [Connection("improvd:plays", recorder.port)]
    jack_player.tell(Restore(wanted, [(Channel(1), Pitch(60))]))
    assert recorder.take(1)[0][1] == OFF
    while jack_player.wait_for(Connections).connections != wanted:
        pass
    assert jackd.connections("improvd:hears") == []


def test_a_named_keyboard_is_waited_for_and_stays_disconnected_when_it_is(
    jackd, recorder, keyboard, start_player
):
    player = start_player(env=jackd.env, backend="jack", input=["keyb"], output="nobody")
    link = Connection(keyboard.port, "improvd:hears")
    while player.wait_for(Connections).connections != [link]:
        pass
    jackd.disconnect(*link)
    while player.wait_for(Connections).connections:
        pass
    player.mind.close()
    assert player.left()[1].count("there is no port 'nobody' yet: waiting for it") == 1


@pytest.mark.parametrize("backend", ["jack", "rtmidi-jack"])
def test_when_jackd_dies_it_says_so_and_leaves(jackd, start_player, backend):
    player = start_player(env=jackd.env, backend=backend)
    player.wait_for(Ready)
    try:
        jackd.die()
        assert "went away" in player.wait_for(Gone).why
        assert player.left()[0] == Exit.MIDI_SYSTEM_GONE
    finally:
        jackd.start()
