"""What is written behind --hparams."""

from dataclasses import replace

import pytest

from improvd.errors import ConfigError
from improvd.train.runs.hparams import PRESETS, Hparams, parse

KNOWN = [*Hparams.__dataclass_fields__, *PRESETS]
A_LIST = "a list like [128,128], each a whole number 1..16384"


def test_what_is_not_said_is_as_it_always_was():
    assert parse("") == Hparams()
    said = parse("batch_size=64, rnn_layer_sizes=[256,128], learning_rate=1e-3")
    assert said == Hparams(batch_size=64, rnn_layer_sizes=(256, 128), learning_rate=0.001)


def test_all_faults_are_told_at_once():
    with pytest.raises(ConfigError) as caught:
        parse("batchsize=3,dropout=1.5,window=many,rnn_layer_sizes=[0],units=3")
    assert caught.value.faults == (
        "--hparams: there is no 'batchsize'; did you mean 'batch_size'?",
        "--hparams: window=many: it is a whole number 2..4096",
        f"--hparams: there is no 'units'; there are: {', '.join(KNOWN)}",
        "--hparams: dropout=1.5: it is 0..0.9",
        f"--hparams: rnn_layer_sizes=(0,): it is {A_LIST}",
    )


def test_a_preset_is_a_word_and_what_else_is_said_goes_before_it():
    faithful = parse("faithful")
    assert (faithful.batch_size, faithful.window, faithful.optimizer) == (1, 100, "sgd")
    assert (faithful.learning_rate, faithful.last_rate, faithful.carry) == (0.001, 1.0, 0)
    assert faithful.gibbs == 15
    for text in ("faithful,window=50,optimizer=momentum", "window=50,optimizer=momentum,faithful"):
        assert parse(text) == replace(faithful, window=50, optimizer="momentum")


def test_the_jazz_notebooks_setting_is_adam_as_keras_had_it():
    jazz = parse("jazz")
    assert (jazz.optimizer, jazz.learning_rate, jazz.decay) == ("adam", 0.01, 0.01)
    assert (jazz.batch_size, jazz.window, jazz.carry, jazz.augment) == (32, 30, 0, 0)


def test_a_word_that_is_almost_one_is_said():
    with pytest.raises(ConfigError, match="there is no 'faithfull'; did you mean 'faithful'"):
        parse("faithfull")
    with pytest.raises(ConfigError, match="optimizer=adm: it is one of adam, momentum, sgd"):
        parse("optimizer=adm")


@pytest.mark.parametrize(
    "text",
    [
        "batch_size=1.5",
        "batch_size=True",
        "dropout='much'",
        "seed=",
        "seed={[]: 1}",
        "seed=" + "-" * 9999,
    ],
)
def test_a_value_of_another_kind_is_refused(text):
    with pytest.raises(ConfigError):
        parse(text)
