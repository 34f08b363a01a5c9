"""Training that begins with the weights of a model file."""

import subprocess
import sys
from dataclasses import replace
from importlib import import_module

import keras
import numpy as np
import pytest
from rolls import dataset
from scales import SOURCE, scales
from tiny import a_card
from vocabularies import tokens_of

from improvd.errors import ModelError
from improvd.models.base import families, family
from improvd.models.card import Source
from improvd.train.learn.finish import finish
from improvd.train.learn.fit import Trainer
from improvd.train.onnx.export import export
from improvd.train.onnx.start import model_weights, read_weights, started
from improvd.train.runs.hparams import Hparams
from improvd.train.runs.run import Run, Settings

EVERY = [(name, each) for name in families() for each in family(name).configurations]


def network(name, configuration):
    keras.utils.set_random_seed(3)
    net = import_module(f"improvd.models.{name}.net")
    tokens = tokens_of(name, configuration)
    made = net.sequence_net(family(name).configuration(configuration, tokens))
    random = np.random.default_rng(3)
    made.set_weights([random.normal(0, 0.1, each.shape) for each in made.get_weights()])
    return made


@pytest.mark.parametrize("member", EVERY, ids="-".join)
def test_a_model_file_gives_back_the_weights_it_was_written_from(member, tmp_path):
    made = network(*member)
    card = a_card(family=member[0], configuration=member[1], tokens=tokens_of(*member))
    export(made, card, tmp_path / "old.onnx")
    back = read_weights(tmp_path / "old.onnx", made.get_weights())
    for one, other in zip(back, made.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_a_configuration_has_more_than_the_one_it_extends_stays_fresh(tmp_path):
    live, pedal = (network("events", name) for name in ("live", "pedal"))
    card = a_card(family="events", configuration="live")
    export(live, card, tmp_path / "live.onnx")
    weights = read_weights(tmp_path / "live.onnx", pedal.get_weights())
    fresh, known = pedal.get_weights(), live.get_weights()
    for got, new, old in zip(weights, fresh, known, strict=True):
        inside = tuple(slice(size) for size in old.shape)
        np.testing.assert_array_equal(got[inside], old)
        got[inside] = new[inside]
        np.testing.assert_array_equal(got, new)
    begun = Settings("events", "pedal", "nowhere", ())
    assert started(begun, tmp_path / "live.onnx").start == str(tmp_path / "live.onnx")


@pytest.fixture
def old(tmp_path):
    """A model of the melody family that learnt from something else."""
    scales().save(tmp_path / "data")
    before = Source(name="old tunes", licence="public domain", credit="nobody knows")
    path = tmp_path / "old.onnx"
    export(network("melody", "basic"), a_card(sources=(before,)), path)
    return path


def settings(tmp_path, configuration="basic", **hparams):
    small = Hparams(batch_size=2, window=8, learning_rate=1e-7, **hparams)
    return Settings("melody", configuration, str(tmp_path / "data"), (SOURCE,), small)


def test_a_run_goes_on_from_a_model_and_its_card_says_so(tmp_path, old):
    run = Run(tmp_path / "run", started(settings(tmp_path), old))
    Trainer(run, scales()).fit(1)
    card, _ = finish(run.folder, tmp_path / "new.onnx")
    assert card.start == "old"
    assert [source.name for source in card.sources] == ["old tunes", SOURCE.name]
    like = network("melody", "basic").get_weights()
    after, before = (read_weights(tmp_path / f"{name}.onnx", like) for name in ("new", "old"))
    for one, other in zip(after, before, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_a_model_of_another_shape_is_refused(tmp_path, old):
    with pytest.raises(ModelError, match="is a melody basic: melody mono cannot start from it"):
        started(settings(tmp_path, "mono"), old)
    small = settings(tmp_path, rnn_layer_sizes=(64,))
    with pytest.raises(ModelError, match=r"give --hparams rnn_layer_sizes=\[128,128\]"):
        started(small, old)


def test_a_run_that_cannot_start_is_told_in_one_line_and_leaves_no_folder(tmp_path, old):
    command = [sys.executable, "-m", "improvd", "train", "melody", "--config", "mono"]
    command += ["--data", tmp_path / "data", "--run", tmp_path / "run", "--start", old]
    failed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert failed.returncode == 2
    assert failed.stderr == f"improvd: {old} is a melody basic: melody mono cannot start from it\n"
    assert not (tmp_path / "run").exists()


def test_a_model_of_frames_is_gone_on_from_whatever_its_sizes(tmp_path):
    dataset().save(tmp_path / "data")
    sizes = (8, 6)
    small = Hparams(batch_size=2, window=12, rnn_layer_sizes=sizes, learning_rate=1e-7)
    wanted = Settings("rnnrbm", "faithful", str(tmp_path / "data"), (SOURCE,), small)
    old = Run(tmp_path / "old", wanted)
    Trainer(old, dataset()).fit(1)
    finish(old.folder, tmp_path / "old.onnx")
    configuration, weights = model_weights(tmp_path / "old.onnx")
    assert configuration.sizes == sizes
    for one, other in zip(weights, old.latest().weights, strict=True):
        np.testing.assert_array_equal(one, other)
    run = Run(tmp_path / "run", started(wanted, tmp_path / "old.onnx"))
    Trainer(run, dataset()).fit(1)
    for one, other in zip(run.latest().weights, weights, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    with pytest.raises(ModelError, match=r"give --hparams rnn_layer_sizes=\[8,6\]"):
        started(replace(wanted, hparams=Hparams()), tmp_path / "old.onnx")
