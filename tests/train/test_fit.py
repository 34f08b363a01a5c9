"""Training: a run goes on where it stands, and keeps what is good."""

import numpy as np
import pytest
from tiny import a_card

from improvd.errors import DataError, ModelError
from improvd.models.card import Source
from improvd.train import export as exporting
from improvd.train.dataset import Dataset
from improvd.train.finish import finish
from improvd.train.fit import Trainer
from improvd.train.run import Checkpoint, Run, Settings, read_checkpoint

SOURCE = Source(name="scales", licence="public domain", credit="all of us")


def scales():
    """Four scales to learn from, one held out."""
    up = [pitch + 2 for pitch in (60, 62, 64, 65, 67, 69, 71, 72)]
    steps = np.array([step for pitch in up * 8 for step in (pitch, 0)], np.int32)
    out = np.array([False, False, False, False, True])
    return Dataset("melody", [steps] * 5, list("abcde"), out, [SOURCE], {})


@pytest.fixture
def settings(tmp_path):
    scales().save(tmp_path / "data")
    return Settings("melody", "basic", str(tmp_path / "data"), (SOURCE,), streams=4, time=16)


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


def test_an_interrupted_run_keeps_what_it_reached(tmp_path, settings):
    trainer = Trainer(Run(tmp_path / "run", settings), scales())
    step = trainer._step

    def interrupted(*arguments):
        if trainer.update == 3:
            raise KeyboardInterrupt
        return step(*arguments)

    trainer._step = interrupted
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


def test_a_checkpoint_cut_short_is_said(tmp_path, settings):
    run = Run(tmp_path / "run", settings)
    run.save(Checkpoint(1, [np.zeros(200)], []))
    path = run.checkpoints()[0]
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(DataError, match="is broken"):
        read_checkpoint(path)


def test_a_folder_holds_one_run_only(tmp_path, settings):
    Run(tmp_path / "run", settings)
    other = Settings("melody", "basic", settings.data, (SOURCE,), dropout=0.5)
    with pytest.raises(DataError, match="holds a run with other settings"):
        Run(tmp_path / "run", other)


def test_a_run_of_an_unknown_configuration_is_not_begun():
    with pytest.raises(ModelError, match="melody has no configuration 'grand'"):
        Settings("melody", "grand", "data", (SOURCE,))


def test_a_folder_that_is_no_run_is_said(tmp_path):
    with pytest.raises(DataError, match="is no training run"):
        finish(tmp_path, tmp_path / "new.onnx")


def test_a_file_that_does_not_do_what_keras_does_is_not_written(tmp_path, settings, monkeypatch):
    trainer = Trainer(Run(tmp_path / "run", settings), scales())
    monkeypatch.setattr(exporting, "_KERAS_TO_ONNX", (0, 1, 2, 3))
    (tmp_path / "old.onnx").write_text("the old one")
    with pytest.raises(ModelError, match="not written"):
        exporting.export(trainer.network, a_card(), tmp_path / "old.onnx")
    assert (tmp_path / "old.onnx").read_text() == "the old one"
    assert not list(tmp_path.glob(".*"))
