"""How a C-RNN-GAN hears and plays: note by note, each told when it is over."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from improvd.core.note import Note
from improvd.core.units import Beats, Bpm, Pitch, Velocity
from improvd.models.base import ENDLESS, decode, encode
from improvd.models.crnngan.codec import Decoder, Encoder
from improvd.models.crnngan.configuration import (
    FARTHEST,
    LIVE,
    LONGEST,
    LOWEST,
    TICKS,
    Tone,
    paced,
    rest,
)

C, E, G = 60, 64, 67
TICK = LIVE.grid
BEAT = round(1 / TICK)  # ticks


def note(onset, duration, pitch, velocity=80):
    return Note(Beats(onset), Beats(duration), Pitch(pitch), Velocity(velocity))


class Player:
    """Plays to an encoder and gathers its tones."""

    def __init__(self, configuration=LIVE, move=0):
        self.encoder = Encoder(configuration, move)
        self.tones = []

    def on(self, beat, *pitches, velocity=80):
        for pitch in pitches:
            self.tones += self.encoder.note_on(Beats(beat), Pitch(pitch), Velocity(velocity))

    def off(self, beat, *pitches):
        for pitch in pitches:
            self.tones += self.encoder.note_off(Beats(beat), Pitch(pitch))

    def passes(self, beat):
        self.tones += self.encoder.advance(Beats(beat))

    def heard(self, end):
        return [*self.tones, *self.encoder.close(Beats(end))]


@pytest.fixture
def player():
    return Player()


def test_a_chord_is_tones_that_begin_at_once_from_the_lowest_up_however_its_keys_roll_in(player):
    player.on(0.004, G, velocity=90)
    player.on(0.006, C, velocity=50)
    player.on(0.010, E)
    player.off(1.0, C, E, G)
    assert player.heard(1.0) == [
        Tone(0, C, 50, BEAT),
        Tone(0, E, 80, BEAT),
        Tone(0, G, 90, BEAT),
        rest(BEAT),
    ]


def test_a_tone_is_told_when_it_is_over_and_all_before_it_are(player):
    player.on(0.0, C)
    player.on(0.5, E)
    player.off(1.0, E)
    player.passes(2.0)
    assert player.tones == [], "the C below it sounds"
    player.off(2.0, C)
    assert player.tones == [Tone(0, C, 80, 2 * BEAT), Tone(BEAT // 2, E, 80, BEAT // 2)]


def test_on_its_own_tick_a_lower_one_may_still_begin(player):
    player.on(0.0, C)
    player.off(0.001, C)
    assert player.tones == []
    player.passes(TICK)
    assert player.tones == [Tone(0, C, 80, 1)]


def test_struck_again_a_note_ends(player):
    player.on(0.0, C)
    player.on(1.0, C, velocity=40)
    player.off(1.5, C)
    assert player.tones == [Tone(0, C, 80, BEAT), Tone(BEAT, C, 40, BEAT // 2)]


def test_what_the_pedal_keeps_sounds_on(player):
    player.on(0, C)
    player.encoder.pedal(Beats(0), down=True)
    player.encoder.key_up(Beats(0.1), Pitch(C))
    assert player.heard(1.0) == [Tone(0, C, 80, BEAT), rest(BEAT)]


def test_a_note_without_an_end_is_told_as_the_longest_there_is(player):
    player.on(0, C)
    player.passes((LONGEST - 1) * TICK)
    assert player.tones == []
    player.passes(LONGEST * TICK)
    assert player.tones == [Tone(0, C, 80, LONGEST)]
    player.off((LONGEST + 9) * TICK, C)
    rests_after = [rest(FARTHEST), rest(FARTHEST), rest(9)]
    assert player.heard((LONGEST + 9) * TICK) == [Tone(0, C, 80, LONGEST), *rests_after]


def test_a_long_silence_is_rests(player):
    for onset in (0, FARTHEST, 3 * FARTHEST):
        player.on(onset * TICK, C)
        player.off((onset + 1) * TICK, C)
    assert player.heard((3 * FARTHEST + 1) * TICK) == [
        Tone(0, C, 80, 1),
        Tone(FARTHEST, C, 80, 1),
        rest(FARTHEST),
        Tone(FARTHEST, C, 80, 1),
        rest(1),
    ]


def test_beyond_the_range_a_note_is_moved_by_octaves_and_back():
    player = Player(move=12)
    player.on(0, 5, 60)
    tones = player.heard(1)
    assert [each.pitch for each in tones[:2]] == [29, 72]
    assert player.encoder.left_out == 0
    assert [each.pitch for each in decode(Decoder(LIVE, 12), tones)] == [29, 60]


def test_the_same_seconds_are_the_same_tones_at_every_tempo():
    seconds = [(0.0, 0.4, C), (0.0, 0.9, E), (0.5, 0.25, G), (1.25, 0.5, C)]
    heard = []
    for bpm in (60, 120, 180):
        beat = bpm / 60
        notes = [note(onset * beat, length * beat, pitch) for onset, length, pitch in seconds]
        heard.append(encode(Encoder(paced(LIVE, Bpm(bpm)), 0), notes, Beats(2 * beat)))
    assert heard[0] == heard[1] == heard[2]
    assert heard[0][:3] == [
        Tone(0, C, 80, round(0.4 * TICKS)),
        Tone(0, E, 80, round(0.9 * TICKS)),
        Tone(TICKS // 2, G, 80, TICKS // 4),
    ]


def test_the_same_tones_are_the_same_seconds_at_every_tempo():
    tones = [Tone(0, C, 80, 64), Tone(32, E, 80, 64), rest(64)]
    for bpm in (60, 120, 180):
        decoder = Decoder(paced(LIVE, Bpm(bpm)), 0)
        seconds = [(each.onset * 60 / bpm, each.end * 60 / bpm) for each in decode(decoder, tones)]
        assert seconds == [pytest.approx((0, 1)), pytest.approx((0.5, 1.5))]


def test_a_note_is_complete_when_the_tones_reach_its_end():
    decoder = Decoder(LIVE, 0)
    assert decoder.step(Tone(0, C, 80, 64)) == []
    assert (decoder.sounding, decoder.settled, decoder.rest) == (1, 0.0, 0.0)
    assert decoder.step(Tone(32, E, 80, 16)) == []
    assert decoder.step(rest(31)) == [note(1, 0.5, E)]
    assert decoder.settled == 0.0, "the C that began before is still open"
    assert decoder.step(rest(33)) == [note(0, 2, C)]
    assert (decoder.attacks, decoder.sounding, decoder.beat) == (2, 0, 3.0)
    assert (decoder.settled, decoder.rest) == (3.0, 1.0)


def test_struck_again_it_ends_there_and_twice_at_once_it_begins_once():
    decoder = Decoder(LIVE, 0)
    tones = [Tone(0, C, 80, 64), Tone(32, C, 40, 64), Tone(0, C, 99, 9), rest(100)]
    assert decode(decoder, tones) == [note(0, 1, C), note(1, 2, C, 40)]
    assert decoder.repairs == {"notes begun twice at once": 1}
    assert decoder.attacks == 2


def test_no_note_is_longer_than_it_may_be_and_none_sounds_on_at_the_close():
    decoder = Decoder(LIVE, 0, Beats(0.6))
    tones = [Tone(0, C, 80, 300), Tone(128, E, 80, 300), Tone(3, G, 80, 300)]
    ends = [(each.pitch, each.duration) for each in decode(decoder, tones)]
    assert ends == [(C, 19 * TICK), (E, 3 * TICK), (G, TICK)]


drawn = some.lists(
    some.builds(
        Tone,
        some.integers(0, FARTHEST) | some.just(0),
        some.integers(LOWEST, LOWEST + 87),
        some.integers(0, 127),
        some.integers(1, LONGEST),
    ),
    max_size=40,
)


@given(drawn, some.integers(-3, 3), some.sampled_from([0.3, 2.0, ENDLESS]), some.integers(20, 400))
@settings(deadline=None, derandomize=True, max_examples=100)
def test_any_tones_end_all_their_notes_none_twice_at_once(tones, octaves, longest, bpm):
    configuration = paced(LIVE, Bpm(bpm))
    tick = configuration.grid
    decoder = Decoder(configuration, 12 * octaves, Beats(longest))
    notes = decode(decoder, tones)
    assert decoder.sounding == 0
    last = {}
    for each in notes:
        assert 0 < each.duration <= max(longest, tick)
        assert each.onset >= last.get(each.pitch, 0)
        last[each.pitch] = each.end


slots = some.lists(
    some.tuples(some.integers(0, 300), some.integers(1, 90), some.integers(LOWEST, LOWEST + 87)),
    max_size=30,
)


def on_the_grid(slots):
    """Notes of which none begins while its own key sounds."""
    notes, free = [], {}
    for start, length, pitch in sorted(slots):
        if start >= free.get(pitch, 0):
            notes.append(note(start * TICK, length * TICK, pitch, 1 + (start + pitch) % 127))
            free[pitch] = start + length
    return sorted(notes, key=lambda each: (each.onset, each.pitch))


@given(slots)
@settings(deadline=None, derandomize=True, max_examples=100)
def test_what_is_on_the_grid_comes_back_as_it_was(slots):
    notes = on_the_grid(slots)
    tones = encode(Encoder(LIVE, 0), notes, Beats(13))
    assert decode(Decoder(LIVE, 0), tones) == notes


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


@given(slots, some.lists(some.floats(-0.1, 0.1), min_size=30, max_size=30))
@settings(deadline=None, derandomize=True, max_examples=30)
def test_heard_as_it_happens_or_all_at_once_is_the_same(slots, hands):
    played = [
        note(max(0, each.onset + away), each.duration, each.pitch)
        for each, away in zip(on_the_grid(slots), hands, strict=False)
    ]
    whole = encode(Encoder(LIVE, 0), played, Beats(14))
    assert encode(Watched(Encoder(LIVE, 0)), played, Beats(14)) == whole


def test_a_clock_that_wavers_takes_no_tone_back(player):
    player.on(1.0, C)
    player.off(1.5, C)
    player.on(0.9, E)
    assert player.heard(2.0) == [
        Tone(BEAT, C, 80, BEAT // 2),
        Tone(0, E, 80, BEAT),
        rest(BEAT),
    ]
