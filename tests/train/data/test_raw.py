"""MIDI files -> datasets of every event as it is, and the vocabulary of all of them."""

import mido
import numpy as np
import pytest
from scales import scales

from improvd.core.event import LONGEST, Event
from improvd.errors import DataError
from improvd.models.base import family
from improvd.train.data.dataset import Dataset, build
from improvd.train.data.raw import rescaled
from improvd.train.runs.run import Settings


def write(path, pitches, division=480, channel=0):
    """A tune of quarter notes, ended by note-ons of velocity 0, after a track without notes."""
    tune = [mido.Message("program_change", program=5, channel=channel)]
    for pitch in pitches:
        tune.append(mido.Message("note_on", note=pitch, velocity=80, channel=channel))
        off = mido.Message("note_on", note=pitch, velocity=0, channel=channel, time=division)
        tune.append(off)
    silent = [mido.MetaMessage("set_tempo"), mido.Message("control_change", time=7)]
    tracks = [mido.MidiTrack(silent), mido.MidiTrack(tune)]
    mido.MidiFile(tracks=tracks, ticks_per_beat=division).save(path)


def tune(seed, count=40):
    return [int(pitch) for pitch in np.random.default_rng(seed).integers(60, 72, size=count)]


def texts(dataset, number):
    return [dataset.tokens[step] for step in dataset.melodies[number]]


@pytest.fixture
def faithful(tmp_path):
    """Three tunes, of which one is another transposed, in files of two divisions."""
    music = tmp_path / "music"
    music.mkdir()
    write(music / "a.mid", tune(1))
    write(music / "b.midi", [pitch + 3 for pitch in tune(1)], division=96)
    write(music / "c.mid", tune(2), channel=9)
    (music / "d.mid").write_bytes(b"MThd")
    (music / "e.abc").write_text("X:1\n")
    return build(family("events"), music, 0.1, "faithful")


def test_every_event_of_a_track_with_notes_is_a_token(faithful):
    assert faithful.names == ["a.mid#2", "b.midi#2", "c.mid#2"]
    first = tune(1)[0]
    start = ["0_c0_05", f"0_90_{first:02x}_50", f"480_90_{first:02x}_00"]
    assert texts(faithful, 0)[:3] == start
    assert texts(faithful, 1)[2] == f"480_90_{first + 3:02x}_00"
    assert texts(faithful, 2)[0] == "0_c9_05"
    assert len(set(faithful.tokens)) == len(faithful.tokens)
    assert {step for steps in faithful.melodies for step in steps} == set(
        range(len(faithful.tokens))
    )


def test_what_was_read_and_left_out_is_counted(faithful):
    assert faithful.counts["tracks"] == 6
    assert faithful.counts["tracks of fewer than 2 notes"] == 3
    assert faithful.counts["files that could not be read"] == 1
    assert faithful.counts["distinct tokens"] == len(faithful.tokens)
    assert faithful.counts["melodies"] == 3
    assert faithful.counts["melodies with a near duplicate"] == 2
    assert faithful.counts["steps"] == 3 * 81


def test_ticks_are_rounded_from_the_start_so_that_nothing_adds_up():
    thirds = [Event(1, 0x90, (60, 80))] * 7
    assert [event.delta for event in rescaled(thirds, 7, 480)] == [69, 68, 69, 68, 69, 68, 69]
    assert [event.delta for event in rescaled(thirds, 960, 480)] == [1, 0, 1, 0, 1, 0, 1]
    with pytest.raises(ValueError, match=f"a pause of .* ticks; at most {LONGEST}"):
        list(rescaled([Event(LONGEST, 0x90, (60, 80))], 96, 480))


def test_it_comes_back_from_its_folder(faithful, tmp_path):
    faithful.save(tmp_path / "data")
    back = Dataset.load(tmp_path / "data")
    assert (back.configuration, back.tokens) == ("faithful", faithful.tokens)
    assert [list(each) for each in back.melodies] == [list(each) for each in faithful.melodies]


def test_only_what_it_was_made_for_can_use_it(faithful, tmp_path):
    folder = tmp_path / "data"
    faithful.save(folder)
    with pytest.raises(DataError, match="is a dataset of events faithful: events live cannot"):
        Dataset.load_for(folder, Settings("events", "live", "", ()))
    others = Settings("events", "faithful", "", (), tokens=faithful.tokens[1:])
    with pytest.raises(DataError, match="has other tokens than those that were learnt"):
        Dataset.load_for(folder, others)
    scales().save(folder)
    with pytest.raises(DataError, match="is a dataset of melody: events live cannot use it"):
        Dataset.load_for(folder, Settings("events", "live", "", ()))
    for name in ("basic", "mono"):
        assert Dataset.load_for(folder, Settings("melody", name, "", ())).family == "melody"


def test_a_folder_without_notes_is_said(tmp_path):
    with pytest.raises(DataError, match=r"holds no music file: .mid, .midi$"):
        build(family("events"), tmp_path, 0.1, "faithful")
    write(tmp_path / "one.mid", [60])
    with pytest.raises(DataError, match="holds no track of at least 2 notes"):
        build(family("events"), tmp_path, 0.1, "faithful")
