"""How the RNN-RBM hears and plays: every key on a grid of four frames a beat."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from improvd.core.note import Note
from improvd.core.units import Beats, Pitch, Velocity
from improvd.models.base import ENDED, ENDLESS, decode, encode
from improvd.models.rnnrbm.codec import Decoder, Encoder
from improvd.models.rnnrbm.configuration import CONFIGURATIONS, FAITHFUL, KEYS, LIVE, LOWEST

C, E, G = 60, 64, 67
TRIAD = (C, E, G)


def keys(*pitches):
    """Their bits."""
    return sum(1 << pitch - LOWEST for pitch in pitches)


def live(struck=(), held=()):
    """A frame of `live`."""
    return keys(*struck, *held) | keys(*struck) << KEYS


def note(onset, duration, pitch):
    return Note(Beats(onset), Beats(duration), Pitch(pitch), Velocity(80))


class Player:
    """Plays to an encoder and gathers its frames."""

    def __init__(self, configuration=LIVE, move=0):
        self.encoder = Encoder(configuration, move)
        self.frames = []

    def on(self, beat, *pitches):
        for pitch in pitches:
            self.frames += self.encoder.note_on(Beats(beat), Pitch(pitch), Velocity(80))

    def off(self, beat, *pitches):
        for pitch in pitches:
            self.frames += self.encoder.note_off(Beats(beat), Pitch(pitch))

    def heard(self, end):
        return [*self.frames, *self.encoder.close(Beats(end))]


@pytest.fixture
def player():
    return Player()


def test_a_chord_is_one_frame_however_its_keys_roll_in(player):
    player.on(0.02, C)
    player.on(0.06, E)
    player.on(0.1, G)
    player.off(0.45, *TRIAD)
    assert player.heard(0.75) == [live(TRIAD), live(held=TRIAD), 0]


def test_a_chord_struck_again_is_not_a_held_one(player):
    for beat in (0, 0.25):
        player.on(beat, *TRIAD)
        player.off(beat + 0.24, *TRIAD)
    assert player.heard(0.5) == [live(TRIAD), live(TRIAD)]


def test_the_faithful_one_cannot_tell_them_apart():
    player = Player(FAITHFUL)
    for beat in (0, 0.25):
        player.on(beat, *TRIAD)
        player.off(beat + 0.24, *TRIAD)
    frames = player.heard(0.5)
    assert frames == [keys(*TRIAD)] * 2
    assert decode(Decoder(FAITHFUL, 0), frames) == [note(0, 0.5, pitch) for pitch in TRIAD]


def test_a_note_lasts_a_frame_at_least(player):
    player.on(0, C)
    player.off(0.05, C)
    assert player.heard(0.5) == [live([C]), 0]


def test_a_frame_is_told_once_time_is_half_a_step_past_it(player):
    player.on(0, C)
    assert player.encoder.advance(Beats(0.124)) == []
    assert player.encoder.advance(Beats(0.125)) == [live([C])]


def test_what_the_pedal_keeps_sounds_on(player):
    player.on(0, C)
    player.encoder.pedal(Beats(0), down=True)
    player.encoder.key_up(Beats(0.1), Pitch(C))
    assert player.heard(0.5) == [live([C]), live(held=[C])]


def test_a_key_beyond_the_range_is_left_out_and_counted(player):
    player.on(0, 20, C, 109)
    player.off(0.25, 20, 109)
    assert player.heard(0.5) == [live([C]), live(held=[C])]
    assert player.encoder.left_out == 2


def test_octaves_that_the_model_is_above_the_player_are_taken_back():
    player = Player(move=12)
    player.on(0, 9, 60)
    frames = player.heard(0.25)
    assert frames == [live([21, 72])]
    assert [each.pitch for each in decode(Decoder(LIVE, 12), frames)] == [9, 60]


def test_what_is_held_in_the_first_frame_was_played_by_another():
    decoder = Decoder(LIVE, 0)
    assert decode(decoder, [live([G], held=[C, E]), live(held=TRIAD)]) == [note(0, 0.5, G)]
    assert not decoder.repairs


def test_what_makes_no_sense_is_mended_and_counted():
    decoder = Decoder(LIVE, 0)
    frames = [live([C]), live(held=[C, E]), keys(G) << KEYS]
    assert decode(decoder, frames) == [note(0, 0.5, C), note(0.5, 0.25, G)]
    assert decoder.repairs == {
        "keys held that were not struck": 1,
        "keys struck that do not sound": 1,
    }


@pytest.mark.parametrize("configuration", CONFIGURATIONS.values(), ids=lambda each: each.name)
def test_a_note_that_is_held_too_long_ends_and_does_not_begin_again(configuration):
    decoder = Decoder(configuration, 0, Beats(0.6))
    held = 0 if configuration.strikes else keys(C)
    frames = [live([C]) if configuration.strikes else keys(C), *[held or live(held=[C])] * 9]
    assert decode(decoder, frames) == [note(0, 0.6, C)]
    assert decoder.repairs == {ENDED: 1}
    assert decoder.sounding == 0


def test_the_decoder_tells_how_dense_and_how_full_it_is():
    decoder = Decoder(LIVE, 0)
    for frame in (live(TRIAD), live([72], held=[C, E])):
        decoder.step(frame)
    assert (decoder.attacks, decoder.sounding, decoder.beat) == (2, 3, 0.5)
    assert (decoder.settled, decoder.rest) == (0, 0)
    for frame in (0, 0, 0):
        decoder.step(frame)
    assert (decoder.settled, decoder.rest) == (1.25, 0.75)


rolls = some.lists(some.integers(0, (1 << LIVE.visible) - 1), max_size=40)


@given(rolls, some.integers(-3, 3), some.sampled_from([0.3, 2.0, ENDLESS]))
@settings(deadline=None, derandomize=True, max_examples=50)
def test_any_frames_end_all_their_notes_none_twice_at_once(frames, octaves, longest):
    for configuration in CONFIGURATIONS.values():
        decoder = Decoder(configuration, 12 * octaves, longest)
        told = [frame & (1 << configuration.visible) - 1 for frame in frames]
        notes = decode(decoder, told)
        assert decoder.sounding == 0
        last = {}
        for each in notes:
            assert 0 < each.duration <= longest
            assert each.onset >= last.get(each.pitch, 0)
            last[each.pitch] = each.end


slots = some.lists(
    some.tuples(some.integers(0, 40), some.integers(1, 12), some.integers(LOWEST, LOWEST + 87)),
    max_size=30,
)


def on_the_grid(drawn):
    """Notes of which none begins while its own key sounds."""
    notes, free = [], {}
    for start, length, pitch in sorted(drawn):
        if start >= free.get(pitch, 0):
            notes.append(note(start / 4, length / 4, pitch))
            free[pitch] = start + length
    return sorted(notes, key=lambda each: (each.onset, each.pitch))


@given(slots)
@settings(deadline=None, derandomize=True, max_examples=50)
def test_what_is_on_the_grid_comes_back_as_it_was(drawn):
    notes = on_the_grid(drawn)
    frames = encode(Encoder(LIVE, 0), notes, Beats(13))
    assert decode(Decoder(LIVE, 0), frames) == notes


@given(slots)
@settings(deadline=None, derandomize=True, max_examples=50)
def test_without_strikes_it_comes_back_where_no_key_is_struck_as_it_ends(drawn):
    notes, ends = [], {}
    for each in on_the_grid(drawn):
        if each.onset != ends.get(each.pitch):
            notes.append(each)
            ends[each.pitch] = each.end
    frames = encode(Encoder(FAITHFUL, 0), notes, Beats(13))
    assert decode(Decoder(FAITHFUL, 0), frames) == notes


@given(slots, some.lists(some.floats(-0.1, 0.1), min_size=30, max_size=30))
@settings(deadline=None, derandomize=True, max_examples=50)
def test_heard_as_it_happens_or_all_at_once_is_the_same(drawn, hands):
    notes = on_the_grid(drawn)
    played = [
        note(max(0, each.onset + away), each.duration, each.pitch)
        for each, away in zip(notes, hands, strict=False)
    ]
    whole = encode(Encoder(LIVE, 0), played, Beats(14))
    watched = Watched(Encoder(LIVE, 0))
    assert encode(watched, played, Beats(14)) == whole


class Watched:
    """An encoder that is told of the time between its calls as well."""

    def __init__(self, encoder):
        self._encoder = encoder
        self._now = 0.0

    def __getattr__(self, name):
        def call(beat, *told, **more):
            steps = []
            while self._now < beat:
                steps += self._encoder.advance(Beats(self._now))
                self._now += 0.01
            return [*steps, *getattr(self._encoder, name)(beat, *told, **more)]

        return call
