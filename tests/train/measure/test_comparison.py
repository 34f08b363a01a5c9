"""What models of any family play from nothing, beside the melodies of a dataset."""

import numpy as np
import pytest
from gan import gan_model
from rbm import rbm_model
from tiny import a_card, tiny_model

from improvd.cli import main
from improvd.engine.session import Session
from improvd.errors import DataError
from improvd.models.card import Source
from improvd.models.melody.configuration import BASIC
from improvd.models.melody.net import sequence_net
from improvd.train.data.dataset import Dataset
from improvd.train.measure.comparison import compare
from improvd.train.measure.hearing import DISTANCE, Hearing
from improvd.train.measure.improvised import improvised, real
from improvd.train.measure.statistics import STATISTICS, measured
from improvd.train.runs.run import Settings

SOURCE = Source(name="a", licence="b", credit="c")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A dataset of melodies, and two models of them that know nothing."""
    folder = tmp_path_factory.mktemp("comparison")
    random = np.random.default_rng(5)
    tunes = [np.repeat(random.integers(62, 74, size=60), 2).astype(np.int32) for _ in range(12)]
    for tune in tunes:
        tune[1::2] = 0
    dealt = np.array([0, 1, 2, 2] * 3, np.int8)
    Dataset("melody", tunes, list("abcdefghijkl"), dealt, [SOURCE], {}).save(folder)
    tiny_model(folder / "one.onnx", 38, a_card())
    tiny_model(folder / "high.onnx", 38, a_card(), likes=dict.fromkeys(range(30, 38), 9.0))
    return folder


def test_a_piece_has_so_many_tones_each_seed_its_own_and_always_the_same(folder):
    session = Session.load(folder / "one.onnx")
    one, other = improvised(session, 2, 20)
    assert one.shape == other.shape == (20, 2)
    assert one.tolist() != other.tolist()
    assert next(improvised(session, 1, 20)).tolist() == one.tolist()
    assert next(improvised(session, 1, 10)).tolist() == one[:10].tolist()


def test_a_model_that_begins_nothing_has_no_tones(tmp_path):
    silent = tiny_model(tmp_path / "silent.onnx", 38, a_card(), likes={0: 200.0})
    (piece,) = improvised(Session.load(silent), 1, 20)
    assert piece.shape == (0, 2)


def test_a_model_of_frames_plays_chords(tmp_path):
    path = rbm_model(tmp_path / "frames.onnx", sounding=-1.0)
    (piece,) = improvised(Session.load(path), 1, 40)
    assert len(piece) == 40
    assert measured([piece])[0, 0] > 0, "polyphony"


def test_a_generator_of_a_gan_plays_what_its_noise_says(tmp_path):
    session = Session.load(gan_model(tmp_path / "gan.onnx"))
    one, other = improvised(session, 2, 40)
    assert len(one) == len(other) == 40
    assert one.tolist() != other.tolist()
    assert next(improvised(session, 1, 40)).tolist() == one.tolist()


def test_a_real_piece_is_the_mean_of_its_parts_and_near_duplicates_are_one():
    scale, leaps = np.arange(40) % 12 + 62, np.arange(40) % 2 * 11 + 62
    first, second = (np.stack([each, each * 0], axis=1).ravel() for each in (scale, leaps))
    again = np.concatenate([first + (first > 0), first[:20]])
    melodies = [each.astype(np.int32) for each in (first, second, again)]
    found = real("melody", BASIC, melodies, 20)
    assert len(found) == 2
    spans = dict(zip(STATISTICS, found.T, strict=True))["tone span"]
    assert spans.tolist() == [11.0, 11.0]
    with pytest.raises(DataError, match="none of 3 melodies has 99 tones"):
        real("melody", BASIC, melodies, 99)


def test_two_models_are_compared_with_the_test_melodies_alone(folder):
    models = [folder / "one.onnx", folder / "high.onnx"]
    found = compare(models, folder, 30, 20)
    assert [each.statistic for each in found.found] == list(STATISTICS)
    assert (len(found.real), [len(each) for each in found.models]) == (6, [30, 30])
    assert len(compare(models, folder, 2, 20, validation=True).real) == 3
    span = found.found[-1]
    assert span.means[1].value < 8, "it likes the highest tones alone"


def test_the_command_line_tells_it_and_draws_it(folder, tmp_path, capsys):
    models = [str(folder / name) for name in ("one.onnx", "high.onnx")]
    words = ["evaluate", models[0], "--statistics", "--data", str(folder), "-n", "20"]
    words += ["--tones", "20", "--against", models[1], "--plot", str(tmp_path / "new.png")]
    with pytest.raises(SystemExit) as left:
        main.run(words)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "6 real pieces; of each model 20, 20 tones each"
    assert lines[1].split() == ["real", "one", "high"]
    named = [line.split("  ")[0] for line in lines[2:-1] if not line.startswith(" ")]
    assert named == list(STATISTICS)
    holds = int(lines[-1].rsplit(maxsplit=1)[-1])
    assert left.value.code == (0 if holds >= 3 else 1)
    assert (tmp_path / "new.png").read_bytes().startswith(b"\x89PNG")


@pytest.fixture(scope="module")
def styled(tmp_path_factory):
    """A dataset of tones in two styles, of one pitch each but for one, and models of them."""
    folder = tmp_path_factory.mktemp("styled")
    random = np.random.default_rng(5)

    def tune(style, lowest, span):
        pitches = lowest + random.integers(0, span, 40)
        return np.array([[8, pitch, 80, 8, style] for pitch in pitches], np.int32)

    tunes = [tune(1, 40, 3) for _ in range(4)] + [tune(2, 60, 40) for _ in range(4)]
    tunes.append(tune(0, 50, 2))
    dealt = np.full(9, 2, np.int8)
    names = [f"{n}.mid" for n in range(9)]
    kind = {"configuration": "styled", "tokens": ("bach", "pop")}
    Dataset("crnngan", tunes, names, dealt, [SOURCE], {}, **kind).save(folder)
    gan_model(folder / "band.onnx", "styled", ("bach", "pop"))
    gan_model(folder / "other.onnx", "styled", ("pop", "jazz"), seed=3)
    gan_model(folder / "plain.onnx")
    return folder


def test_in_a_style_all_is_of_it_what_is_played_and_the_real_music(styled):
    band, spans = [styled / "band.onnx"], {}
    found = {style: compare(band, styled, 5, 20, style) for style in ("", "bach", "pop")}
    for style, each in found.items():
        spans[style] = dict(zip(STATISTICS, each.real.T, strict=True))["tone span"]
    assert {style: len(each) for style, each in spans.items()} == {"": 9, "bach": 4, "pop": 4}
    assert max(spans["bach"]) < 3 < min(spans["pop"])
    played = [each.models[0].tolist() for each in found.values()]
    assert played[0] != played[1] != played[2] != played[0]


def test_the_other_model_plays_in_that_style_if_it_knows_it(styled):
    def played(name, style):
        session = Session.load(styled / name)
        return measured(list(improvised(session, 5, 20, style))).tolist()

    for name, own in (("other.onnx", {"bach": "", "pop": "pop"}), ("plain.onnx", {"pop": ""})):
        for style, plays in own.items():
            found = compare([styled / "band.onnx", styled / name], styled, 5, 20, style)
            assert found.models[1].tolist() == played(name, plays)


def test_the_command_line_tells_the_style(styled, capsys):
    words = ["evaluate", str(styled / "band.onnx"), "--statistics", "--data", str(styled)]
    words += ["-n", "3", "--tones", "20", "--style"]
    with pytest.raises(SystemExit) as left:
        main.run([*words, "pop"])
    assert left.value.code == 0
    first, *_ = capsys.readouterr().out.splitlines()
    assert first == "4 real pieces in style pop; of each model 3, 20 tones each"
    assert main.run([*words, "polka"]) == 2
    told = "improvd: band has no style 'polka'; it has: bach, pop\n"
    assert capsys.readouterr().err == told


def test_a_style_for_a_model_without_styles_or_without_statistics_is_refused(folder, capsys):
    words = ["evaluate", str(folder / "one.onnx"), "--data", str(folder), "--style", "pop"]
    assert main.run([*words, "--statistics"]) == 2
    assert capsys.readouterr().err.endswith("knows no styles: compare it without one\n")
    assert main.run(words) == 2
    assert capsys.readouterr().err.endswith("--style needs --statistics\n")


def test_a_picture_that_cannot_be_written_is_said(folder, tmp_path, capsys):
    words = ["evaluate", str(folder / "one.onnx"), "--statistics", "--data", str(folder)]
    words += ["-n", "2", "--tones", "20", "--plot", str(tmp_path / "no" / "new.png")]
    assert main.run(words) == 1
    assert "new.png cannot be written" in capsys.readouterr().err


def test_what_a_network_plays_on_its_way_is_told_and_how_far_it_is(folder):
    settings = Settings("melody", "basic", str(folder), (SOURCE,))
    long_ones = Dataset.load(folder).evaluation
    weights = sequence_net(BASIC).get_weights()
    hearing = Hearing(settings, long_ones, 3, 20)
    told = hearing.figures(weights, 7)
    assert list(told) == [*STATISTICS, DISTANCE]
    assert told == hearing.figures(weights, 8)
    assert told["polyphony"] == 0.0
    assert 0.0 < told[DISTANCE] < 1.0
    assert hearing.beside("polyphony") == " (real 0.000)"
    assert hearing.beside(DISTANCE) == ""
