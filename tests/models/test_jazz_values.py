"""Musical values: what a note is to its chord, and which note a value is over another one."""

from itertools import pairwise

import numpy as np
import pytest

from improvd.core.chord import Chord
from improvd.core.harmony import Harmony
from improvd.core.note import Note
from improvd.core.units import Beats, Pitch, Velocity
from improvd.errors import ModelError
from improvd.models.base import Wish, decode, encode
from improvd.models.jazz.faithful import FAITHFUL, Decoder, Encoder, Voice, silence
from improvd.models.jazz.faithful.values import Kind, Value, kind_of, pitch_of
from improvd.models.sampling import Sampler

G7, DM7 = Chord(7, "7"), Chord(2, "m7")


@pytest.mark.parametrize(
    ("pitch", "chord", "kind"),
    [
        (62, DM7, "C"),
        (60, DM7, "C"),
        (64, DM7, "S"),
        (71, DM7, "S"),
        (61, DM7, "A"),
        (68, DM7, "A"),
        (66, Chord(0, ""), "A"),
        (70, Chord(0, ""), "X"),
        (63, None, None),
    ],
)
def test_a_note_is_of_the_chord_or_of_its_scale_or_beside_it_or_elsewhere(pitch, chord, kind):
    assert kind_of(pitch, chord) == kind


@pytest.mark.parametrize("text", ["C,3", "S,6,-4", "R,12", "X,9,0"])
def test_a_value_is_read_as_it_was_written(text):
    assert str(Value.parse(text)) == text


@pytest.mark.parametrize(
    "text", ["", "C", "C,0", "Z,3", "C,3,-5,1", "C,3.5", "C, 3", "C,9999", "C,+3"]
)
def test_what_is_no_value_is_refused(text):
    with pytest.raises((ValueError, TypeError)):
        Value.parse(text)
    with pytest.raises(ModelError, match="no musical value"):
        FAITHFUL.knowing(("C,3", text))


def test_a_vocabulary_without_a_note_is_refused():
    with pytest.raises(ModelError, match="none is a note"):
        FAITHFUL.knowing(("R,3", "R,6"))


@pytest.mark.parametrize(
    ("value", "chord", "before", "pitch"),
    [
        ("C,3,-3", DM7, 65, 62),  # where the distance leads there is one
        ("C,3,-3", G7, 65, 62),
        ("C,3,-2", DM7, 67, 65),
        ("C,3,1", DM7, 62, 65),  # the nearest, but not the one before
        ("C,3,0", DM7, 62, 62),
        ("S,3,1", DM7, 62, 64),
        ("A,3,1", DM7, 67, 68),
        ("C,6", G7, 64, 65),
        ("S,3,2", None, 60, 62),  # no chord: as far as it says
    ],
)
def test_a_value_is_the_note_of_its_kind_where_its_distance_leads(value, chord, before, pitch):
    assert pitch_of(Value.parse(value), chord, Pitch(before)) == pitch


def test_the_register_is_preferred_and_the_pitch_classes_are_a_must():
    value = Value.parse("C,3,-2")
    assert pitch_of(value, G7, Pitch(60), None, (60, 80)) == 62
    assert pitch_of(value, G7, Pitch(60), {0}, (60, 80)) == 60
    assert pitch_of(value, G7, Pitch(62), {0}, (40, 60)) == 60


VALUES = FAITHFUL.knowing(("A,3,1", "C,3", "C,3,-2", "C,3,3", "C,6,-3", "R,3", "S,3,-2", "S,3,2"))


def line(*said):
    """Notes one after another, half a beat each where nothing else is said."""
    return [
        Note(Beats(at / 2), Beats(1 / 4), Pitch(pitch), Velocity(80))
        for at, pitch in enumerate(said)
    ]


def told(steps):
    return [str(VALUES.told(step).value) for step in steps]


def test_playing_is_heard_as_values_over_the_chords_that_sound():
    notes = line(65, 64, 62, 65)
    harmony = Harmony([(Beats(0.0), DM7), (Beats(1.0), Chord(0, ""))])
    steps = encode(Encoder(VALUES, 0), notes, Beats(2.0), (), harmony)
    rest = "R,3"
    assert told(steps) == ["C,3", rest, "S,3,-2", rest, "S,3,-2", rest, "S,3,2", rest]
    back = decode(Decoder(VALUES, 0), steps)
    assert [note.pitch for note in back] == [65, 64, 62, 65]
    assert [note.onset for note in back] == pytest.approx([0.0, 0.5, 1.0, 1.5])


def test_of_notes_at_once_the_highest_is_heard_and_the_others_are_counted():
    encoder = Encoder(VALUES, 0)
    for pitch in (60, 67, 64):
        encoder.note_on(Beats(0.0), Pitch(pitch), Velocity(80))
    steps = encoder.close(Beats(0.25))
    assert [VALUES.told(step).pitch for step in steps] == [67]
    assert encoder.left_out == 2


def test_a_solo_over_a_chart_is_of_its_chords():
    voice = Voice(VALUES, Sampler(temperature=0))
    harmony = Harmony([(Beats(0.0), DM7), (Beats(2.0), Chord(1, "maj7"))], Beats(4.0))
    decoder, notes = Decoder(VALUES, 0), []
    for value in (1, 2, 3, 2, 4, 2, 3, 3, 2, 4) * 3:
        liked = {"logits": np.eye(VALUES.classes, dtype=np.float32)[[value]]}
        step = voice.choose(liked, Wish(harmony=harmony, beat=decoder.beat))
        voice.hear(step)
        notes += decoder.step(step)
    assert len(notes) == 30
    assert all(note.pitch % 12 in harmony.at(note.onset).tones for note in notes)
    assert all(abs(one.pitch - other.pitch) <= 8 for one, other in pairwise(notes))


def test_a_hair_before_a_change_of_chord_it_is_the_new_one():
    harmony = Harmony([(Beats(0.0), DM7), (Beats(2.0), Chord(1, "maj7"))], Beats(4.0))
    of_chord = {"logits": np.eye(VALUES.classes, dtype=np.float32)[[1]]}
    before, after = (
        Voice(VALUES, Sampler(temperature=0)).choose(of_chord, Wish(harmony=harmony, beat=beat))
        for beat in (Beats(2.0 - 1e-9), Beats(2.0))
    )
    assert before == after


def test_a_wish_that_reaches_no_further_than_a_tick_is_a_wait():
    voice = Voice(VALUES, Sampler())
    step = voice.choose(
        {"logits": np.zeros((1, VALUES.classes), np.float32)}, Wish(within=Beats(1 / 12))
    )
    assert VALUES.told(step).value == Value(Kind.REST, 1)


def test_silence_is_heard_as_zeros():
    heard = Voice(VALUES, Sampler()).hear(silence(VALUES))
    assert heard.shape == (8,)
    assert not heard.any()
