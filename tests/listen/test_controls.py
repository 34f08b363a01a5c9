"""What hands ask for: knobs, buttons, choices, presets, and the control that is learnt."""

import pytest

from improvd.core.note import Control, NoteOff, NoteOn, Program
from improvd.core.source import Source
from improvd.core.units import Channel, Pitch, Seconds, Velocity
from improvd.listen.controls import KNOBS, PRESET, Controls, Learner

NOW, FIRST = Seconds(3.0), Channel(1)


def cc(number, value, channel=FIRST):
    return Control(NOW, channel, number, value)


def key(pitch):
    return NoteOn(NOW, FIRST, Pitch(pitch), Velocity(64))


def mapped(**targets):
    return Controls({Source.parse(text): target for target, text in targets.items()})


def asked(controls, *events):
    touches = [controls.hear(event) for event in events]
    return [(touch.target, touch.value) for touch in touches if touch]


@pytest.mark.parametrize("target", KNOBS)
def test_a_knob_goes_from_one_end_of_its_range_to_the_other(target):
    controls, knob = mapped(**{target: "cc 1"}), KNOBS[target]
    assert asked(controls, cc(1, 0), cc(1, 127)) == [(target, knob.low), (target, knob.high)]


def test_a_knob_for_bars_takes_whole_ones():
    values = [value for _, value in asked(mapped(length="cc 1"), *(cc(1, n) for n in range(128)))]
    assert sorted(set(values)) == list(range(1, 17))


def test_a_button_fires_where_it_goes_down_and_only_there():
    controls = mapped(mute="cc 80")
    assert asked(controls, *(cc(80, value) for value in (10, 63, 64, 127, 90, 63, 0, 64))) == [
        ("mute", None),
        ("mute", None),
    ]


def test_a_key_fires_when_it_goes_down_each_time():
    controls = mapped(panic="note 21")
    events = key(21), NoteOff(NOW, FIRST, Pitch(21)), key(21)
    assert asked(controls, *events) == [("panic", None)] * 2
    assert controls.target(Source.of(events[1])) == "panic", "its end is no playing either"


def test_a_choice_is_a_place_on_a_controller_or_the_next_one_on_a_key():
    assert asked(mapped(model="cc 2"), cc(2, 0), cc(2, 127)) == [("model", 0.0), ("model", 1.0)]
    assert asked(mapped(model="note 22"), key(22)) == [("model", None)]


def test_a_program_calls_a_preset_by_its_number():
    controls = Controls({Source("program", number): PRESET for number in range(3)})
    assert asked(controls, Program(NOW, FIRST, 2), Program(NOW, FIRST, 3)) == [(PRESET, 2)]


def test_what_is_mapped_on_one_channel_is_playing_on_others():
    controls = mapped(mute="cc 64 ch 16")
    assert controls.target(Source.of(cc(64, 127))) is None
    assert asked(controls, cc(64, 127), cc(64, 127, Channel(16))) == [("mute", None)]


def learnt(learner, *events):
    for event in events:
        learner.hear(event)
    return learner.learnt and str(learner.learnt)


def test_a_controller_is_learnt_when_it_has_moved_and_does_not_only_tremble():
    learner = Learner("panic")
    assert learnt(learner, *(cc(7, value) for value in (60, 61, 60, 67))) is None
    assert learnt(learner, cc(1, 0), cc(7, 68)) == "cc 7 ch 1"
    assert learnt(learner, key(60)) == "cc 7 ch 1", "the first one counts"


def test_keys_and_programs_are_learnt_at_once():
    assert learnt(Learner("panic"), NoteOff(NOW, FIRST, Pitch(60)), key(61)) == "note 61 ch 1"
    assert learnt(Learner("model"), Program(NOW, Channel(2), 9)) == "program 9 ch 2"


def test_a_knob_learns_controllers_alone():
    assert learnt(Learner("length"), key(61), Program(NOW, FIRST, 9)) is None
