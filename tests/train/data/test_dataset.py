"""Tracks -> melodies -> a dataset with some held out."""

from dataclasses import replace
from io import BytesIO

import mido
import numpy as np
import pytest
import rolls

from improvd.core.note import Note
from improvd.core.pedal import Press
from improvd.core.units import Beats, Pitch, Velocity
from improvd.errors import DataError
from improvd.models.base import ENDLESS, decode, family
from improvd.models.card import Source
from improvd.models.crnngan.configuration import LIVE, TICKS
from improvd.models.melody.configuration import BASIC
from improvd.models.melody.keys import home, keys, moved
from improvd.models.rnnrbm.configuration import FAITHFUL
from improvd.train.data.corpus import Melody
from improvd.train.data.dataset import Dataset, build, keys_of
from improvd.train.data.melodies import polyphonic, select, stretches
from improvd.train.data.split import TEST, TRAINING, VALIDATION, dealt, groups
from improvd.train.runs.batches import Tune, evaluation_batches, training_batches, windows
from improvd.train.runs.hparams import Hparams


def tune(seed, count=60, key=0):
    return [int(p) + key for p in np.random.default_rng(seed).integers(60, 72, size=count)]


def played(pitches, start=0.0, length=0.5):
    return [
        Note(Beats(start + length * at), Beats(length), Pitch(pitch), Velocity(80))
        for at, pitch in enumerate(pitches)
    ]


def steps_of(pitches):
    """Two steps a note, over all MIDI pitches."""
    return np.array([step for pitch in pitches for step in (pitch + 2, 0)], np.int32)


def test_a_track_is_parted_at_long_rests():
    track = played(tune(1)) + played(tune(2), start=30 + 8.5)
    assert [len(each) for each in stretches(track)] == [60, 60]
    assert len(list(stretches(played(tune(1)) + played(tune(2), start=30 + 8)))) == 1


def test_what_is_too_short_or_too_plain_is_left_out_and_counted():
    tracks = [
        Melody("good", played(tune(1))),
        Melody("short", played(tune(1, count=20))),
        Melody("plain", played([60, 62] * 30)),
    ]
    melodies, left_out = select(tracks)
    assert [melody.name for melody in melodies] == ["good.1"]
    assert left_out == {"shorter than 16 beats": 1, "fewer than 5 pitches": 1}


def test_what_the_pedal_keeps_is_no_rest_and_each_stretch_has_its_own_presses():
    track = played(tune(1)) + played(tune(2), start=30 + 8.5)
    kept = [Press(Beats(29.5), Beats(31.0))]
    assert len(list(stretches(track, kept))) == 1
    apart = [Press(Beats(2.0), Beats(4.0)), Press(Beats(38.0), Beats(40.0))]
    one, other = select([Melody("both", track, apart)])[0]
    assert (one.held, other.held) == ([(2.0, 4.0)], [(38.5, 40.0)])


def test_chords_make_a_stretch_polyphonic_and_legato_does_not():
    chords = sorted(played(tune(1)) + played(tune(2)), key=lambda note: note.onset)
    legato = [Note(note.onset, Beats(0.7), note.pitch, note.velocity) for note in played(tune(1))]
    assert [polyphonic(each) for each in (chords, legato, played(tune(1)))] == [True, False, False]


def test_the_same_tune_in_another_key_or_with_another_end_is_a_near_duplicate():
    one, other = tune(1), tune(2)
    varied = [*tune(3, count=9), *[pitch + 5 for pitch in one[10:45]], *tune(4, count=9)]
    assert groups([one, other, [pitch - 7 for pitch in one], varied]) == [0, 1, 0, 0]


def test_31_notes_in_common_are_not_enough():
    one = tune(1)
    assert groups([one, [*one[:31], 90, *tune(2)]]) == [0, 1]


def test_near_duplicates_are_held_out_together_and_always_the_same():
    tunes = [tune(seed, key=key) for seed in range(200) for key in (0, 3)]
    out = dealt(tunes, 0.1)
    assert out[::2] == out[1::2]
    assert 10 <= out[::2].count(VALIDATION) <= 32
    assert dealt(tunes[:100], 0.1) == out[:100]


def test_a_test_takes_melodies_of_its_own_near_duplicates_together():
    tunes = [tune(seed, key=key) for seed in range(200) for key in (0, 3)]
    out = dealt(tunes, 0.1, test=0.2)
    assert out[::2] == out[1::2]
    assert 10 <= out[::2].count(VALIDATION) <= 32
    assert 24 <= out[::2].count(TEST) <= 58
    assert set(dealt(tunes, 0.1)) == {TRAINING, VALIDATION}


def test_each_part_of_a_dataset_comes_back_from_its_folder(tmp_path):
    replace(a_dataset(), held_out=np.array([0, 1, 2, 0], np.int8)).save(tmp_path)
    back = Dataset.load(tmp_path)
    parts = [
        [list(steps) for steps in each] for each in (back.training, back.evaluation, back.test)
    ]
    first, second, third, fourth = (list(steps) for steps in a_dataset().melodies)
    assert parts == [[first, fourth], [second], [third]]
    assert list(a_dataset().test[0]) == second, "without a test set what is held out"


def a_dataset():
    melodies = [steps_of(tune(seed)) for seed in range(4)]
    source = Source(name="a", licence="b", credit="c")
    out = np.array([False, True, False, False])
    return Dataset("melody", melodies, list("abcd"), out, [source], {"melodies": 4})


def test_a_folder_of_music_becomes_a_dataset(tmp_path):
    for seed in range(3):
        track = mido.MidiTrack()
        for pitch in tune(seed):
            track.append(mido.Message("note_on", note=pitch))
            track.append(mido.Message("note_off", note=pitch, time=240))
        mido.MidiFile(tracks=[track], ticks_per_beat=480).save(tmp_path / f"{seed}.mid")
    (tmp_path / "broken.mid").write_bytes(b"MThd")
    dataset = build(family("melody"), tmp_path, 0.1)
    assert [list(steps) for steps in dataset.melodies] == [
        list(steps_of(tune(seed))) for seed in range(3)
    ]
    assert dataset.counts["files that could not be read"] == 1
    assert dataset.counts["melodies"] == 3
    assert dataset.counts["melodies with a near duplicate"] == 0


def test_a_family_that_knows_the_pedal_is_told_of_it_and_of_keys(tmp_path):
    track = mido.MidiTrack()
    for bar in range(5):
        track.append(mido.Message("control_change", control=64, value=100))
        for pitch in (60, 64, 67, 70 + bar):
            track.append(mido.Message("note_on", note=pitch, velocity=72))
            track.append(mido.Message("note_off", note=pitch, time=240, velocity=0))
            track.append(mido.Message("control_change", control=1, value=9, time=240))
        track.append(mido.Message("control_change", control=64, value=0))
    mido.MidiFile(tracks=[track], ticks_per_beat=480).save(tmp_path / "pedalled.mid")
    by_key, as_it_sounds = (build(family("events"), tmp_path, 0.1, each) for each in PLAYED)
    (keys,), (sounds,) = by_key.melodies, as_it_sounds.melodies
    known, other = (family("events").configuration(each) for each in PLAYED)
    moved = [known.tokens[step].kind.name for step in keys if step >= other.events]
    assert moved == ["DOWN", "UP"] * 5
    assert lengths(known, keys) == [0.5] * 20
    assert lengths(other, sounds)[:4] == [4.0, 3.0, 2.0, 1.0]


def lengths(configuration, steps):
    made = decode(family("events").decoder(configuration, 0, ENDLESS), map(int, steps))
    return [note.duration for note in made]


PLAYED = ("pedal", "live")


def test_a_folder_without_a_usable_melody_is_said(tmp_path):
    track = mido.MidiTrack(
        [mido.Message("note_on", note=60), mido.Message("note_off", note=60, time=9)]
    )
    mido.MidiFile(tracks=[track]).save(tmp_path / "one.mid")
    with pytest.raises(DataError, match="holds no usable melody: 1 shorter than 16 beats"):
        build(family("melody"), tmp_path, 0.1)


def test_a_dataset_comes_back_from_its_folder(tmp_path):
    a_dataset().save(tmp_path / "new")
    back = Dataset.load(tmp_path / "new")
    assert [list(each) for each in back.training] == [list(each) for each in a_dataset().training]
    assert (back.sources, back.counts) == (a_dataset().sources, {"melodies": 4})
    names = sorted(path.name for path in (tmp_path / "new").iterdir())
    assert names == ["dataset.json", "melodies.npz"]


def test_a_folder_that_is_no_dataset_is_said(tmp_path):
    with pytest.raises(DataError, match="is no dataset"):
        Dataset.load(tmp_path)


def test_a_melody_fits_in_as_many_keys_as_the_range_has_room_for():
    steps = steps_of([60, 71])
    assert keys(BASIC, steps) == range(-12, 13)
    for key in keys(BASIC, steps):
        assert moved(BASIC, steps, key)[[0, 2]].tolist() == [60 + key - 46, 71 + key - 46]
    assert not keys(BASIC, steps_of([40, 90]))
    assert home(BASIC, steps_of([30, 40])).tolist() == [2, 0, 12, 0]


def test_windows_hold_a_melody_whole_and_pad_its_end():
    steps = steps_of(tune(1, count=6))[:11]
    lesson = keys_of("melody").lesson(BASIC, home(BASIC, steps))
    parts = list(windows(lesson, 4))
    for number, part in enumerate(lesson):
        whole = np.concatenate([each[number][each[3] > 0] for each in parts])
        np.testing.assert_array_equal(whole, part)
    assert [each[3].tolist() for each in parts] == [[1] * 4, [1] * 4, [1, 1, 0, 0]]
    assert [each[4] for each in parts] == [True, False, False]


def test_a_training_batch_holds_melodies_in_keys_that_fit():
    tunes = [Tune(steps, keys(BASIC, steps)) for steps in a_dataset().training]
    batches = training_batches(keys_of("melody"), BASIC, tunes, Hparams(8, 16), seed=1)
    first, second = next(batches), next(batches)
    assert first.inputs.shape == (8, 16, BASIC.events)
    assert first.fresh.all()
    assert not second.fresh.any()
    heard = np.concatenate([first.inputs, second.inputs], axis=1).argmax(axis=-1)
    np.testing.assert_array_equal(first.labels, heard[:, 1:17])
    np.testing.assert_array_equal(first.begins, first.labels > 1)
    assert len({int(row[0]) for row in heard}) > 2


def test_evaluation_counts_every_step_once():
    melodies = [home(BASIC, steps_of(tune(seed, count=10 + seed))) for seed in range(5)]
    batches = list(evaluation_batches(keys_of("melody"), BASIC, melodies, (2, 16)))
    assert sum(batch.weights.sum() for batch in batches) == sum(len(each) - 1 for each in melodies)


def broken_arrays():
    """What numpy, zipfile and zlib each have a fault of their own for."""
    packed = BytesIO()
    np.savez_compressed(packed, steps=np.arange(999), ends=np.array([999]), held_out=[True])
    whole = packed.getvalue()
    return [b"", b"PK\x03\x04", whole[:100], whole[:60] + b"\xff" * 40 + whole[100:], b"\x93NUMPY"]


@pytest.mark.parametrize("content", broken_arrays(), ids=len)
def test_broken_arrays_are_no_dataset(tmp_path, content):
    a_dataset().save(tmp_path)
    (tmp_path / "melodies.npz").write_bytes(content)
    with pytest.raises(DataError, match="is no dataset") as fault:
        Dataset.load(tmp_path)
    assert str(fault.value).isprintable()


@pytest.mark.parametrize("facts", ["[" * 10_000, "[]", "7", '{"sources": [7]}'], ids=len)
def test_broken_facts_are_no_dataset(tmp_path, facts):
    a_dataset().save(tmp_path)
    (tmp_path / "dataset.json").write_text(facts)
    with pytest.raises(DataError, match="is no dataset"):
        Dataset.load(tmp_path)


def piece(folder, pitches, tempo=500_000, name="piece"):
    """A MIDI file of quarter notes, each as long as a beat."""
    track = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=tempo)])
    for pitch in pitches:
        track.append(mido.Message("note_on", note=pitch, velocity=80))
        track.append(mido.Message("note_off", note=pitch, time=480))
    mido.MidiFile(ticks_per_beat=480, tracks=[track]).save(folder / f"{name}.mid")


SCALE = [60, 62, 64, 65, 67] * 8


def test_music_becomes_a_roll_of_sixteenths(tmp_path):
    piece(tmp_path, SCALE)
    made = build(family("rnnrbm"), tmp_path, 0.1, "faithful")
    (roll,) = made.melodies
    assert roll.shape == (4 * len(SCALE), 88)
    assert np.flatnonzero(roll[0]).tolist() == np.flatnonzero(roll[3]).tolist() == [60 - 21]
    assert np.flatnonzero(roll[4]).tolist() == [62 - 21]
    assert made.configuration == "faithful"
    (live,) = build(family("rnnrbm"), tmp_path, 0.1).melodies
    assert np.flatnonzero(live[0]).tolist() == [88 + 39]
    assert np.flatnonzero(live[1]).tolist() == [39]


def test_a_roll_of_seconds_does_not_heed_the_tempo(tmp_path):
    piece(tmp_path, SCALE, tempo=600_000)
    piece(tmp_path, SCALE, tempo=1_200_000, name="slow")
    quick, slow = build(family("rnnrbm"), tmp_path, 0.1, "faithful", dt=0.3).melodies
    assert (len(quick), len(slow)) == (80, 160)
    np.testing.assert_array_equal(np.repeat(quick, 2, axis=0), slow)


def test_tones_are_told_in_seconds_at_every_tempo(tmp_path):
    piece(tmp_path, SCALE, tempo=600_000)
    piece(tmp_path, SCALE, tempo=1_200_000, name="slow")
    made = build(family("crnngan"), tmp_path, 0.1)
    made.save(tmp_path / "data")
    known = keys_of("crnngan")
    quick, slow = (known.played(LIVE, each) for each in Dataset.load(tmp_path / "data").melodies)
    assert [tone.pitch for tone in quick[: len(SCALE)]] == SCALE
    for tones, seconds in ((quick, 0.6), (slow, 1.2)):
        lengths = {tone.since for tone in tones[1 : len(SCALE)]}
        assert lengths <= {int(seconds * TICKS), int(seconds * TICKS) + 1}


def test_the_folders_that_music_is_in_are_its_styles(tmp_path):
    for place in ("pop/hits", "bach", "."):
        (tmp_path / place).mkdir(parents=True, exist_ok=True)
        piece(tmp_path / place, SCALE)
    made = build(family("crnngan"), tmp_path, 0.1, "styled")
    made.save(tmp_path / "data")
    again = Dataset.load(tmp_path / "data")
    assert again.tokens == ("bach", "pop")
    told = {name: set(rows[:, 4]) for name, rows in zip(again.names, again.melodies, strict=True)}
    styles = {name.rpartition("/")[0]: found for name, found in told.items()}
    assert styles == {"bach": {1}, "pop/hits": {2}, "": {0}}, "of music in no folder nobody says"
    assert again.counts["melodies of style pop"] == 1


def test_who_learns_styles_needs_a_folder_for_each(tmp_path):
    piece(tmp_path, SCALE)
    with pytest.raises(
        DataError, match=r"styled learns a style from each folder of music, and there is none"
    ):
        build(family("crnngan"), tmp_path, 0.1, "styled")


def test_seconds_are_told_as_they_are_and_have_no_steps(tmp_path):
    with pytest.raises(DataError, match=r"crnngan tells seconds as they are, no steps of 0\.3 s"):
        build(family("crnngan"), tmp_path, 0.1, dt=0.3)


def test_music_that_is_learnt_as_it_is_has_no_steps_of_seconds(tmp_path):
    with pytest.raises(
        DataError, match=r"events faithful learns MIDI as it is, no steps of 0\.3 s"
    ):
        build(family("events"), tmp_path, 0.1, "faithful", dt=0.3)


def test_notes_beyond_the_piano_are_left_out_and_counted(tmp_path):
    piece(tmp_path, [*SCALE, 12, 115, 20, 21, 108])
    made = build(family("rnnrbm"), tmp_path, 0.1, "faithful")
    assert made.counts["notes beyond the range, left out"] == 3
    assert made.melodies[0].any(axis=1).sum() == 4 * (len(SCALE) + 2)


def test_music_of_which_nothing_is_left_is_said(tmp_path):
    piece(tmp_path, [10, 11, 12, 13, 14, 15] * 8)
    with pytest.raises(DataError, match=r"no usable melody: 48 notes beyond the range, left out"):
        build(family("rnnrbm"), tmp_path, 0.1)


def test_a_dataset_of_rolls_comes_back_and_is_small(tmp_path):
    rolls.dataset("live").save(tmp_path)
    back = Dataset.load(tmp_path)
    np.testing.assert_array_equal(back.training, rolls.dataset("live").training)
    assert back.melodies[0].dtype.itemsize == 1


def test_all_in_turn_is_every_roll_once_before_any_comes_again():
    made = rolls.dataset()
    known = keys_of("rnnrbm")
    tunes = [Tune(steps, known.keys(FAITHFUL, steps)) for steps in made.training]
    plain = Hparams(batch_size=1, window=10, augment=0, carry=0)
    batches = training_batches(known, FAITHFUL, tunes, plain, seed=1)
    for _ in range(2):
        epoch = [next(batches) for _ in range(4 * 3)]
        assert all(batch.fresh.all() for batch in epoch)
        heard = [batch.inputs[0][batch.weights[0] > 0] for batch in epoch]
        whole = [np.concatenate(heard[at : at + 3]) for at in range(0, 12, 3)]
        assert sorted(roll.tobytes() for roll in whole) == sorted(
            roll.astype(np.float32).tobytes() for roll in made.training
        )


def test_a_window_goes_on_from_the_state_before_where_that_is_asked_for():
    tunes = [Tune(steps, range(1)) for steps in rolls.dataset().training]
    batches = training_batches(
        keys_of("rnnrbm"), FAITHFUL, tunes, Hparams(batch_size=1, window=10, augment=0), seed=1
    )
    assert [bool(next(batches).fresh[0]) for _ in range(6)] == [True, False, False] * 2
