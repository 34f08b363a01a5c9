"""Solos over chords: what is heard as a line, how chords are told, and what is drawn over them."""

from dataclasses import replace

import numpy as np
import pytest

from improvd.core.chord import QUALITIES, Chord
from improvd.core.harmony import Harmony
from improvd.core.note import Note
from improvd.core.units import Beats, Pitch, Velocity
from improvd.models.base import ENDLESS, Wish, decode, encode
from improvd.models.jazz import keys, steps
from improvd.models.jazz.codec import Decoder, Encoder
from improvd.models.jazz.configuration import (
    BELOW,
    CHORDLESS,
    EVENTS,
    HIGHEST,
    HOLD,
    LOWEST,
    NOTES,
    PLAYER,
    REST,
    TICK,
    WAITS,
    cue,
    lasts,
    waits,
)
from improvd.models.jazz.encoding import Past, hear, pitches
from improvd.models.jazz.steps import chord_number, packed, parted
from improvd.models.jazz.voice import Voice
from improvd.models.sampling import Sampler

DM7, G7, CMAJ7 = Chord(2, "m7"), Chord(7, "7"), Chord(0, "maj7")
TWO_FIVE_ONE = Harmony([(0.0, DM7), (4.0, G7), (8.0, CMAJ7)], Beats(16.0))


def note(onset, length, pitch):
    """In ticks."""
    return Note(Beats(onset * TICK), Beats(length * TICK), Pitch(pitch), Velocity(80))


def encoded(notes, length, harmony=None, configuration=PLAYER):
    return encode(Encoder(configuration, 0), notes, Beats(length), (), harmony)


def heard(notes, length=4.0):
    """The line, as ticks and pitches."""
    line = decode(Decoder(PLAYER, 0, ENDLESS), encoded(notes, length))
    return [(round(each.onset / TICK), round(each.duration / TICK), each.pitch) for each in line]


def liking(**likes):
    """Logits that like these events above all."""
    logits = np.full((1, EVENTS), -50.0, np.float32)
    for event, much in likes.items():
        logits[0, int(event[1:])] = much
    return {"logits": logits}


# What is heard


def test_swung_eighths_stay_swung():
    swung = [note(0, 8, 60), note(8, 4, 62), note(12, 8, 64), note(20, 4, 65)]
    assert heard(swung) == [(0, 8, 60), (8, 4, 62), (12, 8, 64), (20, 4, 65)]


def test_a_note_is_an_event_that_begins_it_and_one_that_holds_it():
    events = [parted(step).event for step in encoded([note(0, 8, 60), note(12, 36, 62)], 4.0)]
    hold, rest = (HOLD + WAITS.index(8), REST + WAITS.index(4))
    assert events == [60 - BELOW, hold, rest, 62 - BELOW, HOLD + WAITS.index(36)]


@pytest.mark.parametrize("ticks", range(200))
def test_any_time_is_told_in_few_waits(ticks):
    assert sum(WAITS[number] for number in waits(ticks)) == ticks
    assert len(waits(ticks)) <= 2 + ticks // 48


def test_of_a_chord_the_top_is_heard():
    assert heard([note(0, 12, 48), note(0, 12, 60), note(0, 12, 55)]) == [(0, 12, 60)]


def test_what_is_played_beneath_a_held_note_is_no_line():
    assert heard([note(0, 48, 72), note(12, 12, 50), note(24, 12, 53)]) == [(0, 48, 72)]


def test_legato_downwards_is_a_line():
    assert heard([note(0, 14, 72), note(12, 12, 70)]) == [(0, 12, 72), (12, 12, 70)]


def test_a_line_may_come_down_to_a_note_that_is_played_after_a_rest():
    assert heard([note(0, 6, 72), note(12, 12, 50)]) == [(0, 6, 72), (12, 12, 50)]


def test_a_lost_end_is_the_end_of_the_phrase():
    encoder = Encoder(PLAYER, 0)
    told = [*encoder.note_on(Beats(0.0), Pitch(60), Velocity(80)), *encoder.close(Beats(5.0))]
    assert sum(lasts(PLAYER, step) for step in told) == pytest.approx(5.0)
    assert [each.pitch for each in decode(Decoder(PLAYER, 0, ENDLESS), told)] == [60]


# What is told of chords


def test_every_quality_has_a_number_and_none_is_0():
    assert set(steps.QUALITIES) == set(QUALITIES)
    assert chord_number(None) == 0
    numbers = [chord_number(Chord(root, name)) for name in QUALITIES for root in range(12)]
    assert sorted(numbers) == list(range(1, steps.CHORDS))
    assert [int(steps.root(chord_number(each))) for each in (DM7, G7, CMAJ7)] == [2, 7, 0]


def test_each_step_tells_the_place_and_the_chord_of_the_next_event():
    line = [note(0, 24, 65), note(24, 24, 62), note(48, 24, 71)]
    told = [tuple(map(int, parted(step)[1:])) for step in encoded(line, 6.0, TWO_FIVE_ONE)]
    ii, v = chord_number(DM7), chord_number(G7)
    assert told == [(0, ii), (24, ii), (24, ii), (0, v), (0, v), (24, v)]


def test_a_chord_that_begins_with_a_note_is_its_chord_whichever_is_told_first():
    for calls in ("chord note", "note chord"):
        encoder = Encoder(PLAYER, 0)
        for call in calls.split():
            if call == "chord":
                encoder.chord(Beats(0.0), G7)
            else:
                encoder.note_on(Beats(0.0), Pitch(71), Velocity(80))
        first = parted(encoder.close(Beats(1.0))[0])
        assert first == (71 - 7 - BELOW, 0, chord_number(G7))


def test_the_same_line_over_the_same_chord_in_another_key_is_the_same_events():
    line = [note(0, 6, 65), note(6, 6, 69), note(12, 12, 72)]
    up = [replace(each, pitch=each.pitch + 3) for each in line]
    here = encoded(line, 4.0, Harmony([(0.0, DM7)]))
    there = encoded(up, 4.0, Harmony([(0.0, Chord(5, "m7"))]))
    events = [[int(parted(step).event) for step in each] for each in (here, there)]
    assert events[0] == events[1]
    np.testing.assert_array_equal(keys.moved(PLAYER, np.array(here), 3), there)


def test_without_chords_pitches_and_times_are_the_same():
    line = [note(0, 6, 65), note(6, 6, 69), note(48, 12, 72)]
    with_chords = np.array(encoded(line, 6.0, TWO_FIVE_ONE))
    without = keys.moved(CHORDLESS, with_chords, 0)
    assert list(without) == encoded(line, 6.0, TWO_FIVE_ONE, CHORDLESS)
    assert not parted(without).chord.any()
    np.testing.assert_array_equal(pitches(parted(without)), pitches(parted(with_chords)))


def test_now_and_then_a_line_is_learnt_without_its_chords():
    line = np.array(encoded([note(0, 6, 65), note(48, 12, 72)], 6.0, TWO_FIVE_ONE))
    dice = np.random.default_rng(1)
    heard = [keys.varied(PLAYER, line, dice) for _ in range(500)]
    alone = [each for each in heard if not parted(each).chord.any()]
    assert len(alone) == pytest.approx(100, abs=30)
    assert all((each == keys.moved(CHORDLESS, line, 0)).all() for each in alone)
    without = keys.moved(CHORDLESS, line, 0)
    assert (keys.varied(CHORDLESS, without, dice) == without).all()


def test_a_change_of_the_chord_shows_the_line_from_the_new_root():
    line = encoded([note(0, 48, 65), note(48, 12, 64)], 5.0, TWO_FIVE_ONE)
    told, past = hear(PLAYER, Past(), np.array(line, np.int32))
    last = told[:, 1 + EVENTS - NOTES + NOTES :][:, :NOTES].argmax(axis=1) + BELOW
    assert list(last[:2]) == [65 - 2, 65 - 7]  # the F, above the D and then above the G
    assert past.last == 64
    assert past.before == 65


def test_a_solo_that_fits_all_keys_is_learnt_in_each_of_them_once():
    line = encoded([note(0, 6, 60), note(6, 6, 66)], 4.0)
    assert list(keys.keys(PLAYER, np.array(line))) == list(range(-5, 7))
    high = encoded([note(0, 6, HIGHEST - 1), note(6, 6, 66)], 4.0)
    assert list(keys.keys(PLAYER, np.array(high))) == list(range(-5, 2))


# What is drawn


def test_a_note_is_drawn_over_the_chord_that_was_told_last():
    voice = Voice(PLAYER, Sampler(temperature=0))
    (told,) = cue(PLAYER, Wish(harmony=TWO_FIVE_ONE, beat=Beats(4.0)))
    voice.hear(told)
    step = voice.choose(liking(_47=9.0), Wish(onset=True))  # the octave and a bit above the G
    assert pitches(parted(np.array([step])))[0] == 47 + BELOW + 7
    assert parted(step).chord == chord_number(G7)


def test_a_hair_before_a_change_the_chord_is_the_new_one():
    just_before = Beats(4.0 - 1e-9)
    (told,) = cue(PLAYER, Wish(harmony=TWO_FIVE_ONE, beat=just_before))
    assert parted(told).chord == chord_number(G7)


def test_time_that_passes_comes_to_the_place_and_the_chord_that_are_wished_for():
    voice = Voice(PLAYER, Sampler(temperature=0))
    voice.hear(packed(40, 36, chord_number(DM7)))
    wish = Wish(harmony=TWO_FIVE_ONE, beat=Beats(3.0))
    event, place, chord = parted(voice.choose(liking(**{f"_{HOLD + WAITS.index(12)}": 9.0}), wish))
    assert event == HOLD + WAITS.index(12)
    assert (place, chord) == (0, chord_number(G7))


def test_without_a_wish_for_chords_the_last_one_goes_on():
    voice = Voice(PLAYER, Sampler(temperature=0))
    voice.hear(packed(40, 36, chord_number(G7)))
    _, place, chord = parted(voice.choose(liking(**{f"_{HOLD}": 9.0}), Wish()))
    assert (place, chord) == (37, chord_number(G7))


def test_without_chords_none_is_told_whatever_is_wished():
    voice = Voice(CHORDLESS, Sampler(temperature=0))
    for wish in (Wish(harmony=TWO_FIVE_ONE, beat=Beats(4.0)), Wish()):
        assert not any(parted(step).chord for step in cue(CHORDLESS, wish))
        assert not parted(voice.choose(liking(_50=9.0), wish)).chord


@pytest.mark.parametrize("root", range(12))
def test_what_is_drawn_over_any_root_is_in_the_range_and_of_the_wished_pitch_classes(root):
    voice = Voice(PLAYER, Sampler(seed=1))
    voice.hear(packed(REST, 0, chord_number(Chord(root, "7"))))
    logits = {"logits": np.zeros((1, EVENTS), np.float32)}
    wish = Wish(onset=True, pitch_classes=frozenset({1, 6}))
    drawn = np.array([voice.choose(logits, wish) for _ in range(200)])
    begun = pitches(parted(drawn))
    assert {pitch % 12 for pitch in begun} == {1, 6}
    assert all(LOWEST <= pitch <= HIGHEST for pitch in begun)


def test_a_note_that_begins_lasts_before_another_one_does():
    voice = Voice(PLAYER, Sampler(seed=2))
    voice.hear(packed(40, 0, 0))
    logits = np.where(np.arange(EVENTS) < NOTES, 20.0, 0.0)[None].astype(np.float32)
    events = {int(parted(voice.choose({"logits": logits}, Wish())).event) for _ in range(100)}
    assert min(events) >= HOLD
    assert max(events) < REST


def test_a_step_reaches_no_further_than_is_wished():
    voice = Voice(PLAYER, Sampler(seed=3))
    logits = {"logits": np.zeros((1, EVENTS), np.float32)}
    drawn = [voice.choose(logits, Wish(within=Beats(0.5))) for _ in range(300)]
    assert max(lasts(PLAYER, step) for step in drawn) == pytest.approx(0.5)
    least = [voice.choose(logits, Wish(within=Beats(0.01), hold=True)) for _ in range(20)]
    assert {lasts(PLAYER, step) for step in least} == {TICK}


def attacks(busier):
    """How many notes begin in 400 events of a model that likes all events alike."""
    voice, found = Voice(PLAYER, Sampler(seed=4)), []
    for _ in range(400):
        logits = {"logits": np.zeros((1, EVENTS), np.float32)}
        found.append(voice.choose(logits, Wish(busier=busier)))
        voice.hear(found[-1])
    decoder = Decoder(PLAYER, 0, ENDLESS)
    decode(decoder, found)
    return decoder.attacks / decoder.beat


def test_busier_is_more_notes_in_the_same_time():
    assert attacks(-2.0) < attacks(0.0) < attacks(2.0)


def of_chord(colour, chord=G7):
    """The share of chord tones and that of its scale among notes that a model likes all alike."""
    voice = Voice(PLAYER, Sampler(seed=5))
    voice.hear(packed(REST, 0, chord_number(chord)))
    logits = {"logits": np.zeros((1, EVENTS), np.float32)}
    drawn = np.array([voice.choose(logits, Wish(onset=True, colour=colour)) for _ in range(500)])
    classes = pitches(parted(drawn)) % 12
    return [np.isin(classes, list(each)).mean() for each in (G7.tones, G7.tones | G7.scale)]


def test_colour_is_more_of_the_scale_and_less_of_the_chord():
    (grey, _), (plain, inside), (coloured, more_inside) = map(of_chord, (-2.0, 0.0, 2.0))
    assert coloured < plain < grey
    assert more_inside > inside
    assert of_chord(2.0, None) == of_chord(0.0, None)


def test_an_event_of_no_time_is_never_scored_as_drawn():
    voice = Voice(PLAYER, Sampler())
    before = voice.snapshot()
    voice.hear(cue(PLAYER, Wish(harmony=TWO_FIVE_ONE, beat=Beats(0.0)))[0])
    assert voice.snapshot().played == before.played == ()
