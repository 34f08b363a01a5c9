"""A model that tells time in seconds: what it hears and plays is as fast as it was played."""

from itertools import pairwise

import fakes
import numpy as np
import pytest
from fakes import ToningSession
from gan import gan_model

from improvd.core.note import NoteOn
from improvd.engine.session import Session
from improvd.models.crnngan.configuration import LIVE, Tone
from improvd.models.crnngan.tones import tones

SCALE = [(number / 2, 0.4, 60 + step) for number, step in enumerate((0, 4, 7, 12, 7, 4))]  # seconds
EVERY = [Tone(32, 60 + step, 80 + step, 20) for step in (0, 4, 7)]  # half a second each


def room(session, bpm, **turns):
    return fakes.room(
        session=session,
        tempo={"source": "internal", "bpm": float(bpm)},
        turns={"silence": 0.5, **turns},
    )


def heard(session):
    """The tones that a model was fed with so far, without rests."""
    rows = tones(LIVE, np.array(session.heard))
    return [Tone(*row) for row in rows.tolist() if row[2] > 1]


@pytest.mark.parametrize("bpm", [60, 120, 180])
def test_what_was_played_in_the_same_seconds_is_heard_as_the_same_at_every_tempo(bpm):
    session = ToningSession(*EVERY)
    here = room(session, bpm)
    session.heard.clear()
    here.play(SCALE, bpm=60.0)  # its beats are seconds
    here.wait(0.4)
    assert heard(session)[:5] == [
        Tone(32 * bool(number), pitch, 80, pytest.approx(26, abs=1))
        for number, (_, _, pitch) in enumerate(SCALE[:5])
    ]


@pytest.mark.parametrize("bpm", [60, 120, 180])
def test_an_answer_is_as_fast_as_the_model_says_at_every_tempo(bpm):
    here = room(ToningSession(*EVERY), bpm, length=2)
    here.play(SCALE, bpm=60.0)
    here.wait(12.0)
    onsets = [at for at, event in here.out if isinstance(event, NoteOn)]
    seconds = [after - before for before, after in pairwise(onsets)]
    assert len(seconds) > 2
    assert seconds[:-1] == pytest.approx([0.5] * (len(seconds) - 1), abs=0.02)
    assert not here.sounding


def test_drawn_to_the_grid_its_onsets_fall_on_lines():
    free, drawn = (
        room(ToningSession(*EVERY), 100, length=2, quantize=grid) for grid in ("off", "1/16")
    )
    for here in (free, drawn):
        here.play(SCALE, bpm=60.0)
        here.wait(7.0)
    places = [
        [abs((4 * here.beat_at(at) + 0.5) % 1.0 - 0.5) for at in here.onsets]
        for here in (free, drawn)
    ]
    assert max(places[0]) > 0.1
    assert max(places[1]) == pytest.approx(0.0, abs=0.02)


def test_the_model_is_where_a_fresh_one_is_that_heard_the_log(tmp_path):
    path = gan_model(tmp_path / "tiny.onnx")
    here = room(Session.load(path), 93)
    for _ in range(2):
        here.play(SCALE)
        here.wait(4.0)
    here.play(SCALE[:4])
    assert here.difference_from_log(Session.load(path)) < 1e-6


def test_chords_are_heard_and_answered_in_voices_with_velocities(tmp_path):
    here = room(Session.load(gan_model(tmp_path / "tiny.onnx")), 120, length=4)
    here.play([(at, 0.9, pitch) for at in range(4) for pitch in (48 + at, 60 + at, 64 + at)])
    here.wait(10.0)
    player, partner = here.told
    assert (player.length, partner.length) == (4.0, 16.0)
    begun = [event for _, event in here.out if isinstance(event, NoteOn)]
    assert len(begun) > 10
    assert len({event.velocity for event in begun}) > 5
    assert len({event.pitch for event in begun}) > 5
    together = [one.onset == other.onset for one, other in pairwise(partner.notes)]
    assert any(together)
    assert not here.sounding


def test_playing_into_it_silences_every_voice(tmp_path):
    here = room(Session.load(gan_model(tmp_path / "tiny.onnx")), 120, length=4)
    here.play(SCALE)
    here.wait(2.5)
    assert here.sounding
    here.key(72)
    here.wait(0.01)
    assert not here.sounding


@pytest.mark.parametrize("usual", [(0, 0, 0, -1), (1, 1, 1, 1), (-1, -1, -1, -1), (np.nan,) * 4])
def test_a_model_that_says_one_thing_alone_is_answered_with_and_no_note_stays(tmp_path, usual):
    path = gan_model(tmp_path / "dull.onnx", usual=usual, lively=0.0)
    here = room(Session.load(path), 120, length=2)
    here.play(SCALE)
    here.wait(8.0)
    assert here.onsets
    assert here.told[1].length <= 8.0
    assert not here.sounding
