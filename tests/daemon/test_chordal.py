"""A model of frames at the keyboard: chords are heard as they are struck, and answered in kind."""

from collections import Counter

import fakes
import pytest
from fakes import ChordalSession
from rbm import rbm_model

from improvd.core.note import NoteOn
from improvd.engine.session import Session
from improvd.models.base import decode
from improvd.models.rnnrbm.codec import Decoder
from improvd.models.rnnrbm.configuration import LIVE

CHORDS = [(at, 0.9, pitch) for at in range(4) for pitch in (48 + at, 60 + at, 64 + at)]
STEADY = {"source": "internal", "bpm": 120.0}


def a_room(session=None, turns=None, **tables):
    turns = {"silence": 0.5} | (turns or {})
    return fakes.room(session=session or ChordalSession(), tempo=STEADY, turns=turns, **tables)


@pytest.fixture
def real(tmp_path):
    """A real one, of random weights."""
    return rbm_model(tmp_path / "rnnrbm-tiny.onnx", sounding=-1.5)


def begun(here):
    return [(at, event) for at, event in here.out if isinstance(event, NoteOn)]


def together(here):
    """How many notes begin at each moment."""
    return Counter(round(at, 3) for at, _ in begun(here))


def most_at_once(notes):
    return max(sum(one.onset <= each.onset < one.end for one in notes) for each in notes)


def test_a_chord_is_heard_whole_and_answered_with_chords():
    session = ChordalSession()
    here = a_room(session)
    here.play(CHORDS)
    here.wait(6.0)
    player, partner = here.told
    first = decode(Decoder(LIVE, 0), session.heard[:16])
    assert [(note.onset, note.pitch) for note in first[:3]] == [(0, 48), (0, 60), (0, 64)]
    assert (player.length, partner.length) == (4.0, 4.0)
    assert max(together(here).values()) > 1
    assert not here.sounding


def test_it_is_as_loud_as_it_was_played():
    def loudest(velocity):
        here = a_room()
        here.play(CHORDS, velocity=velocity)
        here.wait(6.0)
        return max(event.velocity for _, event in begun(here))

    assert 30 < loudest(45) < 60
    assert 90 < loudest(110) <= 127


def test_it_begins_and_ends_with_an_onset_the_last_one_in_the_key():
    here = a_room()
    here.play([(at, 0.9, pitch) for at in range(4) for pitch in (48, 60, 64, 67)])
    here.wait(6.0)
    moments = sorted(together(here))
    assert here.beat_at(moments[0]) % 1.0 == pytest.approx(0.0, abs=0.02)
    assert here.beat_at(moments[-1]) - here.beat_at(moments[0]) == pytest.approx(3.0, abs=0.02)
    last = {event.pitch % 12 for at, event in begun(here) if round(at, 3) == moments[-1]}
    assert last <= {0, 4, 7}
    partner = here.told[1]
    ending = [note for note in partner.notes if note.end > 3.5]
    assert {note.pitch % 12 for note in ending} <= {0, 4, 7}
    assert {note.end for note in ending} == {4.0}, "it is held until the end"


def test_a_repeated_chord_is_not_heard_as_a_held_one():
    def attacks(length):
        session = ChordalSession()
        here = a_room(session)
        onsets = (length * number for number in range(int(4 / length)))
        here.play([(at, length, pitch) for at in onsets for pitch in (48, 60, 64)])
        here.wait(0.3)
        assert all(frame & 1 << 60 - 21 for frame in session.heard[:16]), "it sounds all the time"
        return sum(frame >> 88 > 0 for frame in session.heard[:16])

    assert (attacks(4.0), attacks(0.5)) == (1, 8)


@pytest.mark.parametrize("most", [1, 3])
def test_no_more_voices_sound_at_once_than_are_wished(most):
    free = a_room(ChordalSession(begins=0.0))
    bound = a_room(ChordalSession(begins=0.0), turns={"polyphony": most})
    for here in (free, bound):
        here.play(CHORDS)
        here.wait(6.0)
    assert most_at_once(free.told[1].notes) == 8, "the default"
    assert most_at_once(bound.told[1].notes) == most
    assert not bound.sounding


def test_the_density_says_how_often_chords_begin():
    def attacks(density):
        here = a_room(ChordalSession(begins=-6.0), {"density": density, "length": 4})
        here.play(CHORDS)
        here.wait(12.0)
        return len(together(here))

    calm, busy = attacks(0.5), attacks(4.0)
    assert calm <= 14
    assert busy >= 40


def test_playing_into_it_silences_every_voice_and_the_model_is_where_the_log_is(real):
    here = a_room(Session.load(real))
    here.play(CHORDS)
    here.wait(1.5)
    assert here.sounding
    here.key(72)
    here.wait(0.01)
    assert not here.sounding
    here.let_go(72)
    here.wait(0.1)
    assert here.difference_from_log(Session.load(real)) < 1e-5


def test_turn_after_turn_it_has_heard_what_the_log_says(real):
    here = a_room(Session.load(real), turns={"memory": 3})
    for _ in range(3):
        here.play(CHORDS)
        here.wait(6.0)
    here.play(CHORDS[:6])
    assert here.difference_from_log(Session.load(real)) < 1e-5


def test_below_the_range_it_is_answered_octaves_away():
    session = ChordalSession()
    here = a_room(session, turns={"range": "free"})
    here.play([(at, 0.9, pitch) for at in range(4) for pitch in (12, 16, 19)])
    here.wait(0.3)
    heard = decode(Decoder(LIVE, 0), session.heard[:16])
    assert {note.pitch for note in heard} == {24, 28, 31}
    here.wait(5.0)
    assert min(event.pitch for _, event in begun(here)) < 21


def test_notes_that_no_octave_brings_into_the_range_are_not_heard(caplog):
    caplog.set_level("INFO")
    session = ChordalSession()
    here = a_room(session, turns={"memory": 2})
    here.play([(0.0, 0.4, 0), (0.5, 0.4, 60), (1.0, 0.4, 120)])
    here.wait(0.3)
    assert [note.onset for note in decode(Decoder(LIVE, 0), session.heard[:6])] == [0.0, 0.5]
    here.wait(4.0)
    here.play(CHORDS)
    assert "1 notes are beyond the model's range, and not heard" in caplog.messages


def test_the_same_seed_answers_the_same(real):
    def answered(seed):
        here = a_room(Session.load(real), model={"seed": seed})
        for _ in range(2):
            here.play(CHORDS)
            here.wait(6.0)
        return [(round(here.beat_at(at), 2), event.pitch) for at, event in begun(here)]

    one, again, other = answered(3), answered(3), answered(4)
    assert one == again
    assert one != other
