"""From two MIDI files to a model of just their events that goes on from a third, as a user does."""

import json
import subprocess
import sys

import mido
import pytest

from improvd.cli import main
from improvd.core.note import Note
from improvd.core.tempo import Meter
from improvd.core.units import Beats, Bpm, Pitch, Velocity
from improvd.engine import library
from improvd.ports.midifile import read_midi, write_midi

SMALL = "batch_size=2,window=8,rnn_layer_sizes=[8,8]"


def write(path, pitches):
    track = mido.MidiTrack()
    for pitch in pitches:
        track.append(mido.Message("note_on", note=pitch, velocity=80))
        track.append(mido.Message("note_off", note=pitch, time=120))
    mido.MidiFile(tracks=[track], ticks_per_beat=480).save(path)


def improvd(*words):
    """Another process: each has a TensorFlow of its own."""
    command = [sys.executable, "-m", "improvd", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def data(tmp_path, capsys):
    """A dataset of two tunes, one of which is held out."""
    music = tmp_path / "music"
    music.mkdir()
    write(music / "up.mid", [60, 62, 64, 65, 67, 69, 71, 72] * 6)
    write(music / "down.mid", [72, 71, 67, 69, 65, 64, 60, 62] * 6)
    words = ["dataset", "events", "--config", "faithful", "--data", music, "-o", tmp_path / "data"]
    assert main.run([*map(str, words), "--eval-ratio", "0.5"]) == 0
    assert "16  distinct tokens" in capsys.readouterr().out
    return tmp_path / "data"


def test_a_model_of_just_the_events_of_two_files_goes_on(tmp_path, data, monkeypatch, capsys):
    run, model = tmp_path / "run", tmp_path / "own.onnx"
    words = ("train", "events", "--data", data, "--run", run, "--hparams", SMALL, "--steps", 2)
    refused = improvd(*words, "--config", "live")
    assert refused.stderr == (
        f"improvd: {data} is a dataset of events faithful: events live cannot use it; "
        "make one with `improvd dataset`\n"
    )
    assert not run.exists()
    trained = improvd(*words, "--config", "faithful")
    assert trained.returncode == 0, trained.stderr
    exported = improvd("export", run, "-o", model)
    assert exported.returncode == 0, exported.stderr
    monkeypatch.setattr(library, "folders", lambda: [tmp_path])
    capsys.readouterr()
    assert main.run(["models", "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert (told["configuration"], told.get("tokens")) == ("faithful", None)
    known = [Note(Beats(at / 4), Beats(0.25), Pitch(60), Velocity(80)) for at in range(4)]
    strange = [Note(Beats(0), Beats(1), Pitch(7), Velocity(80))]
    for number, notes in enumerate((known, strange)):
        primer, out = tmp_path / f"{number}.mid", tmp_path / f"out{number}"
        write_midi(primer, {"primer": notes}, Bpm(120.0), Meter())
        words = ("continue", primer, "--model", model, "-n", 1, "--seed", 1, "-o", out)
        assert main.run([*map(str, words)]) == 0
        (made,) = out.iterdir()
        new = read_midi(made).notes[len(notes) :]
        assert new
        assert {note.pitch for note in new} <= {60, 62, 64, 65, 67, 69, 71, 72}
        assert {note.velocity for note in new} == {80}
