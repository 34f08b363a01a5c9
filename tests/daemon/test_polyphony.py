"""A model of events at the keyboard: chords are heard, and answered with chords."""

import logging
from collections import Counter

import fakes
import pytest
from fakes import BabblingSession
from vocabularies import tokens_of

from improvd.core.note import NoteOn

CHORDS = [(at, 0.9, pitch) for at in range(4) for pitch in (48 + at, 60 + at, 64 + at)]


@pytest.fixture
def here():
    return fakes.room(
        session=BabblingSession(),
        tempo={"source": "internal", "bpm": 120.0},
        turns={"silence": 0.5},
    )


def begun(here):
    return [event for _, event in here.out if isinstance(event, NoteOn)]


def test_a_chord_is_heard_whole_and_answered_in_voices_with_velocities_of_their_own(here):
    here.play(CHORDS)
    here.wait(6.0)
    player, partner = here.told
    assert {note.pitch for note in player.notes} == {pitch for _, _, pitch in CHORDS}
    assert (player.length, partner.length) == (4.0, 4.0)
    assert len({event.velocity for event in begun(here)}) > 2
    together = [
        sum(one.onset <= other.onset < one.end for other in partner.notes) for one in partner.notes
    ]
    assert max(together) > 2
    assert not here.sounding


def test_the_answer_begins_on_the_beat_and_nothing_begins_in_its_last(here):
    here.play(CHORDS)
    here.wait(6.0)
    onsets = [here.beat_at(second) - here.beat_at(here.onsets[0]) for second in here.onsets]
    assert here.beat_at(here.onsets[0]) % 1.0 == pytest.approx(0.0, abs=0.01)
    assert onsets[-1] == pytest.approx(3.0, abs=0.01)
    last = [event.pitch % 12 for event, at in zip(begun(here), onsets, strict=True) if at > 2.99]
    assert len(set(last)) <= 3, "the notes of a triad"


def test_what_was_mended_is_counted_and_told(here, caplog):
    caplog.set_level(logging.INFO)
    here.play(CHORDS)
    here.wait(6.0)
    told = Counter(line.split("%")[-1] for line in caplog.messages if line.startswith("mended"))
    assert any("note-offs without a note" in line for line in told)


@pytest.mark.parametrize("pitches", [(54, 60, 64), (20, 25, 28)], ids=["known", "unknown"])
def test_a_model_with_a_vocabulary_of_its_own_answers_whatever_it_hears(pitches):
    session = BabblingSession(1, "faithful", tokens_of("events", "faithful"))
    here = fakes.room(session=session, tempo={"source": "internal", "bpm": 120.0})
    here.play([(at, 0.9, pitch) for at in range(4) for pitch in pitches])
    here.wait(8.0)
    player, partner = here.told
    assert {note.pitch for note in player.notes} == set(pitches)
    assert partner.length == 4.0
    assert {event.velocity for event in begun(here)} == {80}
    assert {event.pitch for event in begun(here)} <= set(range(53, 75))
    assert not here.sounding


def test_playing_into_it_silences_every_voice(here):
    here.play(CHORDS)
    here.wait(1.5)
    assert len(here.sounding) > 1
    here.key(72)
    here.wait(0.01)
    assert not here.sounding


def test_what_comes_between_the_lines_is_drawn_to_the_grid_and_swung():
    here = fakes.room(
        session=BabblingSession(),
        tempo={"source": "internal", "bpm": 120.0},
        turns={"silence": 0.5, "quantize": "1/8", "swing": 60.0},
    )
    here.play(CHORDS)
    here.wait(6.0)
    places = {round(here.beat_at(at) % 1.0, 2) % 1.0 for at in here.onsets}
    assert places == {0.0, 0.6}
    assert not here.sounding
