"""Training: a run goes on where it stands, and keeps what is good."""

import json
import resource
from dataclasses import replace

import numpy as np
import pytest
from rolls import dataset
from scales import SOURCE, scales
from tiny import a_card

from improvd.errors import DataError, ModelError
from improvd.train.learn.finish import finish
from improvd.train.learn.fit import Trainer
from improvd.train.measure.evaluate import Scores
from improvd.train.onnx import export as exporting
from improvd.train.onnx import graph
from improvd.train.runs.hparams import Hparams, parse
from improvd.train.runs.recurrent import tunes
from improvd.train.runs.run import Checkpoint, Run, Settings

PLAIN = parse("faithful")


@pytest.fixture
def settings(tmp_path):
    scales().save(tmp_path / "data")
    small = Hparams(batch_size=4, window=16)
    return Settings("melody", "basic", str(tmp_path / "data"), (SOURCE,), small)


def test_a_run_learns_goes_on_and_becomes_a_model(tmp_path, settings):
    trainer = Trainer(Run(tmp_path / "run", settings), scales())
    before = trainer.evaluate()
    trainer.fit(30)
    reached = trainer.evaluate()
    assert reached.per_step < before.per_step - 0.5
    assert reached.per_note > reached.per_step
    again = Trainer(Run(tmp_path / "run", settings), scales())
    assert again.update == 30
    assert again.evaluate().per_step == pytest.approx(reached.per_step, abs=1e-4)
    card, difference = finish(tmp_path / "run", tmp_path / "scales.onnx")
    assert (card.name, card.updates, card.sources) == ("scales", 30, (SOURCE,))
    assert difference < 1e-4
    assert (tmp_path / "run" / "curve.png").stat().st_size > 1000


def test_what_the_network_plays_is_measured_at_each_check_where_that_is_asked(tmp_path, settings):
    known = scales()
    long_ones = [np.concatenate([each] * 2) for each in known.melodies]
    trainer = Trainer(Run(tmp_path / "run", settings), replace(known, melodies=long_ones))
    trainer.fit(10, summary_every=1)
    assert not any("tone span" in line for line in trainer.run.course())
    again = Trainer(
        Run(tmp_path / "run", settings), replace(known, melodies=long_ones), statistics=2
    )
    again.fit(20, summary_every=1)
    (measured,) = (line for line in again.run.course() if "tone span" in line)
    assert measured["update"] == 20
    assert 0 < measured["tone span"] <= 35
    assert measured["distance"] > 0


def test_an_interrupted_run_keeps_what_it_reached(tmp_path, settings):
    trainer = Trainer(Run(tmp_path / "run", settings), scales())
    update = trainer._learning.update

    def interrupted(batch):
        if trainer.update == 3:
            raise KeyboardInterrupt
        return update(batch)

    trainer._learning.update = interrupted
    trainer.fit(0)
    assert Run(tmp_path / "run", settings).latest().update == 3


def test_the_last_checkpoints_are_kept(tmp_path, settings):
    run = Run(tmp_path / "run", settings)
    for update in (1, 2, 3, 4):
        run.save(Checkpoint(update, [np.zeros(2)], [np.ones(3)]))
    assert [path.name[-6:-4] for path in run.checkpoints()] == ["02", "03", "04"]
    assert run.latest().optimizer[0].tolist() == [1, 1, 1]


def test_a_full_disk_leaves_the_last_good_checkpoint(tmp_path, settings, monkeypatch):
    run = Run(tmp_path / "run", settings)
    run.save(Checkpoint(1, [np.zeros(2)], []))

    def full(file, **arrays):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(DataError, match=r"cannot be written.*No space left"):
        run.save(Checkpoint(2, [np.zeros(2)], []))
    assert sorted(path.name for path in run.folder.iterdir()) == ["run.json", "step-00000001.npz"]


def test_a_disk_that_fills_up_while_training_ends_it_in_one_line(tmp_path, settings):
    run = Run(tmp_path / "run", settings)
    trainer = Trainer(run, scales())
    trainer.fit(1)
    before = sorted(path.name for path in run.folder.iterdir())
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))  # no file may grow larger
    try:
        with pytest.raises(DataError, match="the ones before it stay"):
            trainer.fit(2)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert sorted(path.name for path in run.folder.iterdir()) == before
    assert Run(tmp_path / "run", settings).latest().update == 1


def test_of_a_checkpoint_cut_short_the_one_before_is_used_and_that_is_said(
    tmp_path, settings, caplog
):
    run = Run(tmp_path / "run", settings)
    run.save(Checkpoint(1, [np.zeros(200)], []))
    run.save(Checkpoint(2, [np.zeros(200)], []))
    first, second = run.checkpoints()
    second.write_bytes(second.read_bytes()[:300])
    assert run.latest().update == 1
    assert f"{second} is broken, the one before it is to be used" in caplog.text
    first.write_bytes(b"")
    with pytest.raises(DataError, match="is broken"):
        run.latest()


def test_all_checkpoints_are_kept_where_that_is_asked_for(tmp_path, settings):
    run = Run(tmp_path / "run", settings, keep=0)
    for update in range(1, 6):
        run.save(Checkpoint(update, [np.zeros(2)], []))
    assert len(run.checkpoints()) == 5


def test_a_folder_holds_one_run_only_and_what_differs_is_said(tmp_path, settings):
    Run(tmp_path / "run", settings)
    other = replace(settings, configuration="mono", hparams=Hparams(4, 16, dropout=0.5))
    message = "configuration 'mono' instead of 'basic', dropout 0.5 instead of 0.1"
    with pytest.raises(DataError, match=f"holds a run with other settings.*{message}"):
        Run(tmp_path / "run", other)


def test_what_a_run_is_set_to_comes_back(tmp_path, settings):
    wide = replace(settings, hparams=Hparams(rnn_layer_sizes=(8, 9, 10)), transpose_to_key=2)
    Run(tmp_path / "run", wide)
    assert Settings.load(tmp_path / "run") == wide
    assert wide.network.sizes == (8, 9, 10)


def test_a_line_noted_again_replaces_those_of_later_updates(tmp_path, settings):
    run = Run(tmp_path / "run", settings)
    for update in (100, 200, 300):
        run.note(update=update, training=1.0)
    run.note(update=200, held_out=2.0)
    assert [line["update"] for line in run.course()] == [100, 200, 200]


def test_where_one_key_is_asked_for_melodies_are_moved_to_it(settings):
    dataset = scales()  # in C
    in_d = replace(settings, transpose_to_key=2)
    for tune in tunes(in_d, dataset.training):
        assert {move % 12 for move in tune.moves} == {2}
        assert len(tune.moves) == 3 - 1


def test_a_run_of_an_unknown_configuration_is_not_begun():
    with pytest.raises(ModelError, match="melody has no configuration 'grand'"):
        Settings("melody", "grand", "data", (SOURCE,))


def test_a_folder_that_is_no_run_is_said(tmp_path):
    with pytest.raises(DataError, match="is no training run"):
        finish(tmp_path, tmp_path / "new.onnx")


def test_a_file_that_does_not_do_what_keras_does_is_not_written(tmp_path, settings, monkeypatch):
    trainer = Trainer(Run(tmp_path / "run", settings), scales())
    monkeypatch.setattr(graph, "KERAS_TO_ONNX", (0, 1, 2, 3))
    (tmp_path / "old.onnx").write_text("the old one")
    with pytest.raises(ModelError, match="not written"):
        exporting.export(trainer.network, a_card(), tmp_path / "old.onnx")
    assert (tmp_path / "old.onnx").read_text() == "the old one"
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("odd", [{"hparams": []}, {"tokens": 7}, {"family": [7]}], ids=str)
def test_settings_that_no_run_has_are_said(tmp_path, settings, odd):
    text = json.dumps(json.loads(settings.to_json()) | odd)
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(DataError, match="is no training run"):
        Settings.load(tmp_path)


def test_settings_that_are_nested_without_an_end_are_said(tmp_path):
    (tmp_path / "run.json").write_text("[" * 10_000)
    with pytest.raises(DataError, match="is no training run"):
        Settings.load(tmp_path)


def test_of_a_checkpoint_with_a_broken_array_that_is_said(tmp_path, settings):
    run = Run(tmp_path / "run", settings)
    run.save(Checkpoint(1, [np.zeros(2000)], []))
    (path,) = run.checkpoints()
    content = path.read_bytes()
    path.write_bytes(content.replace(b"descr", b"d\xffscr", 1))
    with pytest.raises(DataError, match="is broken"):
        run.latest()


@pytest.fixture
def frames(tmp_path):
    """A run of an RNN-RBM."""
    dataset().save(tmp_path / "data")
    small = Hparams(batch_size=2, window=12, rnn_layer_sizes=(8, 6), learning_rate=0.02)
    settings = Settings("rnnrbm", "faithful", str(tmp_path / "data"), (), small)
    return Run(tmp_path / "frames", settings)


def test_a_model_of_frames_learns_by_contrastive_divergence(frames, caplog):
    caplog.set_level("INFO")
    trainer = Trainer(frames, dataset())
    before = trainer.evaluate()
    trainer.fit(40, summary_every=10)
    assert trainer.evaluate().per_step < before.per_step - 5
    assert "loss by pseudo-likelihood" in caplog.text
    again = Trainer(frames, dataset())
    assert again.evaluate().per_step == pytest.approx(trainer.evaluate().per_step, abs=1e-4)


def test_an_epoch_is_every_window_once(frames):
    trainer = Trainer(frames, dataset())
    assert trainer.epoch == 4  # four rolls of two windows in two streams


def test_an_epoch_that_fills_no_whole_number_of_updates_ends_within_one(tmp_path, frames):
    wide = replace(frames.settings, hparams=replace(frames.settings.hparams, batch_size=3))
    assert Trainer(Run(tmp_path / "wide", wide), dataset()).epoch == 3


def test_the_best_on_the_way_is_kept_and_becomes_the_model(tmp_path, frames, monkeypatch):
    trainer = Trainer(frames, dataset())
    scored = iter([3.0, 1.0, 2.0])
    monkeypatch.setattr(trainer, "evaluate", lambda: Scores(next(scored), 1.0, 0.5))
    trainer.fit(30, summary_every=1)
    assert (frames.best().update, frames.latest().update) == (20, 30)


def test_export_takes_the_newest_where_the_best_on_the_way_was_worse(tmp_path, frames):
    trainer = Trainer(frames, dataset())
    frames.save_best(Checkpoint(0, *_state(trainer)))
    trainer.fit(40)
    assert finish(frames.folder, tmp_path / "a.onnx")[0].updates == 40
    spoilt = [each * 0 - 3 for each in trainer.network.get_weights()]
    frames.save_best(Checkpoint(40, *_state(trainer)))
    frames.save(Checkpoint(50, spoilt, _state(trainer)[1]))
    assert finish(frames.folder, tmp_path / "a.onnx")[0].updates == 40


def _state(trainer):
    reached = trainer._reached()
    return reached.weights, reached.optimizer


def test_a_best_one_that_is_broken_is_passed_over_and_said(frames, caplog):
    frames.save_best(Checkpoint(3, [np.zeros(9)], []))
    path = frames.folder / "best.npz"
    path.write_bytes(path.read_bytes()[:50])
    assert frames.best() is None
    assert "best.npz is broken" in caplog.text


def test_the_faithful_setting_follows_the_gradient_as_it_is(frames):
    plain = replace(PLAIN, rnn_layer_sizes=(8, 6))
    run = Run(frames.folder.parent / "plain", replace(frames.settings, hparams=plain))
    trainer = Trainer(run, dataset())
    before = trainer.network.get_weights()
    trainer.fit(1)
    assert run.latest().update == 1
    after = trainer.network.get_weights()
    assert all(np.abs(new - old).max() < 0.01 for new, old in zip(after, before, strict=True))
    assert np.abs(after[1] - before[1]).max() > 1e-5
    assert trainer._rate == 0.001


def test_layers_that_no_rbm_has_are_said(frames):
    with pytest.raises(ModelError, match="rnnrbm faithful has two layers"):
        replace(frames.settings, hparams=Hparams(rnn_layer_sizes=(8,))).network  # noqa: B018
