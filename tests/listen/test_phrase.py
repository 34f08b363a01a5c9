"""A phrase, in seconds, and what it is in beats."""

import pytest

from improvd.core.note import SUSTAIN, Control, Note, NoteOff, NoteOn
from improvd.core.tempo import Meter
from improvd.listen.held import Held, Sound
from improvd.listen.phrase import MOST, Phrase, Played, attacks


def phrase_of(*sounds: tuple) -> Phrase:
    phrase = Phrase()
    for sound in sounds:
        phrase.hear(Sound(*sound))
    return phrase


def test_a_phrase_begins_with_an_onset():
    phrase = phrase_of(("off", 1.0, 60), ("key_up", 1.0, 62))
    assert not phrase
    phrase.hear(Sound("on", 2.0, 64, 90))
    assert phrase
    assert (phrase.origin, phrase.onsets, phrase.last_release) == (2.0, [2.0], None)


def test_beats_count_from_the_first_onset():
    phrase = phrase_of(("on", 2.0, 60, 90), ("key_up", 2.5, 60), ("off", 3.0, 60))
    tempo = phrase.tempo(120.0)
    assert list(phrase.replay(tempo)) == [
        Played("on", 0.0, 60, 90),
        Played("key_up", 1.0, 60, 0),
        Played("off", 2.0, 60, 0),
    ]
    assert [played.beat for played in phrase.replay(tempo, start=2)] == [2.0]
    assert phrase.last_release == 3.0


def test_notes_are_as_long_as_they_sounded():
    phrase = phrase_of(
        ("on", 2.0, 60, 90), ("on", 2.5, 64, 80), ("key_up", 2.6, 60), ("off", 3.0, 60)
    )
    assert phrase.notes(phrase.tempo(60.0), until=4.0) == [
        Note(0.0, 1.0, 60, 90),
        Note(0.5, 1.5, 64, 80),
    ]


def pedalled():
    """The pedal is down before the phrase, comes up for a moment, and again; one beat a second."""
    phrase = Phrase()
    held = Held(max_hold=8.0)
    for event in (
        Control(1.0, 1, SUSTAIN, 127),
        NoteOn(2.0, 1, 60, 90),
        NoteOff(2.5, 1, 60),
        Control(3.0, 1, SUSTAIN, 0),
        Control(3.25, 1, SUSTAIN, 90),
        NoteOn(3.5, 1, 64, 80),
        NoteOff(3.75, 1, 64),
        Control(5.0, 1, SUSTAIN, 0),
    ):
        for sound in held.hear(event):
            phrase.hear(sound)
    return phrase


def test_the_pedal_of_a_phrase_is_down_from_its_first_onset_on_if_it_was_before():
    phrase = pedalled()
    assert phrase.pedal(phrase.tempo(60.0)) == [
        (0.0, True),
        (1.0, False),
        (1.25, True),
        (3.0, False),
    ]
    kinds = [played.kind for played in phrase.replay(phrase.tempo(60.0))]
    assert kinds == ["down", "on", "key_up", "up", "off", "down", "on", "key_up", "up", "off"]


def test_sound_by_sound_it_is_replayed_as_it_is_at_once():
    phrase, tempo = pedalled(), pedalled().tempo(60.0)
    parts = Phrase()
    found = []
    for number, sound in enumerate(phrase.sounds):
        parts.hear(sound)
        found += parts.replay(tempo, number)
    assert found == list(phrase.replay(tempo))


def test_notes_are_as_long_as_they_sounded_or_as_their_keys_were_held():
    phrase = pedalled()
    lengths = {
        keys: [note.duration for note in phrase.notes(phrase.tempo(60.0), until=9.0, keys=keys)]
        for keys in (False, True)
    }
    assert lengths == {False: [1.0, 1.5], True: [0.5, 0.25]}


def test_a_chord_is_one_attack():
    assert attacks([1.0, 1.01, 1.03, 1.5]) == [1.0, 1.5]


def test_a_long_phrase_keeps_its_last_64_bars_on_its_grid():
    phrase = Phrase()
    for quarter in range(65 * 4 + 1):  # at 60 bpm, and one note of the 66th bar
        phrase.hear(Sound("on", 10.0 + quarter, 60, 90))
        phrase.hear(Sound("off", 10.5 + quarter, 60))
        if quarter < 64 * 4 - 1:
            assert not phrase.forget(phrase.tempo(60.0), Meter(4, 4))
    assert phrase.forget(phrase.tempo(60.0), Meter(4, 4))
    assert phrase.origin == 10.0 + 2 * 4
    assert phrase.onsets[0] == phrase.origin
    assert next(iter(phrase.replay(phrase.tempo(60.0)))).beat == pytest.approx(0.0)
    assert not phrase.forget(phrase.tempo(60.0), Meter(4, 4))


def test_each_pitch_is_known_once_as_long_as_the_phrase_has_it():
    phrase = phrase_of(("on", 0.0, 72, 90), ("off", 0.5, 72), ("on", 1.0, 60, 90))
    assert phrase.pitches == [72, 60]
    for quarter in range(2, 65 * 4):
        phrase.hear(Sound("on", quarter, 60 + quarter % 2, 90))
    assert phrase.pitches == [72, 60, 61]
    assert phrase.forget(phrase.tempo(60.0), Meter(4, 4))
    assert phrase.pitches == [60, 61]


def test_of_a_flood_the_last_is_kept_and_the_grid_stands():
    phrase = phrase_of(("on", 2.0, 40, 90))
    for number in range(4 * MOST):
        phrase.hear(Sound("on", 3.0 + number / 10_000, 60 + number % 2, 90))
        assert len(phrase.sounds) <= MOST
    assert phrase.sounds[-1].second == pytest.approx(3.0 + 4 * MOST / 10_000, abs=0.001)
    assert len(phrase.sounds) > MOST / 4
    assert sorted(phrase.pitches) == [60, 61]
    assert phrase.tempo(60.0).beat_at(3.0) == pytest.approx(1.0)
