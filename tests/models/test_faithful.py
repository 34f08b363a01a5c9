"""A vocabulary that the music made: what is played finds the nearest there is, or is left out."""

import copy
from itertools import pairwise

import numpy as np
import pytest
from tiny import a_card
from vocabularies import tokens_of

from improvd.core.note import Note
from improvd.core.units import Beats, Pitch, Velocity
from improvd.errors import ModelError
from improvd.models.base import ENDLESS, Wish, configuration_of, decode, encode
from improvd.models.events import FAMILY
from improvd.models.events import keys as events
from improvd.models.events.vocabulary import Kind, Token
from improvd.models.sampling import Sampler
from improvd.train.measure.markov import Markov, placed
from improvd.train.runs.batches import Tune
from improvd.train.runs.run import Settings


def knowing(*tokens):
    return FAMILY.configuration("faithful", tokens)


def note(onset, duration, pitch, velocity=80):
    """In ticks."""
    tick = FAMILY.named("faithful").grid
    return Note(Beats(onset * tick), Beats(duration * tick), Pitch(pitch), Velocity(velocity))


def heard(configuration, *notes, length=0):
    return encode(FAMILY.encoder(configuration, 0), notes, Beats(length))


def played(configuration, steps, longest=ENDLESS):
    return decode(FAMILY.decoder(configuration, 0, longest), steps)


def test_a_token_is_what_its_event_says():
    known = knowing(
        "0_90_3c_50", "480_90_3c_00", "0_83_3c_40", "9_b0_40_7f", "0_c0_05", "0_e1_00_40"
    )
    assert known.tokens == [
        Token(0, Kind.ON, 60, 80),
        Token(480, Kind.OFF, 60),
        Token(0, Kind.OFF, 60),
        Token(9, Kind.OTHER),
        Token(0, Kind.OTHER),
        Token(0, Kind.OTHER),
    ]
    assert known.classes == known.events == 6
    assert played(known, [0, 3, 1, 5]) == [note(0, 489, 60)]


def test_what_was_never_played_is_the_nearest_by_delta_then_by_velocity():
    known = knowing("0_90_3c_20", "100_90_3c_20", "100_90_3c_60", "9_80_3c_00", "0_90_3e_50")
    event = known.vocabulary.event
    assert event(Token(0, Kind.ON, 60, 127)) == [0]
    assert event(Token(80, Kind.ON, 60, 90)) == [2]
    assert event(Token(999, Kind.ON, 60, 1)) == [1]
    assert event(Token(0, Kind.OFF, 60)) == [3]


def test_a_pitch_that_was_never_played_is_left_out():
    known = knowing("0_90_3c_50", "96_80_3c_00", "5_80_3e_00")
    assert heard(known, note(0, 96, 60), note(96, 96, 62), length=1) == [0, 1]
    assert heard(known, note(0, 96, 5)) == []


def test_of_channels_that_play_the_same_the_first_is_meant():
    known = knowing("0_93_3c_50", "0_91_3c_50", "96_81_3c_00", "96_93_3c_00")
    assert heard(known, note(0, 96, 60), length=1) == [0, 2]


def test_a_delta_that_is_not_just_right_is_made_up_for():
    known = knowing("0_90_3c_50", "100_80_3c_00", "0_90_3e_50", "100_90_3e_50", "80_80_3e_00")
    one, other = played(known, heard(known, note(0, 90, 60), note(200, 75, 62)))
    assert (one, other) == (note(0, 100, 60), note(200, 80, 62))


@pytest.mark.parametrize(
    ("tokens", "ticks", "chosen"),
    [
        (["0_90_3c_50", "0_c0_05", "7_c0_05", "70_c0_05", "9_80_3c_00"], 50, "7_c0_05"),
        (["0_90_3c_50", "0_c0_05", "70_c0_05", "9_80_3c_00", "30_80_3c_00"], 50, "30_80_3c_00"),
        (["0_90_3c_50", "0_c0_05", "70_c0_05", "9_80_3c_00"], 0, "9_80_3c_00"),
    ],
)
def test_time_passes_by_what_begins_no_note(tokens, ticks, chosen):
    known = knowing(*tokens)
    assert tokens[known.vocabulary.wait(ticks)] == chosen
    assert known.vocabulary.waits(ticks) == []
    eager = {"logits": np.zeros((1, len(tokens)), np.float32)}
    voice = FAMILY.voice(known, Sampler(seed=1))
    steps = [voice.choose(eager, Wish(within=Beats(50 * known.grid))) for _ in range(50)]
    assert {known.tokens[step].delta for step in steps} <= {0, 7, 9, 30}


def test_a_note_ends_no_later_than_the_next_one_of_its_pitch_begins_however_long_it_goes_on():
    known = knowing("0_90_3c_50", "1117_80_3c_00", "3_90_3c_50", "13_80_3c_00")
    random = np.random.default_rng(1)
    steps = [int(on + 2 * off) for off in random.integers(2, size=3500) for on in (0, 1)]
    notes = played(known, steps)
    assert notes[-1].end > 4000
    assert all(one.end <= other.onset for one, other in pairwise(notes))
    assert any(one.end == other.onset for one, other in pairwise(notes))


def test_so_many_ticks_as_a_beat_has_are_a_beat():
    known = knowing("0_90_3c_50", "480_80_3c_00")
    (only,) = played(known, heard(known, Note(Beats(0), Beats(1), Pitch(60), Velocity(80))))
    assert 1 <= only.end < 1 + 1e-9
    assert FAMILY.lasts(known, FAMILY.silence(known)) == only.duration
    assert played(known, [0, 1, 1, 1], longest=Beats(1.0)) == [only]


def test_nothing_is_moved():
    known = knowing(*tokens_of("events", "faithful"))
    steps = np.array(heard(known, note(0, 6, 60), note(6, 6, 74)), np.int32)
    assert events.keys(known, steps) == range(1)
    assert events.moved(known, steps, 0).tolist() == steps.tolist()
    assert {FAMILY.transposition(known, Pitch(pitch)) for pitch in range(128)} == {0}


def test_markov_models_tell_channels_apart():
    tokens = ("0_90_3c_50", "0_91_3c_50", "9_80_3c_00", "9_81_3c_00")
    settings = Settings("events", "faithful", "nowhere", (), tokens=tokens)
    first, second = (np.array([channel, 2 + channel] * 20, np.int32) for channel in (0, 1))
    learnt = Tune(first, events.keys(settings.network, first))
    markov = Markov(events, settings.network, list(placed(settings, learnt)))
    assert markov.nats([first])[0] < 1
    assert markov.nats([second])[0] > 39 * np.log(2)


def test_an_encoder_that_is_copied_shares_the_tokens():
    known = knowing("0_90_3c_50", "96_80_3c_00")
    encoder = FAMILY.encoder(known, 0)
    assert copy.deepcopy(encoder)._configuration.vocabulary is known.vocabulary


@pytest.mark.parametrize(
    ("tokens", "told"),
    [
        ((), "faithful has no tokens without a dataset made by `improvd dataset events"),
        (("0_90_3c",), "no MIDI event: the status 90 takes 2 data byte"),
        (("0_90_3c_50", "0_80_3c_00"), "one that passes time and begins none"),
        (("0_c0_05", "9_80_3c_00"), "one that begins a note"),
    ],
)
def test_a_vocabulary_that_nothing_can_be_played_with_is_one_line(tokens, told):
    card = a_card(family="events", configuration="faithful", tokens=tokens)
    with pytest.raises(ModelError, match=told) as caught:
        configuration_of(card)
    assert "\n" not in str(caught.value)
