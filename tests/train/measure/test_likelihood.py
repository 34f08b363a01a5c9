"""What a network makes of a benchmark's steps: counted out for one that is small."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from rolls import chords, dataset, write_benchmark

from improvd.errors import DataError
from improvd.models.rnnrbm.configuration import FAITHFUL
from improvd.models.rnnrbm.net import sequence_net
from improvd.train.learn.finish import finish
from improvd.train.learn.fit import Trainer
from improvd.train.measure.ais import Rbms
from improvd.train.measure.likelihood import Effort, every_step, likelihood, score
from improvd.train.runs.hparams import Hparams
from improvd.train.runs.run import Run, Settings

VISIBLE, HIDDEN, RECURRENT = 6, 5, 4


def weights(seed=0):
    random = np.random.default_rng(seed)
    shapes = [(VISIBLE, HIDDEN), VISIBLE, HIDDEN, (RECURRENT, VISIBLE), (RECURRENT, HIDDEN)]
    shapes += [RECURRENT, (RECURRENT, RECURRENT), (VISIBLE, RECURRENT)]
    return [random.normal(0, 0.7, shape).astype(np.float32) for shape in shapes]


def rolls(seed=1):
    random = np.random.default_rng(seed)
    return [random.random((length, VISIBLE)) < 0.4 for length in (9, 4, 12)]


def counted():
    """The log-likelihood of each step, over all frames that there could be."""
    rbms, frames = every_step(weights(), rolls())
    every = np.array(list(product([0, 1], repeat=VISIBLE)), np.float32)
    for at, likely in enumerate(rbms.unnormalised(frames)):
        biases = (np.tile(each[at], (len(every), 1)) for each in rbms[1:])
        yield likely - np.logaddexp.reduce(Rbms(rbms.weights, *biases).unnormalised(every))


def test_all_steps_together_are_as_likely_as_counted():
    found = likelihood(weights(), rolls(), Effort(sample=0))
    assert found.steps == 25
    assert found.error == 0
    assert found.per_step == pytest.approx(np.mean(list(counted())), abs=4 * found.of_chains)
    assert 0 < found.of_chains < 0.02


def test_of_a_sample_the_error_is_told_and_the_same_seed_draws_the_same():
    found = [likelihood(weights(), rolls(), Effort(sample=10, seed=seed)) for seed in (1, 1, 2)]
    assert found[0] == found[1] != found[2]
    each = np.array(list(counted()))
    expected = each.std() * np.sqrt((1 - 10 / 25) / 10)
    assert found[0].error == pytest.approx(expected, rel=0.6)
    assert abs(found[0].per_step - each.mean()) < 4 * found[0].error


def test_doubling_the_temperatures_changes_next_to_nothing():
    one, other = (
        likelihood(weights(), rolls(), Effort(sample=0, temperatures=count))
        for count in (1000, 2000)
    )
    assert one.per_step == pytest.approx(other.per_step, abs=0.01)


def test_the_biases_of_each_step_are_those_that_keras_says():
    network = sequence_net(replace(FAITHFUL, sizes=(7, 5)))
    random = np.random.default_rng(3)
    network.set_weights([random.normal(0, 0.3, each.shape) for each in network.get_weights()])
    music = chords(2)
    rbms, frames = every_step(network.get_weights(), music)
    np.testing.assert_array_equal(frames, np.concatenate(music))
    for number, roll in enumerate(music):
        told = network.predict_on_batch([roll[None].astype(np.float32), np.zeros((1, 5), "f4")])[0]
        own = np.concatenate([rbms.visible, rbms.hidden], axis=1)[24 * number : 24 * (number + 1)]
        np.testing.assert_allclose(own[1:], told[0, :-1], atol=1e-5)
        np.testing.assert_allclose(own[0], np.concatenate(network.get_weights()[1:3]), atol=1e-6)


@pytest.fixture
def run(tmp_path):
    dataset().save(tmp_path / "data")
    small = Hparams(batch_size=4, window=12, rnn_layer_sizes=(12, 9), learning_rate=0.02)
    settings = Settings("rnnrbm", "faithful", str(tmp_path / "data"), (), small)
    return Run(tmp_path / "run", settings)


def test_a_run_and_its_model_file_are_worth_the_same_and_more_than_untrained(tmp_path, run):
    benchmark = write_benchmark(tmp_path / "JSB_Chorales.mat")
    effort = Effort(sample=0, chains=20, temperatures=200)

    def worth(what, rolls="test"):
        return score(what, "jsb", benchmark, rolls, effort)

    Trainer(run, dataset()).fit(1)
    before = worth(run.folder)
    Trainer(run, dataset()).fit(150)
    after = worth(run.folder)
    assert after.per_step > before.per_step + 5
    assert after.expected > before.expected
    finish(run.folder, tmp_path / "chords.onnx")
    assert worth(tmp_path / "chords.onnx").per_step == pytest.approx(after.per_step, abs=1e-3)
    assert worth(run.folder, "validation").steps == 48


def test_a_run_without_a_checkpoint_and_one_of_other_frames_are_said(tmp_path, run):
    with pytest.raises(DataError, match="has no checkpoint yet"):
        score(run.folder, "jsb", write_benchmark(tmp_path / "a.mat"), "test", Effort())
    live = Settings("rnnrbm", "live", "data", ())
    other = Run(tmp_path / "other", live)
    Trainer(other, dataset("live")).fit(1)
    with pytest.raises(DataError, match="which live does not learn"):
        score(other.folder, "jsb", tmp_path / "a.mat", "test", Effort())


def test_what_is_found_is_told_in_a_line():
    told = str(likelihood(weights(), rolls(), Effort(sample=10)))
    assert "nats a step (10 steps, annealing ±" in told
    assert "accuracy" in told
