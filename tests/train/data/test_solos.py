"""From a MIDI file with a solo over chords to the snippets of musical values that are learnt."""

import mido
import numpy as np
import pytest

from improvd.core.chord import Chord
from improvd.core.harmony import Harmony
from improvd.core.note import Note
from improvd.core.units import Beats, Bpm, Pitch, Velocity
from improvd.engine.generate import Generator, Length
from improvd.engine.session import Session
from improvd.errors import DataError
from improvd.models.base import family
from improvd.models.jazz.faithful.values import Kind, Value, kind_of
from improvd.models.sampling import Sampler
from improvd.ports.midifile import write_midi
from improvd.train.data.dataset import Dataset, build
from improvd.train.data.grammar import Where, read_solo, read_where
from improvd.train.data.solos import LENGTH, SNIPPETS
from improvd.train.learn.finish import finish
from improvd.train.learn.fit import Trainer
from improvd.train.runs.hparams import parse
from improvd.train.runs.run import Run, Settings

C7, F7 = (48, 58, 64), (53, 57, 63)
LINE = [60, 62, 64, 67, 66, 65, 64, 60]
WHERE = Where("Horn", "Piano", (4, 8))


def note(beat, pitch, length=0.5):
    return Note(Beats(beat), Beats(length), Pitch(pitch), Velocity(80))


def a_tune(path, bars=12):
    """A horn in eighths over a chord a bar; the first bar is before the solo."""
    horn = [note(at / 2, LINE[(3 * at) % 8] + at % 5) for at in range(8, 8 * bars)]
    piano = [note(4 * at, pitch, 4) for at in range(bars) for pitch in (C7, F7)[at % 2]]
    write_midi(path, {"Piano": piano, "Bass": [note(0, 36)], "Horn": horn}, Bpm(120.0))
    path.with_suffix(".toml").write_text(f'melody = "Horn"\nbeats = [4, {4 * bars}]\n')
    return path


def told(path, notes, chords, where=WHERE):
    """The values of notes (beat, pitch, length) over chords."""
    piano = [note(beat, pitch, 4) for beat, chord in chords for pitch in chord]
    write_midi(path, {"Horn": [note(*each) for each in notes], "Piano": piano}, Bpm(120.0))
    return [str(value) for value in read_solo(path, where)]


def test_a_note_is_told_by_its_chord_its_length_and_its_leap(tmp_path):
    notes = [(4, 60), (4.5, 62), (5, 63), (5.5, 64, 1), (6.5, 70, 0.25), (6.75, 67, 1.25)]
    assert told(tmp_path / "a.mid", notes, [(4, C7)]) == [
        *("C,6", "S,6,2", "A,6,1", "C,12,1", "C,3,6", "S,15,-3"),
    ]


def test_times_are_rounded_to_sixteenths_and_triplets_and_nothing_to_a_sixteenth(tmp_path):
    notes = [(4.02, 60, 0.3), (4.35, 62, 0.05), (4.68, 64, 0.7)]
    assert told(tmp_path / "a.mid", notes, [(4, C7)]) == ["C,4", "S,3,2", "C,8,2"]


def test_each_bar_begins_without_a_leap_over_its_own_first_chord(tmp_path):
    where = Where("Horn", "Piano", (4, 16))
    chords = [(4, C7), (9, F7), (10, C7)]  # of the last bar none: that before it goes on
    notes = [(7.5, 60), (8, 63), (9.5, 64), (11, 64), (12, 58)]
    assert told(tmp_path / "a.mid", notes, chords, where) == ["C,6", "C,6", "A,6,1", "C,6,0", "C,6"]


def test_what_is_before_and_after_the_solo_is_left_out(tmp_path):
    notes = [(0, 60), (3.9, 61), (4, 60), (7.5, 60), (8, 60)]
    assert len(told(tmp_path / "a.mid", notes, [(4, C7)])) == 3  # 3.9 is nearest to 4


def test_a_dataset_has_sixty_snippets_and_the_whole_solo_in_place_of_held_out_music(tmp_path):
    a_tune(tmp_path / "tune.mid")
    built = build(family("jazz"), tmp_path, 0.1, "faithful")
    built.save(tmp_path / "data")
    dataset = Dataset.load(tmp_path / "data")
    known = family("jazz").configuration("faithful", dataset.tokens)
    solo = [str(value) for value in read_solo(tmp_path / "tune.mid", _where(tmp_path))]
    assert [len(each) for each in dataset.training] == [LENGTH] * SNIPPETS
    assert [[str(known.told(step).value) for step in each[1:]] for each in dataset.evaluation] == [
        solo
    ]
    assert all(not known.told(each[0]).value.begins for each in dataset.melodies)
    starts = {
        _place(solo, [str(known.values[step]) for step in each[1:]]) for each in dataset.training
    }
    assert len(starts) > 20
    assert dataset.counts["distinct values"] == len(set(solo)) == len(dataset.tokens)
    assert dataset.counts["values"] == len(solo)


def _where(folder):
    return read_where(folder / "tune.toml")


def _place(solo, snippet):
    """Where in the solo the snippet begins."""
    lines = "|".join(solo) + "|"
    at = lines.index("|".join(snippet) + "|")
    return lines[:at].count("|")


def test_the_same_music_gives_the_same_snippets(tmp_path):
    a_tune(tmp_path / "tune.mid")
    one, other = (build(family("jazz"), tmp_path, 0.1, "faithful") for _ in range(2))
    assert all(map(np.array_equal, one.melodies, other.melodies))


def test_the_snippets_are_learnt_by_heart_and_the_model_plays_over_any_chart(tmp_path):
    a_tune(tmp_path / "tune.mid")
    dataset = build(family("jazz"), tmp_path, 0.1, "faithful")
    dataset.save(tmp_path / "data")
    settings = Settings(
        *("jazz", "faithful", str(tmp_path / "data"), (), parse("jazz")), tokens=dataset.tokens
    )
    trainer = Trainer(Run(tmp_path / "run", settings), dataset)
    assert trainer.epoch == 2
    before = trainer.evaluate()
    trainer.fit(60)
    assert before.per_step == pytest.approx(np.log(len(dataset.tokens)), abs=0.2)
    assert trainer.evaluate().per_step < before.per_step - 1
    finish(tmp_path / "run", tmp_path / "own.onnx")
    harmony = Harmony([(Beats(0.0), Chord(1, "maj7")), (Beats(4.0), Chord(6, "7"))], Beats(8.0))
    made = Generator(Session.load(tmp_path / "own.onnx"), harmony=harmony)
    found = made.generate(Length(steps=50), Sampler(temperature=0, restless=0.0))
    kinds = [kind_of(note.pitch, harmony.at(note.onset)) for note in found.notes]
    known = family("jazz").configuration("faithful", dataset.tokens)
    assert len(found.notes) == 50
    assert set(kinds) <= {value.kind for value in known.values}
    assert kinds.count(Kind.CHORD) > 10


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('melodie = "Horn"', "there is no 'melodie'"),
        ("beats = [8, 4]", "beats = .from, to."),
        ("beats = [8]", "beats = .from, to."),
        ("beats = 8", "beats = .from, to."),
        ('beats = ["a", "b"]', "beats = .from, to."),
        ('melody = "Flute"', "there is no track 'Flute'; there are: "),
        ("beats = [4, 12]", "a solo of 16 notes; it needs more than 30"),
        ('chords = "Bass"\nmelody = "Horn"', "there is no chord in the track 'Bass'"),
        ("melody = ", ".*tune.toml: is no TOML: "),
    ],
)
def test_where_no_solo_is_found_it_is_said_why(tmp_path, text, fault):
    a_tune(tmp_path / "tune.mid").with_suffix(".toml").write_text(
        text if "melod" in text else f'melody = "Horn"\n{text}'
    )
    with pytest.raises(DataError, match=f"holds no solo over chords: tune.mid: .*{fault}"):
        build(family("jazz"), tmp_path, 0.1, "faithful")


def test_without_a_word_it_is_deepjazz_own_piece_that_is_looked_for(tmp_path):
    assert read_where(tmp_path / "tune.toml") == Where("Guitar", "Piano", (476, 548))


def test_tracks_of_any_resolution_say_the_same(tmp_path):
    path = a_tune(tmp_path / "tune.mid")
    before = read_solo(path, _where(tmp_path))
    file = mido.MidiFile(path)
    file.ticks_per_beat //= 4
    for each in (message for track in file.tracks for message in track):
        each.time //= 4
    file.save(path)
    assert read_solo(path, _where(tmp_path)) == before
    assert all(isinstance(value, Value) for value in before)
