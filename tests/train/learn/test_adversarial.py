"""A generator and its critic learn from each other, in a run like any other."""

import math
import os
import signal
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from tones import SOURCE, pieces

from improvd.errors import ConfigError, DataError
from improvd.train.data.dataset import keys_of
from improvd.train.learn.adversarial import MATCHING, OBJECTIVES, Duel
from improvd.train.learn.finish import finish
from improvd.train.learn.fit import Trainer
from improvd.train.measure.evaluate import Evaluation, Scores
from improvd.train.onnx.start import started
from improvd.train.runs.batches import grown, song_batches
from improvd.train.runs.hparams import Hparams
from improvd.train.runs.recurrent import Recurrent, tunes
from improvd.train.runs.run import Run, Settings

SMALL = Hparams(
    batch_size=3,
    window=6,
    dropout=0.1,
    critic_dropout=0.1,
    adversarial="gan",
    critic_layer_sizes=(4,),
    rnn_layer_sizes=(6, 5),
)
MINUTE = 60


@pytest.fixture(autouse=True)
def eagerly():
    """To trace a graph takes longer than all that is computed; a run from a shell has its own."""
    tf.config.run_functions_eagerly(run_eagerly=True)
    yield
    tf.config.run_functions_eagerly(run_eagerly=False)


@pytest.fixture
def settings(tmp_path):
    pieces().save(tmp_path / "data")
    return Settings("crnngan", "live", str(tmp_path / "data"), (SOURCE,), SMALL)


@pytest.fixture
def begin(tmp_path, settings):
    """A trainer in a run of its own, hyper-parameters set otherwise where that is said."""

    def begun(name="run", **hparams):
        changed = replace(settings, hparams=replace(SMALL, **hparams))
        trainer = Trainer(Run(tmp_path / name, changed), pieces())
        learning = trainer._learning
        if isinstance(learning, Duel):  # to compile takes longer than all that is computed
            learning._compiled = tf.function(learning._costs)
        return trainer

    return begun


def both(trainer):
    """The weights of the generator, and those of the critic."""
    return trainer.network.get_weights(), trainer._learning.critic.get_weights()


def equal(one, other):
    return [np.array_equal(a, b) for a, b in zip(one, other, strict=True)]


def test_what_is_decided_of_a_song_is_the_mean_over_its_steps():
    opinions = tf.constant([[0.0, 2.0], [-1.0, -1.0]])
    chances = 1 / (1 + np.exp(-opinions.numpy()))
    gan, hinge, every = OBJECTIVES["gan"], OBJECTIVES["hinge"], tf.ones((2, 2))
    np.testing.assert_allclose(gan.decision(opinions, every), chances.mean(1), rtol=1e-6)
    np.testing.assert_allclose(hinge.decision(opinions, every), [1, -1])
    own = tf.constant([[0.0, 1.0], [1.0, 1.0]])  # the other one was not made up
    expected = [chances[0, 1], chances[1, 0]]
    np.testing.assert_allclose(gan.decision(opinions, own), expected, rtol=1e-6)
    np.testing.assert_allclose(hinge.decision(opinions, own), [2, -1])


@pytest.mark.parametrize(("name", "sure", "even"), [("gan", 1.0, math.log(2)), ("hinge", 1.0, 1.0)])
def test_who_cannot_tell_loses_as_much_as_who_is_not_believed(name, sure, even):
    goal = OBJECTIVES[name]
    assert float(goal.real(tf.constant(goal.even))) == pytest.approx(even, abs=1e-5)
    assert float(goal.fake(tf.constant(goal.even))) == pytest.approx(even, abs=1e-5)
    assert float(goal.real(tf.constant(sure))) == pytest.approx(0, abs=1e-5)
    assert float(goal.fake(tf.constant(sure))) > even


def test_features_match_song_by_song_or_as_a_whole():
    real = tf.constant([[[1.0, 2.0]], [[3.0, 4.0]]])
    others = tf.constant([[[3.0, 4.0]], [[1.0, 2.0]]])
    assert float(MATCHING["pairs"](real, real)) == float(MATCHING["means"](real, others)) == 0
    assert float(MATCHING["pairs"](real, others)) == 4.0
    assert float(MATCHING["means"](real, others + 3)) == 9.0
    assert float(MATCHING["moments"](real, others)) == 0
    flat = tf.constant([[[2.0, 3.0]], [[2.0, 3.0]]])  # as high on the whole, and all alike
    assert float(MATCHING["means"](real, flat)) == 0
    assert float(MATCHING["moments"](real, flat)) == pytest.approx(1.0, abs=0.01)


def test_both_sides_learn_and_both_losses_are_told(begin, caplog):
    caplog.set_level("INFO")
    trainer = begin(freeze=0.0)
    before = both(trainer)
    trainer.fit(4, summary_every=2)
    for old, new in zip(before, both(trainer), strict=True):
        assert not any(equal(old, new))
    line = trainer.run.course()[-1]
    assert {"critic", "generator", "found", "spread", "critic rests", "generator rests"} < set(line)
    assert line["refused"] == 0
    assert "generator 0." in caplog.text
    assert "critic 0." in caplog.text
    assert (trainer.run.folder / "curve.png").stat().st_size > 1000
    assert list((trainer.run.folder / "summaries" / "training").iterdir())


def deaf(trainer):
    """Let the generator say nothing but the lowest, softest and shortest of tones."""
    *others, kernel, bias = trainer.network.get_weights()
    trainer.network.set_weights([*others, kernel * 0, bias * 0 - 1])


def knowing(trainer):
    """Let the critic know songs by how loud they are."""
    kernel, bias = np.zeros((4, 16)), np.repeat([9.0, -9.0, 2.5, 9.0], 4)  # gates i, f, c, o
    kernel[2, 8:12] = 5.0
    way = [kernel, np.zeros((4, 16)), bias]
    trainer._learning.critic.set_weights([*way, *way, np.full((8, 1), 2.0), np.zeros(1)])


def trusting(trainer):
    """Let the critic take all songs for real."""
    *others, bias = trainer._learning.critic.get_weights()
    trainer._learning.critic.set_weights([*others, bias + 9])


def doubting(trainer):
    """Let the critic take all songs for imagined."""
    *others, bias = trainer._learning.critic.get_weights()
    trainer._learning.critic.set_weights([*others, bias - 9])


@pytest.mark.parametrize(
    ("made", "rests"),
    [((trusting,), [True, False]), ((deaf, knowing), [False, True]), ((doubting,), [False, False])],
    ids=["fooled", "ahead", "half wrong"],
)
@pytest.mark.parametrize("adversarial", ["gan", "hinge"])
def test_who_is_too_far_ahead_rests(begin, adversarial, made, rests):
    trainer = begin(adversarial=adversarial)
    for make in made:
        make(trainer)
    before = both(trainer)
    trainer.fit(1, summary_every=1)
    line = trainer.run.course()[-1]
    assert [bool(line[f"{side} rests"]) for side in ("generator", "critic")] == rests
    stayed = [all(equal(old, new)) for old, new in zip(before, both(trainer), strict=True)]
    assert stayed == rests


@pytest.mark.parametrize(
    "hparams",
    [
        {"matching": "pairs"},
        {"matching": "moments"},
        {"adversarial": "hinge", "instance_noise": 0.1},
        {"primed": 1.0, "averaged": 0.9},
    ],
    ids=str,
)
def test_every_way_to_learn_moves_the_generator(begin, hparams):
    trainer = begin(freeze=0.0, **hparams)
    before, _ = both(trainer)
    trainer.fit(2, summary_every=1)
    assert not any(equal(before, both(trainer)[0]))
    assert all(math.isfinite(value) for value in trainer.run.course()[-1].values())


def test_who_goes_on_foretelling_learns_that_whatever_a_critic_says(begin):
    trainer = begin(freeze=0.0, foretelling=1.0, learning_rate=0.02)
    critic = trainer._learning.critic
    critic.set_weights([0 * each for each in critic.get_weights()])  # of nothing it says anything
    before = trainer.evaluate().per_step
    trainer.fit(20, summary_every=20)
    assert trainer.evaluate().per_step < 0.8 * before


def test_the_mean_of_its_weights_is_kept_judged_and_exported_and_it_goes_on_with_its_own(begin):
    trainer = begin(freeze=0.0, averaged=0.9)
    trainer.fit(4)
    mean, own = trainer._learning.weights, trainer.network.get_weights()
    assert not any(equal(mean, own))
    assert all(equal(mean, trainer.run.latest().weights))
    scores = trainer.evaluate()
    assert all(equal(own, trainer.network.get_weights())), "though the mean was asked"
    again = begin(freeze=0.0, averaged=0.9)
    assert all(equal(own, again.network.get_weights()))
    assert all(equal(mean, again._learning.weights))
    assert again.take_better() == scores
    assert all(equal(mean, again.network.get_weights()))


def test_who_is_interrupted_while_the_mean_is_asked_goes_on_with_its_own(begin, monkeypatch):
    def interrupted(_):
        raise KeyboardInterrupt

    trainer = begin(freeze=0.0, averaged=0.9)
    trainer.fit(2)
    own = trainer.network.get_weights()
    monkeypatch.setattr(Evaluation, "scores", interrupted)
    with pytest.raises(KeyboardInterrupt):
        trainer.evaluate()
    assert all(equal(own, trainer.network.get_weights()))


@pytest.mark.parametrize("adversarial", ["none", "gan"])
def test_an_update_that_would_spoil_the_weights_is_refused_and_told(begin, adversarial, caplog):
    trainer = begin(adversarial=adversarial, freeze=0.0)
    weights = trainer.network.get_weights()
    weights[-1][0] = 1e38  # its square is beyond all floats
    if adversarial == "gan":
        critic = trainer._learning.critic
        critic.set_weights([np.full_like(each, np.nan) for each in critic.get_weights()])
    else:
        trainer.network.set_weights(weights)
    before = trainer.network.get_weights()
    trainer.fit(3, summary_every=3)
    assert all(equal(before, trainer.network.get_weights()))
    line = trainer.run.course()[-1]
    assert set(line) == {"update", "refused", "speed"}, "what may be no number is not told"
    assert line["refused"] == 3
    assert "3 updates refused" in caplog.text


def test_who_has_gradients_that_are_finite_learns_while_the_other_does_not(begin):
    trainer = begin(freeze=0.0)
    costs = trainer._learning._costs

    def spoilt(songs):
        (mine, good), theirs, figures = costs(songs)
        return (mine, good & False), theirs, figures

    trainer._learning._compiled = spoilt
    before = both(trainer)
    trainer.fit(2, summary_every=1)
    generator, critic = (equal(*each) for each in zip(before, both(trainer), strict=True))
    assert all(generator)
    assert not any(critic)
    assert trainer.run.course()[-1]["refused"] == 1


@pytest.mark.parametrize("adversarial", ["none", "gan", "hinge"])
def test_an_absurd_learning_rate_makes_no_number_that_is_none(begin, adversarial):
    trainer = begin(adversarial=adversarial, learning_rate=1.0, optimizer="sgd", clip_norm=1e3)
    trainer.fit(20, summary_every=10)
    checkpoint = trainer.run.latest()
    assert all(np.isfinite(each).all() for each in [*checkpoint.weights, *checkpoint.optimizer])


def test_a_run_goes_on_with_both_sides_where_it_was(begin):
    trainer = begin(freeze=0.0)
    trainer.fit(3)
    again = begin(freeze=0.0)
    assert again.update == 3
    for old, new in zip(both(trainer), both(again), strict=True):
        assert all(equal(old, new))
    kept = [np.array(each) for each in trainer._learning.variables]
    assert all(equal(kept, [np.array(each) for each in again._learning.variables]))
    again.fit(5)
    through = begin("through", freeze=0.0)
    through.fit(5)
    counts = [
        [int(each) for each in made._learning.variables if "iteration" in each.path]
        for made in (again, through)
    ]
    assert counts[0] == counts[1] == [5, 5]


def test_a_killed_training_goes_on_from_its_last_checkpoint(tmp_path, settings):
    words = "batch_size=3,window=6,adversarial=gan,critic_layer_sizes=[4],rnn_layer_sizes=[6,5]"
    command = [sys.executable, "-m", "improvd", "train", "crnngan", "--data", settings.data]
    command += ["--run", str(tmp_path / "run"), "--hparams", words, "--summary-every", "1"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ) as training:
        for line in training.stderr:
            if "held out" in line:
                break
        training.send_signal(signal.SIGKILL)
    run = Run(tmp_path / "run", Settings.load(tmp_path / "run"))
    reached = run.latest().update
    assert reached >= 10
    trainer = Trainer(run, pieces())
    assert trainer.update == reached
    for kept, weights in zip(run.latest().weights, trainer.network.get_weights(), strict=True):
        np.testing.assert_array_equal(kept, weights)
    trainer.fit(reached + 2)
    assert run.latest().update == reached + 2


def test_a_model_is_made_of_the_generator_alone(tmp_path, begin):
    trainer = begin()
    trainer.fit(2)
    card, difference = finish(trainer.run.folder, tmp_path / "made.onnx")
    assert card.updates == 2
    assert difference < 1e-4


def test_it_begins_with_what_a_run_has_learnt_to_foretell(tmp_path, settings, begin):
    learnt = begin("learnt", adversarial="none")
    learnt.fit(2)
    with_start = started(settings, learnt.run.folder)
    assert with_start.start == str(learnt.run.folder)
    trainer = Trainer(Run(tmp_path / "run", with_start), pieces())
    assert all(equal(learnt.network.get_weights(), trainer.network.get_weights()))
    with pytest.raises(DataError, match="has no checkpoint yet"):
        started(settings, begin("empty").run.folder)


def test_songs_grow_while_it_learns_to_foretell(begin):
    hparams = replace(SMALL, window=6, first_window=2, grow=3)
    assert [grown(hparams, update) for update in (0, 2, 3, 5, 6, 99)] == [2, 2, 4, 4, 6, 6]
    assert grown(replace(hparams, grow=0), 0) == 6
    trainer = begin(adversarial="none", first_window=2, grow=3)
    heard = []
    learn = trainer._learning.update
    trainer._learning.update = lambda batch: heard.append(batch.weights.shape[1]) or learn(batch)
    trainer.fit(8)
    assert heard == [2] * 3 + [4] * 3 + [6] * 2
    (iterations,) = [each for each in trainer._learning.variables if "iteration" in each.path]
    assert int(iterations) == 8


def test_the_time_may_be_over(begin):
    trainer = begin()
    asked = iter([False, False, True])
    trainer.fit(0, over=lambda: next(asked))
    assert trainer.run.latest().update == 3


def test_songs_are_stretches_of_the_music_as_it_is(settings):
    keys, music = keys_of("crnngan"), pieces().training
    hparams = replace(SMALL, augment=0)
    batch = next(song_batches(keys, settings.network, tunes(settings, music), hparams, seed=1))
    whole = [keys.lesson(settings.network, steps).labels for steps in music]
    stretches = {each[at : at + 6].tobytes() for each in whole for at in range(len(each) - 5)}
    assert {song.tobytes() for song in batch.labels} <= stretches
    assert (batch.weights == 1).all()


def test_the_best_is_who_plays_nearest_to_real_music(begin, monkeypatch):
    trainer = begin()
    away = iter([2.0, 1.0, 3.0])
    monkeypatch.setattr(trainer, "_heard", lambda: {"distance": next(away)})
    monkeypatch.setattr(trainer, "evaluate", lambda: Scores(float(trainer.update), 1.0, 0.5))
    trainer.fit(30, summary_every=1)
    assert trainer.run.best().update == 20
    trainer.take_better()
    assert trainer.update == 20


def test_songs_that_are_longer_than_all_music_are_refused(begin):
    with pytest.raises(DataError, match=r"has more than 400 steps; give --hparams window=23"):
        begin(window=400).fit(1)


def test_families_without_a_critic_say_so():
    settings = Settings("melody", "basic", "nowhere", (SOURCE,), SMALL)
    plain = replace(settings, hparams=replace(SMALL, rnn_layer_sizes=()))
    with pytest.raises(ConfigError, match="melody learns by no critic"):
        Duel(Recurrent(plain), plain.hparams, tf.distribute.get_strategy())
