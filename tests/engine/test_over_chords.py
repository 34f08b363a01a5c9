"""An answer over chords: each note is drawn over the chord that sounds when it begins."""

from itertools import pairwise

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from tiny import a_card, tiny_model

from improvd.core.chord import Chord
from improvd.core.harmony import Harmony
from improvd.core.note import Note
from improvd.core.units import Beats, Pitch, Velocity
from improvd.engine.improviser import Improviser, Plan
from improvd.engine.session import Session
from improvd.models.card import CARD_KEY
from improvd.models.jazz.configuration import BELOW, EVENTS, HOLD, PLAYER, WAITS
from improvd.models.jazz.encoding import Past, hear
from improvd.models.sampling import Sampler

DM7, G7, CMAJ7 = Chord(2, "m7"), Chord(7, "7"), Chord(0, "maj7")
TWO_FIVE_ONE = Harmony(((0.0, DM7), (4.0, G7), (8.0, CMAJ7)), Beats(16.0))
FIFTH = 67  # above a C
A_BEAT = WAITS.index(12)


def fond_model(path, **likes):
    """Write a step graph of `jazz player` whose logits are always the same."""
    taste = np.zeros(EVENTS, np.float32)
    for event, much in likes.items():
        taste[int(event.removeprefix("e"))] = much
    inputs = hear(PLAYER, Past(), np.zeros(1, np.int32))[0].shape[1]
    widths = {"step": inputs, "state_0": 1, "logits": EVENTS, "state_0_out": 1}
    tensors = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", width])
        for name, width in widths.items()
    ]
    nodes = [
        helper.make_node("MatMul", ["step", "nothing"], ["still"]),
        helper.make_node("Add", ["still", "taste"], ["logits"]),
        helper.make_node("Identity", ["state_0"], ["state_0_out"]),
    ]
    constants = [
        numpy_helper.from_array(np.zeros((inputs, EVENTS), np.float32), "nothing"),
        numpy_helper.from_array(taste, "taste"),
    ]
    graph = helper.make_graph(nodes, "fond", tensors[:2], tensors[2:], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    card = a_card(family="jazz", configuration="player")
    helper.set_model_props(model, {CARD_KEY: card.to_json()})
    onnx.save(model, path)
    return path


@pytest.fixture
def improviser(tmp_path):
    likes = {f"e{FIFTH - BELOW}": 9.0, f"e{HOLD + A_BEAT}": 5.0}
    session = Session.load(fond_model(tmp_path / "fond.onnx", **likes))
    return Improviser(session, Sampler(temperature=0.0, restless=0.0))


def plan(length, **fields):
    last = Beats(length - 1)
    return Plan(Beats(length), Beats(4.0), lambda _: frozenset(range(12)), last, **fields)


def played(improviser, answer):
    chunks = improviser.answer(answer, 0)
    notes = [note for each in chunks for note in each.notes]
    assert all(type(note.pitch) is int for note in notes)  # as it is told to another process
    return [(round(note.onset), note.pitch % 12) for note in notes]


def test_each_note_is_drawn_over_the_chord_that_sounds_when_it_begins(improviser):
    fifths = [9] * 4 + [2] * 4 + [7] * 8
    answer = played(improviser, plan(16.0, harmony=TWO_FIVE_ONE, start=Beats(0.0)))
    assert answer == list(enumerate(fifths))


def test_an_answer_may_begin_anywhere_in_the_harmony(improviser):
    answer = played(improviser, plan(6.0, harmony=TWO_FIVE_ONE, start=Beats(30.0)))
    assert answer == list(enumerate([7, 7, 9, 9, 9, 9]))


def test_other_chords_may_come_while_it_is_drawn(improviser):
    held = plan(6.0, harmony=Harmony(((0.0, DM7),)), start=Beats(0.0))
    found = []
    for chunk in improviser.answer(held, 0):
        found += [note.pitch % 12 for note in chunk.notes]
        if chunk.beat >= 2.0:
            held.harmony = Harmony(((0.0, DM7), (3.0, G7)))
    assert found == [9, 9, 9, 2, 2, 2]


def test_without_chords_of_its_own_it_goes_on_over_what_was_heard(improviser):
    notes = [Note(Beats(0.0), Beats(1.0), Pitch(62), Velocity(80))]
    improviser.feed(improviser.encode(notes, Beats(4.0), (), Harmony(((0.0, G7),))))
    assert played(improviser, plan(2.0)) == [(0, 2), (1, 2)]


def test_an_answer_of_musical_values_is_of_the_chords_too(tmp_path):
    card = a_card(family="jazz", configuration="faithful", tokens=("C,6", "C,6,2", "C,9,-5"))
    session = Session.load(tiny_model(tmp_path / "values.onnx", 3, card, {1: 1.0}))
    values = Improviser(session, Sampler(seed=3))
    answer = plan(16.0, harmony=TWO_FIVE_ONE, start=Beats(4.0))
    notes = [note for each in values.answer(answer, 0) for note in each.notes]
    assert len(notes) > 15
    for note in notes:
        assert note.pitch % 12 in TWO_FIVE_ONE.at(Beats(note.onset + 4.0)).tones
        assert type(note.pitch) is int
        assert note.end <= 16.0 + 1e-6
    rest = max(other.onset - one.end for one, other in pairwise(notes))
    assert rest <= 0.5
