"""Two models are compared on the same held-out melodies."""

from dataclasses import replace

import numpy as np
import pytest
from rolls import dataset
from scales import SOURCE, scales

from improvd.errors import DataError
from improvd.train.learn.finish import finish
from improvd.train.learn.fit import Trainer
from improvd.train.measure.against import against
from improvd.train.measure.foretold import foretold
from improvd.train.runs.hparams import Hparams
from improvd.train.runs.run import Run, Settings

SCALE = [pitch + 2 for pitch in (60, 62, 64, 65, 67, 69, 71, 72)]


def music():
    """The scales, and six melodies of their notes that are held out."""
    dice = np.random.default_rng(1)
    wandering = [
        np.array([step for pitch in dice.choice(SCALE, 40) for step in (pitch, 0)], np.int32)
        for _ in range(6)
    ]
    known = scales()
    held_out = np.array([False] * 5 + [True] * 6)
    names = [*known.names, *"fghijk"]
    melodies = [*known.melodies, *wandering]
    return replace(known, melodies=melodies, names=names, held_out=held_out)


def finished(folder, updates, learnt, family, configuration, **hparams):
    learnt.save(folder / family)
    small = Hparams(batch_size=4, window=16, **hparams)
    settings = Settings(family, configuration, str(folder / family), (SOURCE,), small)
    run = Run(folder / f"{family}-{updates}", settings)
    Trainer(run, learnt).fit(updates)
    finish(run.folder, folder / f"{family}-{updates}.onnx")
    return folder / f"{family}-{updates}.onnx"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("against")


@pytest.fixture(scope="module")
def taught(folder):
    return finished(folder, 40, music(), "melody", "basic")


@pytest.fixture(scope="module")
def beginner(folder):
    return finished(folder, 1, music(), "melody", "basic")


def test_who_has_learnt_more_foretells_better_and_that_is_no_chance(folder, taught, beginner):
    found = against(taught, beginner, folder / "melody")
    assert found.holds
    assert 0 < found.low < found.difference < found.high
    assert found.difference == pytest.approx(found.own - found.other)


def test_it_is_the_mean_of_what_each_melody_needs_for_a_note(folder, taught, beginner):
    asked = [each - 48 * (each > 1) for each in music().evaluation]
    notes = [-each.nats / each.notes for each in foretold(taught, asked)]
    assert against(taught, beginner, folder / "melody").own == pytest.approx(np.mean(notes))


def test_nobody_is_better_than_himself(folder, taught):
    found = against(taught, taught, folder / "melody")
    assert (found.difference, found.holds) == (0.0, False)


def test_of_too_few_pieces_chance_cannot_be_told(tmp_path, taught):
    scales().save(tmp_path / "data")
    with pytest.raises(DataError, match="holds out 1 pieces: 5 at least can tell"):
        against(taught, taught, tmp_path / "data")


def test_other_steps_are_not_compared(folder, taught):
    frames = finished(folder, 1, dataset(), "rnnrbm", "faithful", rnn_layer_sizes=(8, 6))
    with pytest.raises(DataError, match="foretell other steps"):
        against(taught, frames, folder / "melody")
    with pytest.raises(DataError, match="are estimated, so not compared"):
        against(frames, frames, folder / "rnnrbm")
