"""The changes of a blues, and where in them somebody is."""

from itertools import pairwise

import pytest

from improvd.core.chord import Chord
from improvd.core.harmony import Change, Harmony
from improvd.core.units import Beats

C7, F7, G7 = Chord(0, "7"), Chord(5, "7"), Chord(7, "7")
TURN = Harmony(
    (Change(Beats(0.0), C7), Change(Beats(4.0), F7), Change(Beats(6.0), None)), Beats(8.0)
)
ONCE = Harmony((Change(Beats(1.0), C7), Change(Beats(4.0), G7)))


def test_a_chord_sounds_until_the_next_one():
    assert [ONCE.at(Beats(beat)) for beat in (1.0, 3.99, 4.0, 4000.0)] == [C7, C7, G7, G7]
    assert ONCE.since(Beats(3.5)) == 2.5


def test_the_first_sounds_before_its_beat_as_well():
    assert ONCE.at(Beats(-7.0)) == C7
    assert ONCE.since(Beats(-7.0)) == 0.0
    assert ONCE.following(Beats(-7.0)) == (1.0, C7)


def test_with_a_length_all_begins_anew_in_both_directions():
    assert [TURN.at(Beats(beat)) for beat in (0, 5, 7, 8, 13, -1, -3, -8)] == [
        C7, F7, None, C7, F7, None, F7, C7,
    ]  # fmt: skip
    assert TURN.since(Beats(802.5)) == 2.5
    assert TURN.following(Beats(7.0)) == (8.0, C7)


def test_nothing_follows_the_last_of_changes_without_a_length():
    assert ONCE.following(Beats(1.0)) == (4.0, G7)
    assert ONCE.following(Beats(4.0)) is None


def test_a_stretch_begins_with_the_chord_that_is_on_and_has_the_changes_before_its_end():
    assert TURN.between(Beats(5.0), Beats(12.0)) == [(5.0, F7), (6.0, None), (8.0, C7)]
    assert TURN.between(Beats(4.0), Beats(6.0)) == [(4.0, F7)]
    assert ONCE.between(Beats(-5.0), Beats(4.0)) == [(-5.0, C7), (1.0, C7)]
    assert ONCE.between(Beats(4.5), Beats(100.0)) == [(4.5, G7)]


def test_its_beats_can_be_counted_from_another():
    later = TURN.counted_from(Beats(5.0)).counted_from(Beats(0.5))
    assert [later.at(Beats(beat)) for beat in (0.0, 0.5, 2.5, -5.5)] == [F7, None, C7, C7]
    assert later.between(Beats(0.5), Beats(3.0)) == [(0.5, None), (2.5, C7)]


@pytest.mark.parametrize("origin", [0.0, 1 / 3, 0.1, 1e6 + 0.7])
def test_no_rounding_loses_a_change_or_tells_one_twice(origin: float):
    waltz = Harmony(
        tuple(Change(Beats(beat / 10), chord) for beat, chord in enumerate((C7, F7, G7))),
        Beats(0.3),
        Beats(origin),
    )
    changes = waltz.between(Beats(0.0), Beats(60.0))
    assert len(changes) in (600, 601, 602)
    assert all(waltz.at(change.beat) == change.chord for change in changes)
    assert all(last.chord != after.chord for last, after in pairwise(changes))
    assert [waltz.following(change.beat) for change in changes[:-1]] == changes[1:]


@pytest.mark.parametrize(
    ("changes", "length"),
    [
        ((), None),
        (((1.0, C7), (1.0, F7)), None),
        (((1.0, C7),), 4.0),
        (((0.0, C7), (4.0, F7)), 4.0),
    ],
    ids=["none", "two at once", "a loop without its beginning", "beyond its length"],
)
def test_changes_that_do_not_follow_each_other_are_refused(changes, length):
    with pytest.raises(ValueError, match="the changes of a harmony"):
        Harmony(changes, length)
