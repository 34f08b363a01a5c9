"""`improvd continue`: files that hold a primer and what a model makes of it."""

from collections import Counter

import numpy as np
import pytest
from fakes import EVENTS
from gan import gan_model
from rbm import rbm_model

from improvd.cli import main
from improvd.config import Config
from improvd.core.chord import Chord
from improvd.core.note import Note
from improvd.core.tempo import Meter
from improvd.core.units import Beats, Bpm, Pitch, Velocity
from improvd.models.card import Source
from improvd.ports.midifile import read_midi, read_parts, write_midi
from improvd.train.runs.run import Checkpoint, Run, Settings

NOTES = [
    Note(Beats(float(at)), Beats(1.0), Pitch(pitch), Velocity(90))
    for at, pitch in enumerate((60, 64, 67, 65, 64, 62))
]


@pytest.fixture
def primer(tmp_path):
    """Two bars of a waltz, 90 beats a minute."""
    path = tmp_path / "waltz.mid"
    write_midi(path, {"tune": NOTES}, Bpm(90.0), Meter(3, 4))
    return path


@pytest.fixture
def made(tmp_path):
    """Let it go on; what is in every file, by name."""

    def make(folder, *arguments):
        assert main.run(["continue", "-o", str(tmp_path / folder), *map(str, arguments)]) == 0
        return {path.name: path.read_bytes() for path in sorted((tmp_path / folder).iterdir())}

    return make


def test_a_file_holds_the_primer_and_then_the_continuation(made, primer, tmp_path, capsys):
    made("out", primer, "-n", 1, "--bars", 4, "--seed", 7)
    music = read_midi(tmp_path / "out" / "waltz-01.mid")
    assert (music.bpm, music.meter) == (pytest.approx(90.0, abs=1e-3), Meter(3, 4))
    assert [(n.onset, n.pitch, n.velocity) for n in music.notes[:6]] == [
        (n.onset, n.pitch, n.velocity) for n in NOTES
    ]
    assert len(music.notes) > 6
    assert all(6.0 <= note.onset < note.end <= 18.0 for note in music.notes[6:])
    head, said = capsys.readouterr().out.splitlines()
    assert head == "12 beats each, seed 7"
    assert said.startswith(f"{tmp_path}/out/waltz-01.mid: {len(music.notes) - 6} notes, -")


def test_the_same_seed_makes_the_same_files_byte_for_byte(made, primer):
    few = made("few", primer, "-n", 2, "--seed", 7, "--plot")
    many = made("many", primer, "-n", 3, "--seed", 7, "--plot")
    other = made("other", primer, "-n", 2, "--seed", 8)
    assert few == {name: many[name] for name in few}
    assert len({*many.values(), *other.values()}) == len(many) + len(other)
    assert made("few", primer, "-n", 2, "--seed", 7, "--plot") == few  # replaced in place


def test_a_seed_that_was_not_chosen_is_told_and_makes_the_same_again(made, primer, capsys):
    files = made("one", primer, "-n", 2, "--beam", 2)
    seed = capsys.readouterr().out.splitlines()[0].split()[-1]
    assert made("two", primer, "-n", 2, "--beam", 2, "--seed", seed) == files


def test_without_a_primer_it_starts_from_nothing(made, tmp_path):
    names = [f"melody-attention-{number:02}.mid" for number in (1, 2)]
    assert list(made("out", "-n", 2, "--seed", 1)) == names
    music = read_midi(tmp_path / "out" / names[0])
    assert music.notes[-1].end <= 32.0


@pytest.mark.parametrize(
    ("said", "length"),
    [
        ([], "24 beats"),
        (["--steps", "5"], "5 steps"),
        (["--bars", "3"], "9 beats"),
        (["--seconds", "2.0"], "3 beats"),
    ],
)
def test_how_far_it_goes_on_does_not_count_the_primer(made, primer, capsys, said, length):
    made("out", primer, "-n", 1, *said)
    assert capsys.readouterr().out.startswith(f"{length} each")


def test_a_loop_goes_on_only_where_it_is_let_be(made, primer):
    cold = ["-n", 1, "--temperature", 0, "--steps", 256]
    default = made("default", primer, *cold, "--seed", 1)
    let_be = made("let be", primer, *cold, "--seed", 1, "--restless", 0)
    assert (
        made("other", primer, *cold, "--seed", 2, "--restless", 0) == let_be
    )  # no dice are thrown
    assert made("other", primer, *cold, "--seed", 2) != default
    said = made("said", primer, *cold, "--seed", 1, "--restless", Config().sampling.restless)
    assert said == default != let_be


@pytest.mark.parametrize("over", [["--plot"], ["--plot", "seconds"]])
def test_a_plot_is_a_picture_beside_each_file(made, primer, over):
    files = made("out", primer, "-n", 2, "--steps", 16, *over)
    pictures = [content for name, content in files.items() if name.endswith(".png")]
    assert len(pictures) == 2
    assert all(picture.startswith(b"\x89PNG") for picture in pictures)


def test_a_model_of_frames_goes_on_from_nothing_as_a_roll_over_seconds(made, tmp_path):
    path = rbm_model(tmp_path / "rnnrbm-tiny.onnx", "faithful", sounding=-1.0)
    said = ["--model", path, "-n", 2, "--steps", 200, "--bpm", 50, "--plot", "seconds"]
    files = made("out", *said, "--seed", 7)
    assert list(files) == [f"rnnrbm-tiny-0{n}.{kind}" for n in (1, 2) for kind in ("mid", "png")]
    assert made("again", *said, "--seed", 7) == files
    one, other = (read_midi(tmp_path / "out" / f"rnnrbm-tiny-0{n}.mid") for n in (1, 2))
    assert one.bpm == pytest.approx(50.0, abs=1e-3)
    assert 40 < one.notes[-1].end <= 50, "200 steps of 0.3 s are a minute"
    firsts = [{note.pitch for note in each.notes if note.onset == 0} for each in (one, other)]
    assert firsts[0] != firsts[1], "the first frame has noise of its own too"
    assert max(Counter(note.onset for note in one.notes).values()) > 1


def test_a_training_run_goes_on_from_any_checkpoint(made, tmp_path, capsys):
    music = Source(name="scales", licence="public domain", credit="all of us")
    run = Run(tmp_path / "new", Settings("melody", "basic", "nowhere", (music,)))
    random = np.random.default_rng(1)
    shapes = [(EVENTS, 512), (128, 512), (512,), (128, 512), (128, 512), (512,)]
    for update in (50, 100):
        weights = [random.normal(0, 0.3, shape) for shape in [*shapes, (128, EVENTS), (EVENTS,)]]
        run.save(Checkpoint(update, [each.astype(np.float32) for each in weights], []))
    newest = made("newest", "--model", run.folder, "-n", 1, "--seed", 1)
    assert list(newest) == ["new-01.mid"]
    assert made("same", "--model", f"{run.folder}@100", "-n", 1, "--seed", 1) == newest
    assert made("older", "--model", f"{run.folder}@50", "-n", 1, "--seed", 1) != newest
    capsys.readouterr()
    assert main.run(["continue", "--model", f"{run.folder}@7", "-o", str(tmp_path / "no")]) == 1
    assert capsys.readouterr().err == (
        f"improvd: {run.folder} has no checkpoint '7'; it has: 50, 100\n"
    )


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (["--steps", "8", "--bars", "2"], "only one of --steps and --bars"),
        (["--steps", "0"], "--steps"),
        (["--steps", "9999999"], "9999999 is not in the range"),
        (["--seconds", "nan"], "nan is no number"),
        (["--seconds", "inf"], "--seconds"),
        (["-n", "0"], "-n"),
        (["--beam", "0"], "--beam"),
        (["--branch", "-1"], "--branch"),
        (["--temperature", "-1"], "--temperature"),
        (["--restless", "1.5"], "--restless"),
        (["--seed", "-1"], "--seed"),
        (["--plot", "bars"], "--plot"),
        (["--bpm", "90"], "--bpm is for going on from nothing"),
        (["--bpm", "1000"], "--bpm"),
        (["--model", "melody-basik"], "did you mean 'melody-basic'?"),
        (["--model", "absent.onnx"], "there is no model file absent.onnx"),
        (["--model", "."], "is no training run"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_leaves_nothing(
    primer, monkeypatch, capsys, said, told
):
    monkeypatch.chdir(primer.parent)
    assert main.run(["continue", primer.name, "-o", "out", *said]) != 0
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("improvd: ")
    assert told in line
    assert list(primer.parent.iterdir()) == [primer]


def test_a_primer_without_notes_is_refused(tmp_path, capsys):
    write_midi(tmp_path / "empty.mid", {}, Bpm(120.0))
    assert main.run(["continue", str(tmp_path / "empty.mid"), "-o", str(tmp_path / "out")]) == 1
    assert "holds no notes" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_made_is_refused(primer, capsys):
    assert main.run(["continue", str(primer), "-o", str(primer / "out")]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "its folder cannot be made" in line


def test_in_a_style_it_goes_on_otherwise_and_files_are_repeatable(made, primer, tmp_path, capsys):
    band = gan_model(tmp_path / "band.onnx", "styled", ("classical", "pop"))
    said = [primer, "--model", band, "-n", 1, "--seed", 7]
    files = [made(each, *said, "--style", each) for each in ("classical", "pop")]
    none = made("none", *said)
    assert len({each["waltz-01.mid"] for each in (*files, none)}) == 3
    assert made("again", *said, "--style", "pop") == files[1]
    assert "styles" not in capsys.readouterr().out


def test_a_style_that_is_unknown_is_one_line_with_those_that_are(tmp_path, capsys):
    band = gan_model(tmp_path / "band.onnx", "styled", ("classical", "pop"))
    said = ["continue", "--model", str(band), "--style", "polka", "-o", str(tmp_path / "out")]
    assert main.run(said) == 2
    told = "improvd: band has no style 'polka'; it has: classical, pop\n"
    assert capsys.readouterr().err == told
    assert not (tmp_path / "out").exists()


def test_that_a_model_knows_no_styles_is_said_and_it_plays_as_it_would(made, capsys):
    files = made("one", "-n", 1, "--bars", 2, "--seed", 7, "--style", "pop")
    told = "melody-attention knows no styles: it plays as it would"
    assert capsys.readouterr().out.splitlines()[0] == told
    assert made("two", "-n", 1, "--bars", 2, "--seed", 7) == files


CHART = "| Dm7 | G7 | Cmaj7 | % |"


def test_the_chords_of_a_chart_are_a_track_of_their_own(made, tmp_path, capsys):
    made("out", "-n", 1, "--bars", 4, "--seed", 7, "--chart", "| Dm7 | G7b9 | Cmaj7 | N.C. |")
    chords = read_parts(tmp_path / "out" / "melody-attention-01.mid")["chords"]
    bars = [{n.pitch % 12 for n in chords if n.onset == at * 4.0} for at in range(4)]
    assert bars == [{2, 5, 9, 0}, {7, 11, 2, 5}, {0, 4, 7, 11}, set()]
    assert all(note.duration <= 4.0 for note in chords)
    told = capsys.readouterr().out.splitlines()
    deaf = "melody-attention knows no chords: they stand beside what it plays"
    assert told[:2] == ["G7b9 is taken for G7", deaf]


def test_a_model_that_knows_chords_is_not_said_to_know_none(made, capsys):
    made("out", "-n", 1, "--bars", 1, "--chart", CHART, "--model", "jazz-player")
    assert "no chords" not in capsys.readouterr().out


def test_a_chart_may_stand_in_a_file(made, tmp_path):
    (tmp_path / "tune.chart").write_text(CHART.replace("| Cmaj7", "|\n| Cmaj7"))
    said = made("one", "-n", 1, "--seed", 7, "--chart", CHART)
    assert made("two", "-n", 1, "--seed", 7, "--chart", tmp_path / "tune.chart") == said


def test_rules_prune_the_continuation_and_leave_the_primer(made, primer, tmp_path, capsys):
    made("out", primer, "-n", 1, "--seed", 7, "--chart", "| F#m7 |", "--rules", "scale,repeats")
    parts = read_parts(tmp_path / "out" / "waltz-01.mid")
    assert [note.pitch for note in parts["primer"]] == [note.pitch for note in NOTES]
    scale = Chord(6, "m7").scale
    assert {note.pitch % 12 for note in parts["continuation"]} <= scale
    assert f": {len(parts['continuation'])} notes of " in capsys.readouterr().out


def test_what_is_no_chart_and_no_rule_is_said(tmp_path, capsys):
    def fault(*arguments):
        assert main.run(["continue", "-o", str(tmp_path / "out"), *arguments]) == 2
        return capsys.readouterr().err

    assert "--chart: line 1, column 9: " in fault("--chart", "| Dm7 | Hm7 |")
    said = "--chart: there is no file 'Dm7 G7'; a chart itself has bars"
    assert said in fault("--chart", "Dm7 G7")
    assert f"{tmp_path}: cannot be read: " in fault("--chart", str(tmp_path))
    assert "there is no 'leap'; did you mean 'leaps'?" in fault("--rules", "leap")
    assert not (tmp_path / "out").exists()
