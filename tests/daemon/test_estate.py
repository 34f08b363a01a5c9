"""What the next player is told of the one before it."""

import pytest

from improvd.core.source import Source
from improvd.daemon.estate import Estate
from improvd.play.messages import (
    Alive,
    Connection,
    Connections,
    Ended,
    Heard,
    Looped,
    Mute,
    PlannedMove,
    PlannedNote,
    Play,
    Restore,
    Restored,
    Resume,
    SetControls,
    SetThru,
    Transport,
)

RUNS = Transport(10.0, 4.0, 100.0, -1, "grid", "midi-clock", "running", 0.0, "")
ALIVE = Alive(11.0, 0.25, 0, 0, 0, 0, 0)  # JACK has dropped frames of a quarter second
ROLLS = RUNS._replace(source="jack")


@pytest.fixture
def estate():
    estate = Estate({"thru": False})
    estate.said(Connections([]))
    return estate


def test_a_first_player_is_told_nothing_but_what_a_daemon_before_has_left():
    assert Estate({}).orders() == []
    left = [Connection("keyboard:out", "improvd:hears")]
    estate = Estate({}, left, [(2, 60), (1, 64)])
    assert estate.orders() == [Restore(left, [(1, 64), (2, 60)], (1, 2))]
    estate.said(Connections(left))
    estate.said(Restored())
    assert estate.orders() == [Restore(left, [])]


def test_other_wishes_for_connections_leave_none_to_be_made_again():
    wishes = dict.fromkeys(("backend", "input", "output", "clock_input", "controls_input"), "auto")
    estate = Estate(wishes | {"thru": False, "muted": True, "late": 0.05})
    estate.said(Connections([]))
    estate.renew(wishes | {"thru": False, "late": 0.1})
    assert estate.orders() == [Restore([], [])]
    estate.renew(wishes | {"output": "synth"})
    assert estate.orders() == []
    assert (estate.settings["muted"], estate.settings["late"]) == (True, 0.1)


@pytest.mark.parametrize(
    ("said", "resumed"),
    [
        ([], []),
        ([RUNS], [Resume(10.0, 4.0, 100.0)]),
        ([RUNS, ALIVE], [Resume(10.25, 4.0, 100.0)]),
        ([RUNS, RUNS._replace(second=12.0, beat=7.5)], [Resume(12.0, 7.5, 100.0)]),
        ([RUNS, RUNS._replace(state="lost")], [Resume(10.0, 4.0, 100.0)]),
        ([RUNS, RUNS._replace(state="absent")], [Resume(10.0, 4.0, 100.0)]),
        ([RUNS, RUNS._replace(state="stopped")], []),
        ([RUNS, ROLLS], []),
        ([RUNS._replace(state="pulses")], []),
    ],
)
def test_a_midi_clock_that_runs_is_resumed_and_no_other(estate, said, resumed):
    for message in said:
        estate.said(message)
    assert estate.orders() == [Restore([], []), *resumed]


def test_connections_and_what_may_sound_are_restored_once(estate):
    links = [Connection("piano:out", "improvd:hears")]
    estate.said(Connections(links))
    estate.told(SetThru(on=True))
    estate.told(Play(1, [PlannedNote(0.0, 1.0, 1, 60, 80)]))
    estate.said(Heard([(1.0, 0x91, 50, 64), (1.0, 0x91, 51, 64), (2.0, 0x81, 51, 0)]))
    for _ in range(2):  # the first of them died before it had ended them
        assert estate.orders() == [Restore(links, [(1, 60), (2, 50)])]
    estate.said(Restored())
    assert estate.orders() == [Restore(links, [])]


def test_what_waits_for_its_port_is_awaited_by_the_next_player_too(estate):
    there, gone = Connection("piano:out", "improvd:hears"), Connection("improvd:plays", "synth:in")
    estate.said(Connections([there], [gone]))
    assert estate.orders() == [Restore([there, gone], [])]


def test_pedals_that_may_be_down_are_lifted_once(estate):
    estate.told(SetThru(on=True))
    estate.told(Play(1, [], [PlannedMove(0.0, 3, down=True), PlannedMove(1.0, 3, down=False)]))
    steps = [(0xB1, 64, 90), (0xB2, 64, 20), (0xB2, 64, 0), (0xB4, 1, 127)]
    estate.said(Heard([(1.0, *step) for step in steps]))
    assert estate.orders() == [Restore([], [], (2, 3))]
    estate.said(Restored())
    assert estate.orders() == [Restore([], [])]


def test_an_answer_that_is_over_leaves_nothing(estate):
    press = [PlannedMove(0.0, 1, down=True)]
    estate.told(Play(1, [PlannedNote(0.0, 1.0, 1, 60, 80)], press))
    estate.said(Ended(1, 3.0))
    assert estate.orders() == [Restore([], [])]


def test_the_settings_are_as_they_were_left(estate):
    for order in (SetThru(on=True), Mute(on=True), SetControls([Source("cc", 7)])):
        estate.told(order)
    assert estate.settings == {"thru": True, "muted": True, "controls": [Source("cc", 7)]}
    estate.said(Looped(thru=True))
    assert not estate.settings["thru"], "it would only come back again"
