"""Takes as training data: what was played is learnt, what was answered is not."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from improvd.cli import main
from improvd.errors import DataError
from improvd.models.base import family
from improvd.ports.midifile import read_midi
from improvd.takes import shelf
from improvd.takes.journal import Began, Event, Line, written
from improvd.train.data.dataset import Dataset, pitches_of
from improvd.train.data.takes import build_of_takes, dataset_folder
from improvd.train.runs.run import Settings

ON, OFF = 0x90, 0x80
PLAYED, ANSWERED = range(60, 68), range(72, 80)  # pitches


@pytest.fixture
def folder(monkeypatch, tmp_path):
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    return tmp_path / "takes"


def keep(folder, seed):
    """A jam of six phrases and answers, each phrase at a tempo and a time of its own."""
    dice, second = random.Random(seed), 10.0
    when = f"2026-11-21T10:{seed:02}:00+01:00"
    rows = [Began(second, when, "improvd"), Line(second, 0.0, 120.0, 0, 0.0, "4/4")]
    for grid in range(1, 7):
        bpm = dice.uniform(80, 140)
        beat = 60 / bpm
        rows.append(Line(second, 0.0, bpm, grid, 0.0, "4/4"))
        for track, pitches in (("player", PLAYED), ("partner", ANSWERED)):
            for _ in range(32):
                pitch = dice.choice(pitches)
                rows.append(Event(second, track, ON, pitch, 80))
                rows.append(Event(second + 0.4 * beat, track, OFF, pitch, 0))
                second += dice.choice((0.5, 0.5, 1.0)) * beat
        second += dice.uniform(0.3, 2.0)
    descriptor = shelf.start(folder, when, "improvd")
    os.write(descriptor, "".join(map(written, rows)).encode())
    os.close(descriptor)


def test_only_what_was_played_is_learnt(folder):
    keep(folder, 1)
    dataset = build_of_takes(family("melody"), 0.1)
    widest = family("melody").named("basic")
    assert dataset.melodies
    keys = {pitch for steps in dataset.melodies for pitch in pitches_of("melody", widest, steps)}
    assert len(keys) == len(PLAYED)
    assert [source.name for source in dataset.sources] == ["takes"]
    assert dataset.names[0].startswith("2026-11-21_10-01-00.mid#1")


def test_phrases_lie_on_the_grid_though_each_had_its_own(folder):
    keep(folder, 1)
    shelf.finish(folder)
    copy = shelf.export(shelf.find(folder, "last"), folder / "copies", "player")
    beats = [note.onset * 2 for note in read_midi(copy).notes]
    assert beats == pytest.approx([round(beat) for beat in beats], abs=0.01)


def test_without_takes_it_is_said_where_there_are_none(folder):
    with pytest.raises(DataError, match=f"no take in {folder} in which anything was played"):
        build_of_takes(family("melody"), 0.1)


def test_a_training_makes_its_dataset_of_the_takes_that_there_are_and_keeps_to_it(folder, tmp_path):
    keep(folder, 1)
    run = tmp_path / "run"
    small = "batch_size=2,window=8,rnn_layer_sizes=[8]"
    words = ["train", "melody", "--data", "takes", "--run", str(run), "--hparams", small]
    words += ["--steps", "1", "--summary-every", "1"]
    # TensorFlow is told only once in a process how many threads it has.
    subprocess.run([sys.executable, "-m", "improvd", *words], check=True)
    data = Path(Settings.load(run).data)
    names = Dataset.load(data).names
    keep(folder, 2)
    assert dataset_folder("takes", run, family("melody"), "basic") == data
    assert Dataset.load(data).names == names
    assert dataset_folder("./takes", run, family("melody"), "basic") == Path("takes")


def test_a_dataset_of_them(folder, tmp_path, capsys):
    keep(folder, 1)
    words = ["dataset", "events", "--data", "takes", "-o", str(tmp_path / "data")]
    assert main.run(words) == 0
    assert len(Dataset.load(tmp_path / "data").melodies) >= 1
    assert main.run([*words[:3], str(tmp_path / "nowhere"), *words[4:]]) == 1
    assert "holds no music file" in capsys.readouterr().err
