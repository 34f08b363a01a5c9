"""How Melody RNN hears: the top line of what is played, on a grid of four steps a beat."""

import pytest

from improvd.core.units import Beats, Pitch, Velocity, fold
from improvd.models.melody.codec import Decoder, Encoder
from improvd.models.melody.configuration import BASIC
from improvd.models.melody.configuration import transposition as move_of

C, D, E, G = 60, 62, 64, 67


class Player:
    """Plays to an encoder and gathers its steps; pitches come back as they were played."""

    def __init__(self, move=0):
        self.encoder = Encoder(BASIC, move)
        self.steps = []

    def on(self, beat, pitch):
        self.steps += self.encoder.note_on(Beats(beat), Pitch(pitch), Velocity(80))

    def up(self, beat, pitch):
        self.steps += self.encoder.key_up(Beats(beat), Pitch(pitch))

    def off(self, beat, pitch):
        self.steps += self.encoder.note_off(Beats(beat), Pitch(pitch))

    def heard(self, end):
        steps = [*self.steps, *self.encoder.close(Beats(end))]
        return ["-" if step == 0 else "off" if step == 1 else BASIC.pitch(step) for step in steps]


@pytest.fixture
def player():
    return Player()


def test_a_note_lasts_until_its_sound_ends(player):
    player.on(0, C)
    player.off(0.52, C)
    assert player.heard(1) == [C, "-", "off", "-"]


def test_a_note_lasts_one_step_at_least(player):
    player.on(0, C)
    player.off(0.05, C)
    assert player.heard(1) == [C, "off", "-", "-"]


def test_a_key_struck_again_begins_again(player):
    player.on(0, C)
    player.on(0.5, C)
    assert player.heard(1) == [C, "-", C, "-"]


def test_of_a_chord_the_top_is_heard(player):
    for pitch in (E, G, C):
        player.on(0.02, pitch)
    assert player.heard(0.5) == [G, "-"]


def test_a_lower_note_under_a_held_key_is_not_heard(player):
    player.on(0, G)
    player.on(0.5, C)
    player.off(0.75, C)
    player.off(1, G)
    assert player.heard(1.5) == [G, "-", "-", "-", "off", "-"]


def test_a_lower_note_takes_over_from_a_key_let_go_just_after(player):
    player.on(0, G)
    player.on(0.5, E)
    player.off(0.55, G)
    assert player.heard(1) == [G, "-", E, "-"]


def test_the_bass_does_not_take_over_from_a_melody_that_ends_later(player):
    player.on(0, G)
    player.on(0.25, C)
    player.off(1, G)
    assert player.heard(1.5) == [G, "-", "-", "-", "off", "-"]


def test_a_note_that_only_the_pedal_keeps_yields_to_a_lower_one(player):
    player.on(0, G)
    player.up(0.2, G)
    player.on(0.5, C)
    player.off(0.75, G)
    assert player.heard(1) == [G, "-", C, "-"]


def test_a_step_is_given_once_time_is_half_a_step_past_it(player):
    player.on(0, C)
    assert list(player.encoder.advance(Beats(0.12))) == []
    assert len(player.encoder.advance(Beats(0.13))) == 1


def test_early_and_late_onsets_fall_on_the_nearest_step(player):
    player.on(0, C)
    player.on(0.45, D)
    player.on(1.05, E)
    assert player.heard(1.25) == [C, "-", D, "-", E]


def test_a_phrase_is_moved_and_what_then_does_not_fit_is_folded():
    player = Player(move=-12)
    player.on(0, 90)
    player.on(0.25, 100)
    player.off(0.5, 100)
    player.on(0.5, 30)
    assert player.heard(0.75) == [78, 76, 54]


def test_the_answer_is_moved_back():
    decoder = Decoder(BASIC, -12)
    decoder.step(BASIC.event(Pitch(60)))
    assert [note.pitch for note in decoder.close()] == [72]


def test_an_answer_knows_how_long_it_rests():
    decoder = Decoder(BASIC, 0)
    rests = []
    for step in (0, BASIC.event(Pitch(60)), 0, 1, 0):
        decoder.step(step)
        rests.append(decoder.rest)
    assert rests == [0.25, 0, 0, 0.25, 0.5]


@pytest.mark.parametrize(("pitch", "folded"), [(47, 59), (48, 48), (83, 83), (84, 72), (0, 48)])
def test_folding_takes_as_few_octaves_as_will_do(pitch, folded):
    assert fold(pitch, 48, 83) == folded


@pytest.mark.parametrize(("pitch", "move"), [(60, 0), (48, 12), (83, -12), (36, 24), (100, -24)])
def test_a_phrase_is_moved_to_where_it_has_room(pitch, move):
    assert move_of(BASIC, Pitch(pitch)) == move
