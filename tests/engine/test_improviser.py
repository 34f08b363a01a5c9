import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from fakes import NO_EVENT, NOTE_OFF, BabblingSession, FakeSession, pedalling
from gan import gan_model
from rbm import rbm_model

from improvd.core.chord import Chord
from improvd.core.harmony import Change, Harmony
from improvd.core.note import Note
from improvd.core.pedal import Pedal
from improvd.core.units import Beats, Pitch, Velocity
from improvd.engine.improviser import Improviser, Plan
from improvd.engine.session import Session
from improvd.errors import ModelError
from improvd.models.base import ENDLESS, decode
from improvd.models.sampling import Sampler

C_MAJOR = frozenset({0, 4, 7})


def improviser(likes=None, seed=1):
    return Improviser(FakeSession(likes), Sampler(temperature=1.0, seed=seed))


def plan(beats):
    return Plan(Beats(beats), Beats(4.0), lambda _: C_MAJOR, Beats(beats - 1))


def played(chunks):
    return [note for chunk in chunks for note in chunk.notes]


@pytest.mark.parametrize("likes", [{}, {NO_EVENT: 30.0}, {NOTE_OFF: 30.0}])
@pytest.mark.parametrize("beats", [1, 2, 16, 37])
def test_an_answer_begins_at_once_never_rests_for_more_than_a_bar_and_ends_on_the_key(likes, beats):
    notes = played(improviser(likes).answer(plan(beats), 0))
    assert notes[0].onset == 0
    assert all(later.onset - earlier.end <= 4 for earlier, later in pairwise(notes))
    assert all(earlier.end <= later.onset for earlier, later in pairwise(notes))
    last = notes[-1]
    assert (last.onset, last.end) == (beats - 1, beats)
    assert last.pitch % 12 in C_MAJOR


def test_the_last_note_is_chosen_after_what_was_answered():
    seen = []

    def ending(answered):
        seen.append(list(answered))
        return frozenset({2})

    chunks = improviser().answer(Plan(Beats(4.0), Beats(4.0), ending, Beats(3.0)), 0)
    notes = played(chunks)
    assert notes[-1].pitch % 12 == 2
    (answered,) = seen
    assert answered == [note for note in notes if note.end <= 3.0][: len(answered)]
    assert answered


def test_what_is_settled_is_never_followed_by_an_earlier_note():
    settled = 0.0
    for chunk in improviser().answer(plan(8), 0):
        assert all(note.onset >= settled for note in chunk.notes)
        assert chunk.settled >= settled
        settled = chunk.settled
    assert settled == 8


def test_an_answer_comes_back_in_the_octave_of_its_phrase():
    partner = improviser()
    low = [Pitch(26), Pitch(29), Pitch(33)]
    move = partner.transposition(low)
    assert move % 12 == 0
    notes = played(partner.answer(plan(8), move))
    assert all(48 <= note.pitch + move <= 83 for note in notes)


def test_a_phrase_whose_later_note_falls_out_is_moved_so_that_all_fit():
    partner = improviser()
    assert partner.transposition([Pitch(60)]) == 0
    assert partner.transposition([Pitch(60), Pitch(90)]) == -12


def test_going_back_to_a_snapshot_makes_the_same_answer_possible_again():
    partner = improviser({NO_EVENT: 2.0}, seed=3)
    partner.feed([14, 0, 0, 0, 16])
    before = partner.snapshot()
    first = played(partner.answer(plan(4), 0))
    partner.restore(before)
    assert partner.snapshot().history == before.history
    assert (partner.snapshot().state[0] == before.state[0]).all()
    assert (partner.snapshot().outputs["logits"] == before.outputs["logits"]).all()
    assert len(played(partner.answer(plan(4), 0))) > 0
    assert first


def test_a_finished_turn_is_encoded_as_long_as_it_is_said_to_be():
    notes = [
        Note(Beats(0.0), Beats(1.0), Pitch(60), Velocity(80)),
        Note(Beats(1.0), Beats(0.5), Pitch(64), Velocity(80)),
    ]
    steps = improviser().encode(notes, Beats(2.0))
    assert steps == [14, 0, 0, 0, 18, 0, 1, 0]


def test_one_without_an_end_goes_on_until_it_is_given_one():
    endless = plan(math.inf)
    chunks = improviser().answer(endless, 0)
    notes = []
    while not notes or notes[-1].end < 40:
        chunk = next(chunks)
        notes += chunk.notes
    assert chunk.beat >= chunk.settled
    endless.end(Beats(44.0), Beats(1.0))
    notes += played(chunks)
    assert (notes[-1].onset, notes[-1].end) == (43.0, 44.0)
    assert notes[-1].pitch % 12 in C_MAJOR


def test_an_end_never_makes_it_longer():
    short = plan(4)
    short.end(Beats(8.0), Beats(1.0))
    assert (short.length, short.last_onset) == (4.0, 3.0)


@pytest.fixture(scope="module")
def frames(tmp_path_factory):
    """A real model of frames, which draws with noise."""
    return rbm_model(tmp_path_factory.mktemp("frames") / "tiny.onnx", sounding=-1.5)


CHORD = [Note(Beats(0.0), Beats(1.0), Pitch(pitch), Velocity(80)) for pitch in (48, 60, 64, 67)]


def test_however_often_it_was_primed_the_same_seed_answers_the_same(frames):
    def answered(primings, seed=1):
        partner = Improviser(Session.load(frames), Sampler(seed=seed))
        for _ in range(primings):
            partner.reset()
            partner.feed(partner.encode(CHORD, Beats(2.0)))
        return played(partner.answer(plan(8), 0))

    assert answered(1) == answered(5)
    assert answered(1) != answered(1, seed=2)


def test_each_frame_is_drawn_with_noise_of_its_own(frames):
    partner = Improviser(Session.load(frames), Sampler(seed=1))
    said = [partner.snapshot().outputs["logits"].tobytes() for _ in partner.answer(plan(8), 0)]
    assert len(set(said)) == len(said) - 1, "the last chunk hears nothing more"


def test_it_goes_on_in_another_session_with_dice_cast_there_too(frames):
    partner = Improviser(Session.load(frames), Sampler(seed=1))
    partner.feed(partner.encode(CHORD, Beats(2.0)))
    partner.swap(Session.load(frames))
    assert played(partner.answer(plan(8), 0))[-1].pitch % 12 in C_MAJOR
    (state,) = partner.snapshot().state
    assert np.abs(state).max() > 0


def test_an_answer_of_frames_begins_at_once_and_ends_on_a_chord_of_the_key(frames):
    for seed in range(8):
        partner = Improviser(Session.load(frames), Sampler(seed=seed))
        partner.feed(partner.encode(CHORD, Beats(2.0)))
        bound = plan(8)
        bound.polyphony = 4
        notes = played(partner.answer(bound, 0))
        assert notes[0].onset == 0
        last = [note for note in notes if note.end == 8]
        assert any(note.onset == 7 for note in last)
        assert {note.pitch % 12 for note in last} <= C_MAJOR
        at_once = [sum(one.onset <= each.onset < one.end for one in notes) for each in notes]
        assert max(at_once) <= 4


def pedalled(seed):
    return Improviser(pedalling(seed), Sampler(seed=seed))


@pytest.mark.parametrize("seed", range(8))
def test_the_pedal_of_an_answer_moves_within_it_by_turns_and_is_up_at_its_end(seed):
    chunks = list(pedalled(seed).answer(plan(16), 0))
    moves = [move for chunk in chunks for move in chunk.pedal]
    assert moves
    assert [move.down for move in moves] == [True, False] * (len(moves) // 2)
    beats = [move.beat for move in moves]
    assert beats == sorted(beats)
    assert beats[-1] <= 16


def test_no_move_of_the_pedal_comes_later_than_what_is_settled():
    settled = 0.0
    for chunk in pedalled(1).answer(plan(16), 0):
        assert all(move.beat >= settled for move in chunk.pedal)
        settled = chunk.settled


def test_a_model_that_knows_the_pedal_hears_keys_and_another_what_the_pedal_keeps():
    notes = [Note(Beats(0.0), Beats(0.5), Pitch(60), Velocity(72))]
    pedal = [Pedal(Beats(0.25), down=True), Pedal(Beats(2.0), down=False)]
    ends = {}
    for name in ("live", "pedal"):
        listener = Improviser(BabblingSession(1, name), Sampler())
        steps = listener.encode(notes, Beats(4.0), pedal)
        decoder = listener.family.decoder(listener.configuration, 0, ENDLESS)
        ends[name] = [note.end for note in decode(decoder, steps)]
    assert ends == {"live": [2.0], "pedal": [0.5]}


def test_in_each_style_a_model_plays_something_else_and_in_none_too(tmp_path):
    path = gan_model(tmp_path / "band.onnx", "styled", ("classical", "pop"))
    played = {}
    for style in ("", "classical", "pop"):
        partner = Improviser(Session.load(path), Sampler(seed=1), style)
        assert (partner.styles, partner.style) == (("classical", "pop"), style)
        chunks = partner.answer(plan(8), 0)
        played[style] = tuple(note for chunk in chunks for note in chunk.notes)
    assert len(set(played.values())) == 3


def test_a_style_is_one_of_those_that_a_model_knows_and_nothing_to_one_that_knows_none(tmp_path):
    path = gan_model(tmp_path / "band.onnx", "styled", ("classical", "pop"))
    with pytest.raises(ModelError, match=r"^band has no style 'polka'; it has: classical, pop$"):
        Improviser(Session.load(path), Sampler(), "polka")
    plain = Improviser(FakeSession(), Sampler(), "polka")
    assert (plain.styles, plain.style) == ((), "")


def without_e(note, chord):
    """A rule: no E, and on the half of a beat what is over a chord."""
    if note.pitch % 12 == 4:
        return None
    return replace(note, onset=Beats(round(note.onset * 2) / 2)) if chord else note


def test_rules_prune_an_answer_on_beats_of_its_bars_but_for_its_last_note():
    notes = [
        Note(Beats(onset), Beats(0.5), Pitch(pitch), Velocity(80))
        for onset, pitch in ((0.0, 60), (0.5, 64), (1.1, 62), (2.0, 64))
    ]
    plan = Plan(
        Beats(3.0), Beats(4.0), lambda _: frozenset((0,)), last_onset=Beats(2.0), rules=["any"],
        start=Beats(4.25), harmony=Harmony((Change(Beats(5.0), Chord(0, "")),)),
    )  # fmt: skip
    first, moved, last = plan.pruned(notes, without_e)
    assert (first.onset, moved.onset) == (0.0, 1.25), "not before it begins, and on 5.5"
    assert last == notes[-1]
    plan.harmony = None
    assert plan.pruned(notes, without_e) == [notes[0], *notes[2:]]
    plan.rules = ()
    assert plan.pruned(notes, without_e) == notes
