"""Each rule takes notes one by one, and what it leaves of them is told here as a table."""

from itertools import pairwise

import pytest

from improvd.core.chord import QUALITIES, Chord
from improvd.core.harmony import Harmony
from improvd.core.note import Note
from improvd.core.units import Beats, Pitch, Velocity
from improvd.models.jazz.rules import RULES, State, prune, pruned

DM7 = Chord(2, "m7")


def line(*pitches, every=0.5):
    """Notes one after another."""
    return [
        Note(Beats(at * every), Beats(every), Pitch(pitch), Velocity(80))
        for at, pitch in enumerate(pitches)
    ]


def over(chord):
    return Harmony([(Beats(0.0), chord)], None)


def left(notes, *rules, chord=DM7):
    return [note.pitch for note in pruned(notes, over(chord), rules)]


@pytest.mark.parametrize(
    ("said", "stays"),
    [
        ([62, 64, 65], [62, 64, 65]),
        ([62, 62], [62]),
        ([62, 62, 62], [62, 62]),
        ([62, 62, 62, 62, 62], [62, 62, 62]),
        ([62, 62, 64, 64, 62], [62, 64, 62]),
        ([62, 74], [62, 74]),  # an octave is another note
    ],
)
def test_repeats_are_pruned_but_every_other_one_stays(said, stays):
    assert left(line(*said), "repeats") == stays


@pytest.mark.parametrize(
    ("said", "becomes"),
    [
        ([60, 72], [60, 72]),
        ([60, 73], [60, 61]),
        ([60, 96], [60, 72]),
        ([60, 99], [60, 63]),
        ([72, 59], [72, 71]),
        ([84, 30, 84], [84, 78, 84]),
    ],
)
def test_leaps_beyond_an_octave_are_taken_back_by_octaves(said, becomes):
    assert left(line(*said), "leaps") == becomes


@pytest.mark.parametrize(
    ("onset", "duration", "there", "long"),
    [
        (1.02, 0.45, 1.0, 0.5),
        (1.34, 0.3, 4 / 3, 1 / 3),
        (1.26, 0.02, 1.25, 0.25),
        (0.97, 0.5, 1.0, 0.5),
        (1.7, 0.04, 5 / 3, 0.25),
    ],
)
def test_the_grid_is_of_sixteenths_and_triplets(onset, duration, there, long):
    note = Note(Beats(onset), Beats(duration), Pitch(62), Velocity(80))
    _, clean = prune(State(), note, None, ["grid"])
    assert (clean.onset, clean.duration) == pytest.approx((there, long))


def test_the_grid_lets_no_two_notes_begin_at_once():
    notes = line(62, 65, 64, every=0.05)
    assert left(notes, "grid") == [62]


@pytest.mark.parametrize(
    ("said", "becomes"),
    [
        ([62, 65, 69, 72], [62, 65, 69, 72]),
        ([64, 66, 67], [64, 67, 67]),  # the line rises
        ([67, 66, 64], [67, 65, 64]),  # it falls
        ([61], [62]),
        ([67, 66, 65], [67, 65, 65]),
        ([62, 61], [62, 60]),
        ([60, 61, 64], [60, 62, 64]),
    ],
)
def test_a_note_beside_the_scale_goes_a_semitone_the_way_of_the_line(said, becomes):
    assert left(line(*said), "scale") == becomes


@pytest.mark.parametrize("quality", QUALITIES)
def test_whatever_the_chord_a_semitone_leads_into_its_scale(quality):
    chord = Chord(0, quality)
    found = [prune(State(), note, chord, ["scale"])[1] for note in line(*range(60, 72))]
    assert all(note.pitch % 12 in chord.scale for note in found)


def test_a_note_is_not_moved_to_the_one_that_was_said_last():
    whole_tones = Chord(0, "aug")
    assert prune(State(line(62)[0]), line(61)[0], whole_tones, ["scale"])[1].pitch == 60
    assert prune(State(line(60)[0]), line(61)[0], whole_tones, ["scale"])[1].pitch == 62


def test_a_note_that_can_be_moved_nowhere_else_is_left_out():
    state, left_over = prune(State(line(126)[0]), line(127)[0], Chord(0, "aug"), ["scale"])
    assert left_over is None
    assert state.last.pitch == 126


def test_where_no_chord_is_known_none_is_missed():
    assert left(line(60, 61, 62, 63), "scale", chord=None) == [60, 61, 62, 63]


def test_a_rule_that_is_switched_off_changes_nothing():
    notes = line(62, 62, 90, 61, every=0.11)
    assert list(pruned(notes, over(DM7), [])) == notes


def test_the_rules_together_leave_a_line_that_is_clean_by_each_of_them():
    notes = line(62, 62, 90, 61, 61, 40, 66, 66, 66, 71, every=0.37)
    clean = list(pruned(notes, over(DM7), RULES))
    assert len(clean) >= 5
    assert all(abs(one.pitch - other.pitch) <= 12 for one, other in pairwise(clean))
    assert {note.pitch % 12 for note in clean} <= DM7.scale
    assert list(pruned(clean, over(DM7), RULES.keys() - {"repeats"})) == clean


def test_the_rules_hear_the_chord_that_a_note_begins_over():
    harmony = Harmony([(Beats(0.0), Chord(0, "")), (Beats(1.0), Chord(1, ""))], None)
    assert [note.pitch for note in pruned(line(64, 64 - 12 + 3, 64, 64), harmony, ["scale"])] == [
        64,
        55,
        65,
        63,
    ]
