"""What sounds: keys, the pedal, and what is given up."""

import pytest

from improvd.core.note import ALL_NOTES_OFF, ALL_SOUND_OFF, SUSTAIN, Control, NoteOff, NoteOn
from improvd.listen.held import Held, Sound


@pytest.fixture
def held() -> Held:
    return Held(max_hold=8.0)


def press(held: Held, second: float, pitch: int, channel: int = 1) -> list[Sound]:
    return held.hear(NoteOn(second, channel, pitch, 90))


def let_go(held: Held, second: float, pitch: int, channel: int = 1) -> list[Sound]:
    return held.hear(NoteOff(second, channel, pitch))


def pedal(held: Held, second: float, value: int, channel: int = 1) -> list[Sound]:
    return held.hear(Control(second, channel, SUSTAIN, value))


def test_a_key_sounds_until_it_is_let_go(held):
    assert held.silent_since is not None
    assert press(held, 1.0, 60) == [Sound("on", 1.0, 60, 90)]
    assert held.silent_since is None
    assert let_go(held, 1.5, 60) == [Sound("off", 1.5, 60)]
    assert held.silent_since == 1.5


def test_the_pedal_keeps_notes_until_it_comes_up(held):
    assert pedal(held, 0.9, 64) == [Sound("pedal", 0.9, pedal=True)]
    assert held.silent_since is not None, "a pedal alone is silent"
    press(held, 1.0, 60)
    assert let_go(held, 1.5, 60) == [Sound("key_up", 1.5, 60, pedal=True)]
    assert held.silent_since is None
    assert pedal(held, 2.0, 63) == [Sound("pedal", 2.0), Sound("off", 2.0, 60)]
    assert held.silent_since == 2.0


def test_a_pedal_holds_its_own_channel_only(held):
    pedal(held, 0.9, 127, channel=2)
    press(held, 1.0, 60, channel=1)
    assert let_go(held, 1.5, 60, channel=1) == [Sound("off", 1.5, 60, pedal=True)]


def test_the_pedals_of_all_channels_are_told_of_as_one(held):
    assert pedal(held, 0.5, 127, channel=1) == [Sound("pedal", 0.5, pedal=True)]
    assert pedal(held, 0.6, 127, channel=2) == pedal(held, 0.7, 80, channel=2) == []
    assert pedal(held, 0.8, 0, channel=1) == []
    assert pedal(held, 0.9, 0, channel=2) == [Sound("pedal", 0.9)]
    assert held.resync(keys=[], pedals=[3], now=1.0) == [Sound("pedal", 1.0, pedal=True)]


def test_a_note_struck_again_under_the_pedal_ends_first(held):
    pedal(held, 0.9, 127)
    press(held, 1.0, 60)
    let_go(held, 1.2, 60)
    assert press(held, 1.5, 60) == [
        Sound("off", 1.5, 60, pedal=True),
        Sound("on", 1.5, 60, 90, pedal=True),
    ]
    assert pedal(held, 1.8, 0) == [Sound("pedal", 1.8)], "its key is down again"
    assert let_go(held, 2.0, 60) == [Sound("off", 2.0, 60)]


def test_one_pitch_on_two_channels_ends_with_the_second(held):
    press(held, 1.0, 60, channel=1)
    press(held, 1.1, 60, channel=2)
    assert let_go(held, 1.2, 60, channel=1) == []
    assert held.silent_since is None
    assert let_go(held, 1.3, 60, channel=2) == [Sound("off", 1.3, 60)]


def test_a_note_off_without_its_note_on_says_nothing(held):
    assert let_go(held, 1.0, 60) == []


@pytest.mark.parametrize("number", [ALL_SOUND_OFF, ALL_NOTES_OFF])
def test_all_off_ends_what_sounds_on_its_channel(held, number):
    pedal(held, 0.5, 127)
    press(held, 1.0, 60)
    let_go(held, 1.1, 60)
    press(held, 1.2, 62)
    press(held, 1.3, 67, channel=2)
    assert held.hear(Control(2.0, 1, number, 0)) == [
        Sound("pedal", 2.0),
        Sound("off", 2.0, 60),
        Sound("off", 2.0, 62),
    ]
    assert held.silent_since is None
    let_go(held, 2.5, 67, channel=2)
    assert held.silent_since == 2.5


def test_a_key_whose_note_off_was_lost_is_given_up(held):
    press(held, 1.0, 60)
    press(held, 5.0, 62)
    let_go(held, 6.0, 62)
    assert held.give_up(8.9) == []
    assert held.due == 9.0
    assert held.give_up(9.5) == [Sound("off", 9.0, 60)]
    assert held.silent_since == 9.0
    assert held.given_up == ["key 60 on channel 1"]
    assert let_go(held, 10.0, 60) == [], "its note-off comes after all"


def test_an_inverted_pedal_is_given_up_and_holds_nothing_from_then_on(held):
    pedal(held, 0.0, 127)
    press(held, 7.0, 60)
    let_go(held, 7.5, 60)
    assert held.give_up(8.0) == [Sound("pedal", 8.0), Sound("off", 8.0, 60)]
    press(held, 8.5, 62)
    assert let_go(held, 9.0, 62) == [Sound("off", 9.0, 62)]
    assert held.given_up == ["the sustain pedal on channel 1"]


def test_a_pedal_that_moves_while_it_is_down_is_alive(held):
    pedal(held, 0.0, 127)
    press(held, 1.0, 60)
    let_go(held, 2.0, 60)
    pedal(held, 7.0, 100)
    assert held.give_up(14.9) == []
    assert held.give_up(15.0) == [Sound("pedal", 15.0), Sound("off", 15.0, 60)]


def test_giving_up_happens_before_a_later_event(held):
    press(held, 1.0, 60)
    assert press(held, 20.0, 62) == [Sound("off", 9.0, 60), Sound("on", 20.0, 62, 90)]


def test_after_lost_reports_only_what_is_said_to_be_down_is_held(held):
    pedal(held, 0.5, 127)
    press(held, 1.0, 60)
    press(held, 1.1, 64)
    let_go(held, 1.2, 64)
    ended = held.resync(keys=[(1, 67)], pedals=[], now=3.0)
    assert ended == [Sound("pedal", 3.0), Sound("off", 3.0, 64), Sound("off", 3.0, 60)]
    assert held.silent_since is None, "a key of which nothing was heard is down"
    let_go(held, 4.0, 67)
    assert held.silent_since == 4.0
