"""A run's checkpoints and a model file are scored on held-out melodies, while training goes on."""

import numpy as np
import pytest
from rolls import dataset
from scales import SOURCE, scales

from improvd.errors import DataError
from improvd.train.data.dataset import Dataset
from improvd.train.learn.finish import finish
from improvd.train.learn.fit import Trainer
from improvd.train.measure.evaluate import follow_run, held_out, score_model, score_run
from improvd.train.runs.hparams import Hparams
from improvd.train.runs.run import Run, Settings


@pytest.fixture
def run(tmp_path):
    scales().save(tmp_path / "data")
    small = Hparams(batch_size=4, window=16)
    return Run(
        tmp_path / "run", Settings("melody", "basic", str(tmp_path / "data"), (SOURCE,), small)
    )


def test_a_model_file_is_worth_what_its_run_is(tmp_path, run):
    Trainer(run, scales()).fit(20)
    ((update, scores),) = score_run(run.folder, None, 0)
    assert update == 20
    finish(run.folder, tmp_path / "scales.onnx")
    played = score_model(tmp_path / "scales.onnx", tmp_path / "data", 0)
    assert played == pytest.approx(scores, abs=1e-4)
    assert scores.perplexity > 1


def test_a_model_of_frames_is_worth_what_its_run_is_too(tmp_path):
    dataset().save(tmp_path / "rolls")
    small = Hparams(batch_size=2, window=12, rnn_layer_sizes=(8, 6), learning_rate=0.02)
    settings = Settings("rnnrbm", "faithful", str(tmp_path / "rolls"), (SOURCE,), small)
    frames = Run(tmp_path / "frames", settings)
    Trainer(frames, dataset()).fit(20)
    ((_, scores),) = score_run(frames.folder, None, 0)
    finish(frames.folder, tmp_path / "rolls.onnx")
    played = score_model(tmp_path / "rolls.onnx", tmp_path / "rolls", 0)
    assert played == pytest.approx(scores, abs=1e-4)
    assert 0 < scores.per_step < 61  # nats: 88 keys by chance


def test_each_checkpoint_is_scored_as_it_comes_and_a_broken_one_passed_over(tmp_path, run):
    trainer = Trainer(run, scales())
    trainer.fit(3)

    def train_on(_):
        (run.folder / "step-00000004.npz").write_bytes(b"cut short")
        trainer.fit(30)

    following = follow_run(run.folder, None, 0, pause=train_on)
    first, second = next(following), next(following)
    assert (first[0], second[0]) == (3, 30)
    assert second[1].per_step < first[1].per_step
    assert list((run.folder / "summaries" / "evaluation").iterdir())


def test_a_run_without_a_checkpoint_is_said(run):
    with pytest.raises(DataError, match="has no checkpoint yet"):
        list(score_run(run.folder, None, 0))


def test_some_examples_are_from_all_over_the_dataset(run):
    tunes = [np.array([2 + 60 + at, 0, 2 + 61 + at], np.int32) for at in range(10)]
    dataset = Dataset("melody", tunes, list("abcdefghij"), np.ones(10, bool), [SOURCE], {})
    lowest = [int(steps[0]) for steps in held_out(run.settings, dataset, 4)]
    assert [each - lowest[0] for each in lowest] == [0, 2, 5, 7]
    assert len(held_out(run.settings, dataset, 99)) == 10
