"""The judge tells a model that listens from one that does not."""

import numpy as np
import pytest
from gan import gan_model
from rbm import rbm_model
from tiny import a_card

from improvd.core.note import Note
from improvd.core.units import Beats, Pitch, Velocity
from improvd.errors import DataError
from improvd.models.card import Source
from improvd.models.melody.configuration import BASIC
from improvd.models.melody.net import sequence_net
from improvd.train.data.dataset import Dataset
from improvd.train.measure.judge import Judge, finding, overlap, pitch_classes, rhythm
from improvd.train.onnx.export import export


def notes(*played):
    return [Note(Beats(at), Beats(0.25), Pitch(pitch), Velocity(80)) for at, pitch in played]


def test_what_two_phrases_share():
    one, other = notes((0, 60), (1, 72), (1.5, 64)), notes((0, 60), (0.5, 67))
    assert overlap(pitch_classes(one), pitch_classes(other)) == pytest.approx(0.5)
    assert overlap(rhythm(one), rhythm(other)) == pytest.approx(0.5)
    assert overlap(rhythm(one), rhythm([])) == 0


def test_a_finding_holds_only_where_its_interval_excludes_zero():
    noise = np.random.default_rng(1).normal(size=100)
    each = np.arange(100)
    clear = finding("clear", noise + 1, noise * 0.9, each, 1)
    assert clear.holds
    assert clear.low < clear.difference < clear.high
    assert not finding("none", noise, noise[::-1], each, 1).holds


def test_phrases_of_one_piece_say_little_more_than_one_of_them():
    random = np.random.default_rng(2)
    pieces = np.repeat(np.arange(10), 10)
    alike = np.repeat(random.normal(0.3, 0.5, size=10), 10)
    alone = finding("each a piece of its own", alike, np.zeros(100), np.arange(100), 1)
    found = finding("ten of a piece", alike, np.zeros(100), pieces, 1)
    assert found.difference == pytest.approx(alone.difference)
    assert found.high - found.low > 2 * (alone.high - alone.low)


@pytest.fixture(scope="module")
def untrained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("judge")
    random = np.random.default_rng(5)
    sizes = (80, 80, 80, 160)
    tunes = [np.repeat(random.integers(62, 74, size=size), 2).astype(np.int32) for size in sizes]
    source = Source(name="a", licence="b", credit="c")
    Dataset("melody", tunes, list("abcd"), np.ones(4, bool), [source], {}).save(folder)
    export(sequence_net(BASIC), a_card(), folder / "new.onnx")
    return Judge(folder / "new.onnx", folder)


def test_an_untrained_model_is_indifferent_and_judged_the_same_twice(untrained):
    found = untrained.findings(4)
    assert len(found) == 3
    assert found[0].own == pytest.approx(-np.log(38), abs=0.2)
    assert abs(found[0].difference) < 0.05
    assert untrained.findings(4) == found


def test_a_model_of_frames_is_judged_too_and_the_same_twice(tmp_path):
    source = Source(name="a", licence="b", credit="c")
    dice = np.random.default_rng(5)
    tunes = [chords(dice) for _ in range(4)]
    made = Dataset("rnnrbm", tunes, list("abcd"), np.ones(4, bool), [source], {}, "live")
    made.save(tmp_path)
    judge = Judge(rbm_model(tmp_path / "new.onnx"), tmp_path)
    found = judge.findings(4)
    assert found[0].question == "log-likelihood a step"
    assert found[0].own < 0
    assert all(0 < each.own <= 1 for each in found[1:])
    assert judge.findings(4) == found


def test_a_model_of_tones_is_judged_too_and_the_same_twice(tmp_path):
    source = Source(name="a", licence="b", credit="c")
    dice = np.random.default_rng(5)
    tunes = [tones(dice) for _ in range(4)]
    made = Dataset("crnngan", tunes, list("abcd"), np.ones(4, bool), [source], {})
    made.save(tmp_path)
    judge = Judge(gan_model(tmp_path / "new.onnx"), tmp_path)
    found = judge.findings(4)
    assert -4 < found[0].own < 0
    assert 0 < found[1].own <= 1, "pitch classes; that tones are as far apart is chance"
    assert judge.findings(4) == found


def tones(dice):
    """A piece of 40 beats, with a tone every quarter of one."""
    pitches = dice.integers(55, 75, size=160)
    return np.array([(8, pitch, 80, 8) for pitch in pitches], np.int32)


def chords(dice):
    """A roll of 40 beats, with a chord of three keys on each beat."""
    roll = np.zeros((160, 2, 88), bool)
    for beat, start in enumerate(dice.integers(30, 50, size=40)):
        keys = start + np.array([0, 4, 7])
        roll[4 * beat : 4 * beat + 3, 0, keys] = True
        roll[4 * beat, 1, keys] = True
    return roll.reshape(160, 176)


def test_more_phrases_than_there_are_is_said(untrained):
    with pytest.raises(DataError, match=r"9 phrases .* 2\.\.5 can be had of 4 held-out melodies"):
        untrained.findings(9)


def test_a_long_tune_gives_several_phrases_each_with_its_own_continuation(untrained):
    cases = untrained._cases(5, 1)
    assert sorted(case.piece for case in cases[:4]) == [0, 1, 2, 3]
    assert cases[4].piece == 3, "the long one"
    (first,) = (case for case in cases[:4] if case.piece == 3)
    parts = [first.phrase, first.continuation, cases[4].phrase, cases[4].continuation]
    whole = untrained._keys.home(BASIC, untrained._melodies[3])[:256].tolist()
    assert [int(step) for part in parts for step in part] == whole
