"""What the pedal keeps sounding, and when it is down."""

import pytest

from improvd.core.note import Note
from improvd.core.pedal import Pedal, Press, joined, moves, presses, sounding
from improvd.core.units import Beats, Pitch, Velocity

DOWN, UP = True, False


def note(onset, duration, pitch=60):
    return Note(Beats(onset), Beats(duration), Pitch(pitch), Velocity(80))


@pytest.mark.parametrize(
    ("notes", "ends"),
    [
        ([note(0.0, 1.0)], [4.0]),
        ([note(0.0, 6.0)], [6.0]),
        ([note(5.0, 0.5)], [5.5]),
        ([note(0.0, 0.5), note(2.0, 0.5)], [2.0, 4.0]),
        ([note(0.0, 0.5), note(2.0, 0.5, pitch=61)], [4.0, 4.0]),
        ([note(0.0, 2.5), note(2.0, 0.5)], [2.5, 4.0]),
    ],
    ids=["kept", "held for longer", "after it", "struck again", "another key", "two at once"],
)
def test_a_note_sounds_until_the_pedal_comes_up(notes, ends):
    assert [each.end for each in sounding(notes, [Press(Beats(0.25), Beats(4.0))])] == ends


def test_a_pedal_that_goes_down_just_when_a_note_ends_does_not_keep_it():
    assert sounding([note(0.0, 1.0)], [Press(Beats(1.0), Beats(2.0))]) == [note(0.0, 1.0)]


def test_notes_stay_in_their_order():
    notes = [note(1.0, 1.0), note(0.0, 0.5), note(0.0, 0.5, pitch=72)]
    assert sounding(notes, []) == notes


def test_moves_that_change_nothing_are_none_and_a_last_press_ends_with_all():
    pedal = [(0.0, UP), (1.0, DOWN), (1.5, DOWN), (2.0, UP), (2.0, DOWN), (9.0, UP), (9.5, DOWN)]
    held = presses([Pedal(Beats(beat), down) for beat, down in pedal], Beats(10.0))
    assert held == [(1.0, 2.0), (2.0, 9.0), (9.5, 10.0)]
    assert presses(moves(held), Beats(10.0)) == held


def test_the_pedals_of_two_hands_are_one_that_is_down_while_either_is():
    held = [Press(Beats(start), Beats(end)) for start, end in [(3, 4), (0, 2), (1, 2.5), (2.5, 3)]]
    assert joined(held) == [(0, 2.5), (2.5, 3), (3, 4)]
