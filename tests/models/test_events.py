"""MIDI events as tokens: what is played comes back as it was, and what makes no sense is mended."""

import copy

import numpy as np
import pytest

from improvd.core.note import Note
from improvd.core.units import Beats, Pitch, Velocity
from improvd.models.base import ANYTHING, ENDED, ENDLESS, Wish, decode, encode
from improvd.models.events import FAMILY
from improvd.models.events.configuration import HIGHEST, LIVE, LOWEST, OF_A_KEY, WAITS
from improvd.models.events.keys import keys, moved
from improvd.models.events.vocabulary import Kind, Token
from improvd.models.sampling import Sampler

TICK = LIVE.grid
KNOWN = LIVE.vocabulary


def note(onset, duration, pitch, velocity=72):
    return Note(Beats(onset), Beats(duration), Pitch(pitch), Velocity(velocity))


def heard(notes, length, move=0):
    return encode(FAMILY.encoder(LIVE, move), notes, Beats(length))


def played(steps, move=0, longest=ENDLESS):
    return decode(FAMILY.decoder(LIVE, move, longest), steps)


def number(*token):
    (found,) = KNOWN.event(Token(*token))
    return found


def test_there_are_4096_tokens_and_each_is_itself():
    assert LIVE.events == LIVE.classes == len(set(KNOWN.tokens)) == 4096
    for at, token in enumerate(KNOWN.tokens):
        assert (KNOWN.waits(token.delta) if token.kind is Kind.WAIT else KNOWN.event(token)) == [at]


def test_a_chord_comes_back_with_its_velocities_and_as_it_was_played():
    chord = [note(0.0, 2.0, 48, 56), note(0.0, 1.5, 60, 88), note(1 / 32, 1.75, 64, 104)]
    assert played(heard(chord, 4.0)) == chord
    decoder = FAMILY.decoder(LIVE, 0, ENDLESS)
    for step in heard(chord, 4.0):
        decoder.step(step)
    assert decoder.beat == 4.0
    assert decoder.rest == 2.0


def test_any_delta_can_be_told():
    for ticks in range(1, 400):
        steps = [*KNOWN.event(Token(ticks, Kind.ON, 60, 72)), *KNOWN.event(Token(1, Kind.OFF, 60))]
        (only,) = played(steps)
        assert only.onset == ticks * TICK
    assert len(KNOWN.event(Token(399, Kind.ON, 60, 72))) == 10


@pytest.mark.parametrize(("velocity", "level"), [(1, 40), (47, 40), (49, 56), (80, 72), (127, 120)])
def test_velocity_falls_on_the_nearest_level(velocity, level):
    assert played(heard([note(0, 1, 60, velocity)], 1))[0].velocity == level


def test_a_key_struck_again_ends_what_it_began():
    again = [note(0.0, 1.0, 60), note(0.5, 1.0, 60)]
    assert [(each.onset, each.duration) for each in played(heard(again, 2))] == [
        (0, 0.5),
        (0.5, 0.5),
    ]


def test_what_lies_beyond_the_piano_is_moved_by_octaves():
    steps = heard([note(0, 1, 5), note(1, 1, 120)], 2)
    assert [each.pitch for each in played(steps)] == [29, 108]
    assert [each.pitch for each in played(heard([note(0, 1, 60)], 1, move=12), move=12)] == [60]


def test_nothing_is_mended_in_silence():
    decoder = FAMILY.decoder(LIVE, 0, Beats(2.0))
    on, off, far = number(0, Kind.ON, 60, 72), number(0, Kind.OFF, 62), KNOWN.waits(5 * 32)
    notes = [each for step in [on, off, on, *far] for each in decoder.step(step)]
    assert notes == [note(0.0, 2.0, 60)]
    assert decoder.repairs == {
        "note-offs without a note": 1,
        "notes begun twice at once": 1,
        ENDED: 1,
    }
    assert decoder.settled == decoder.beat == 5.0


def test_a_note_that_sounds_is_not_settled():
    decoder = FAMILY.decoder(LIVE, 0, ENDLESS)
    for step in [number(0, Kind.ON, 60, 72), *KNOWN.waits(32), number(0, Kind.ON, 64, 72)]:
        decoder.step(step)
    assert (decoder.beat, decoder.settled, decoder.rest) == (1.0, 0.0, 0.0)


def test_a_token_that_would_reach_too_far_is_time_that_passes():
    voice = FAMILY.voice(LIVE, Sampler(temperature=0))
    late = number(16, Kind.ON, 60, 72)
    outputs = {"logits": np.eye(1, LIVE.classes, late, dtype=np.float32) * 50}
    assert voice.choose(outputs, ANYTHING) == late
    chosen = KNOWN.tokens[voice.choose(outputs, Wish(within=Beats(0.25)))]
    assert chosen == Token(8, Kind.WAIT)


def test_only_what_joins_the_last_chord_begins_while_it_is_held():
    voice = FAMILY.voice(LIVE, Sampler(temperature=5, seed=1))
    flat = {"logits": np.zeros((1, LIVE.classes), np.float32)}
    wish = Wish(hold=True, pitch_classes=frozenset({0, 4, 7}))
    chosen = [KNOWN.tokens[voice.choose(flat, wish)] for _ in range(300)]
    begun = [token for token in chosen if token.kind is Kind.ON]
    assert begun
    assert {token.pitch % 12 for token in begun} == {0, 4, 7}
    assert {token.delta for token in begun} == {0}
    assert Kind.OFF in {token.kind for token in chosen}


def test_a_piece_is_moved_into_every_key_near_its_own_that_fits_the_piano():
    steps = np.array(heard([note(0, 1, 60), note(1, 1, 64)], 2), np.int32)
    assert keys(LIVE, steps) == range(-5, 7)
    up = played(int(step) for step in moved(LIVE, steps, 6))
    assert [each.pitch for each in up] == [66, 70]
    edges = np.array(heard([note(0, 1, LOWEST + 1), note(1, 1, HIGHEST)], 2), np.int32)
    assert keys(LIVE, edges) == range(-1, 1)
    assert LIVE.events == WAITS + OF_A_KEY * 88


def test_an_encoder_that_is_copied_shares_the_tokens_and_nothing_else():
    encoder = FAMILY.encoder(LIVE, 0)
    encoder.note_on(Beats(0.0), Pitch(60), Velocity(72))
    copied = copy.deepcopy(encoder)
    assert copied._configuration.vocabulary is KNOWN
    copied.close(Beats(1.0))
    assert encoder.note_off(Beats(0.5), Pitch(60)) == [number(16, Kind.OFF, 60)]
