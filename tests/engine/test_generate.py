"""Going on from a primer: the model's own choices, repeatable, and likelier when searched for."""

from pathlib import Path

import numpy as np
import pytest
from fakes import EVENTS, pedalling
from gan import gan_model
from tiny import a_card, tiny_model

from improvd.core.chord import Chord
from improvd.core.harmony import Harmony
from improvd.core.note import Note
from improvd.core.pedal import Pedal
from improvd.core.units import Beats, Bpm, Pitch, Velocity
from improvd.engine.generate import Generator, Length, Search, _Streams
from improvd.engine.improviser import Improviser
from improvd.engine.session import Session
from improvd.models.base import ANYTHING, ENDLESS
from improvd.models.sampling import Sampler

MODEL = Path(__file__).parents[2] / "exported_models" / "melody-basic.onnx"
TUNE = [
    Note(Beats(2.0 + at), Beats(1.0), Pitch(pitch), Velocity(90))
    for at, pitch in enumerate((60, 64, 67, 65, 64, 62, 60, 67))
]


PLAIN = Search()


def generator(search=PLAIN, notes=TUNE):
    """The shipped model, after a tune."""
    made = Generator(Session.load(MODEL, batch=search.streams), search)
    if notes:
        made.prime(notes)
    return made


def test_in_another_style_it_goes_on_otherwise(tmp_path):
    path = gan_model(tmp_path / "band.onnx", "styled", ("classical", "pop"))
    found = []
    for style in ("classical", "pop", "classical"):
        made = Generator(Session.load(path), style=style)
        made.prime(TUNE)
        assert made.styles == ("classical", "pop")
        found.append(made.generate(Length(steps=50), Sampler(seed=1)).notes)
    assert found[0] == found[2] != found[1]
    assert generator().styles == ()


def likeliness(steps, primer):
    """What a lone session makes of `steps` after `primer`, nats: step by step, no search."""
    session = Session.load(MODEL)
    improviser = Improviser(session, Sampler())
    improviser.feed(primer)
    voice = improviser.family.voice(improviser.configuration, Sampler())
    total = 0.0
    for step in steps:
        total += voice.score(improviser.snapshot().outputs, step)
        improviser.feed([step])
    return total


def test_equal_dice_make_equal_music_and_others_other():
    made = generator()
    one, again, other = (made.generate(Length(steps=64), Sampler(seed=seed)) for seed in (7, 7, 8))
    assert one == again
    assert one.notes != other.notes


def test_who_tells_seconds_goes_on_as_fast_at_every_tempo(tmp_path):
    path = gan_model(tmp_path / "tiny.onnx")
    heard = []
    for bpm in (60.0, 180.0):
        beat = 60 / bpm
        tune = [
            Note(Beats(at / beat), Beats(0.5 / beat), Pitch(60 + at), Velocity(90))
            for at in range(8)
        ]
        made = Generator(Session.load(path), PLAIN, bpm=Bpm(bpm))
        made.prime(tune)
        found = made.generate(Length(steps=50), Sampler(seed=1)).notes
        heard.append([(each.onset * beat, each.duration * beat, each.pitch) for each in found])
    (slow, quick) = heard
    assert len(slow) > 30
    for one, other in zip(slow, quick, strict=True):
        assert one == pytest.approx(other)


def test_a_beam_of_one_is_plain_sampling():
    lone = Improviser(Session.load(MODEL), Sampler())
    voice = lone.family.voice(lone.configuration, Sampler(seed=3))
    decoder = lone.family.decoder(lone.configuration, 0, ENDLESS)
    heard = [lone.family.silence(lone.configuration)]
    notes = []
    for _ in range(64):
        outputs = {"logits": lone._session.step(voice.hear(heard[-1]))["logits"].copy()}
        heard.append(voice.choose(outputs, ANYTHING))
        notes += decoder.step(heard[-1])
    found = generator(notes=[]).generate(Length(steps=64), Sampler(seed=3))
    assert list(found.notes) == [*notes, *decoder.close()]
    assert found.score * 64 == pytest.approx(likeliness(heard[1:], heard[:1]), abs=1e-3)


@pytest.mark.parametrize("search", [Search(4, 1), Search(3, 2), Search(2, 3, 5)], ids=str)
def test_every_row_carries_its_own_state_through_the_search(search):
    primer = [14, 0, 0, 0, 18, 0, 0, 0]
    session = Session.load(MODEL, batch=search.streams)
    lone = Improviser(session, Sampler())
    lone.feed(primer)
    primed, sampler = lone.snapshot(), Sampler(seed=5)
    voices = [lone.family.voice(lone.configuration, sampler) for _ in range(search.streams)]
    for voice in voices:
        voice.restore(primed.history)
    streams = _Streams(session, voices, primed.outputs, lambda _: Beats(0.25), sampler.dice)
    best = streams.search(Length(steps=32), search)
    assert streams.scores[best] == streams.scores.max()
    assert {len(steps) for steps in streams.steps} == {32}
    for steps, score, voice in zip(streams.steps, streams.scores, voices, strict=True):
        assert score * 32 == pytest.approx(likeliness(steps, primer), abs=1e-3)
        heard = lone.family.voice(lone.configuration, sampler)
        for step in primer + steps:
            heard.hear(step)
        assert voice.snapshot() == heard.snapshot()


def test_what_is_searched_for_is_likelier():
    def mean(search):
        made = generator(search)
        return np.mean(
            [made.generate(Length(steps=32), Sampler(seed=seed)).score for seed in range(6)]
        )

    assert mean(Search(4, 2)) > mean(Search(4)) > mean(PLAIN)


def test_temperature_changes_what_is_drawn_but_not_how_it_is_scored():
    made = generator()
    cold, hot = (
        made.generate(Length(steps=64), Sampler(temperature, seed=1)) for temperature in (0.0, 2.0)
    )
    assert cold.score > hot.score
    assert hot.score < -1.5  # tempered, it would look likelier than it is


def test_a_continuation_begins_where_the_primer_ends():
    made = generator()
    assert made.start == 10.0
    notes = made.generate(Length(steps=64), Sampler(seed=2)).notes
    assert notes
    assert all(10.0 <= note.onset < note.end <= 26.0 for note in notes)


def test_it_is_as_long_as_was_said_in_steps_or_in_beats():
    made = generator()
    steps, beats = (
        made.generate(length, Sampler(seed=2)) for length in (Length(steps=64), Length(Beats(16.0)))
    )
    assert steps == beats


def test_it_comes_in_the_octave_of_the_top_line():
    low = [Note(note.onset, note.duration, Pitch(note.pitch - 36), note.velocity) for note in TUNE]
    made = generator(notes=[*low, *TUNE])
    notes = made.generate(Length(steps=256), Sampler(seed=2)).notes
    assert all(48 <= note.pitch <= 83 for note in notes)
    alone = generator(notes=low).generate(Length(steps=256), Sampler(seed=2)).notes
    assert all(12 <= note.pitch <= 47 for note in alone)


def test_a_last_note_too_short_for_the_grid_is_heard():
    short = [Note(Beats(0.0), Beats(0.05), Pitch(60), Velocity(80))]
    assert generator(notes=short).start == 0.25


def test_nothing_is_forced(tmp_path):
    path = tiny_model(tmp_path / "tiny.onnx", units=EVENTS, card=a_card())
    quiet = Generator(Session.load(path))
    assert quiet.generate(Length(steps=24), Sampler(temperature=0.0)).notes == []


def test_the_pedal_is_heard_of_the_primer_and_up_at_the_end_of_what_comes_after():
    made = Generator(pedalling())
    made.prime(TUNE, [Pedal(Beats(1.5), down=True), Pedal(Beats(9.5), down=False)])
    assert made.start == 10.0, "where the last key is let go, though the pedal was up before"
    found = made.generate(Length(Beats(8.0)), Sampler(seed=2))
    assert [move.down for move in found.pedal] == [True, False] * (len(found.pedal) // 2)
    assert found.pedal
    assert found.pedal[0].beat >= 10.0
    assert found.pedal[-1].beat <= 18.0


def test_who_hears_chords_is_told_them_from_the_primers_first_beat_on(tmp_path):
    tokens = ("C,12", "C,12,1", "C,12,-1")
    card = a_card(family="jazz", configuration="faithful", tokens=tokens)
    session = Session.load(tiny_model(tmp_path / "a.onnx", 3, card, {1: 9.0}))
    harmony = Harmony([(Beats(0.0), Chord(0, "")), (Beats(2.0), Chord(1, ""))], Beats(4.0))
    made = Generator(session, harmony=harmony)
    made.prime([Note(Beats(1.0), Beats(2.0), Pitch(64), Velocity(80))])
    found = made.generate(Length(steps=8), Sampler(temperature=0, restless=0.0))
    assert found.notes[0].onset == pytest.approx(3.0)  # where the primer ends
    assert [note.pitch % 12 in harmony.at(note.onset).tones for note in found.notes] == [True] * 8
