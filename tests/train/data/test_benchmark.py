"""The benchmark sets come in with their splits, and what is broken is said in a line."""

import numpy as np
import pytest
from rolls import chords, write_benchmark
from scipy.io import savemat

from improvd.errors import DataError
from improvd.models.base import family
from improvd.train.data.benchmark import build_of_benchmark, read_benchmark
from improvd.train.data.dataset import Dataset


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "sets" / "deep"
    folder.mkdir(parents=True)
    write_benchmark(folder / "JSB_Chorales.mat")
    return tmp_path / "sets"


def test_a_set_is_read_from_its_file_or_from_a_folder_above_it(data):
    for place in (data, data / "deep" / "JSB_Chorales.mat"):
        music = read_benchmark("jsb", place)
        assert [len(rolls) for rolls in music] == [5, 2, 3]
        np.testing.assert_array_equal(music.test, chords(3, 2))


def test_its_validation_rolls_are_held_out_and_its_test_rolls_never_seen(data, tmp_path):
    build_of_benchmark(family("rnnrbm"), "faithful", "jsb", data).save(tmp_path / "made")
    made = Dataset.load(tmp_path / "made")
    np.testing.assert_array_equal(made.training, chords(5))
    np.testing.assert_array_equal(made.evaluation, chords(2, 1))
    assert made.configuration == "faithful"
    assert made.counts["melodies"] == 7
    assert "measure only" in made.sources[0].licence


def test_a_set_that_is_missing_is_said(tmp_path):
    with pytest.raises(DataError, match=r"MuseData\.mat is neither .* nor below it; give --data"):
        read_benchmark("musedata", tmp_path)


@pytest.mark.parametrize("content", [b"", b"MATLAB 5.0 MAT-file", b"\0" * 500], ids=len)
def test_a_broken_file_is_said(tmp_path, content):
    (tmp_path / "JSB_Chorales.mat").write_bytes(content)
    with pytest.raises(DataError, match=r"no MATLAB file, or a broken one") as fault:
        read_benchmark("jsb", tmp_path)
    assert "\n" not in str(fault.value)


def test_a_file_cut_short_is_said(data):
    path = data / "deep" / "JSB_Chorales.mat"
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(DataError, match=r"broken|has no"):
        read_benchmark("jsb", data)


def test_a_file_of_something_else_is_said(tmp_path):
    savemat(tmp_path / "JSB_Chorales.mat", {"traindata": np.zeros(3)})
    with pytest.raises(DataError, match="has no validdata, testdata: it is no benchmark set"):
        read_benchmark("jsb", tmp_path)


@pytest.mark.parametrize(
    ("roll", "said"),
    [
        (np.zeros((0, 88)), r"a roll of shape \(0, 88\)"),
        (np.zeros((9, 87)), r"a roll of shape \(9, 87\), not \[time, 88\]"),
        (np.full((9, 88), 2), "a roll of other numbers than 0 and 1"),
    ],
    ids=["empty", "narrow", "twos"],
)
def test_a_roll_that_is_none_is_said(tmp_path, roll, said):
    path = write_benchmark(tmp_path / "JSB_Chorales.mat", testdata=[*chords(1), roll])
    with pytest.raises(DataError, match=f"testdata has {said}"):
        read_benchmark("jsb", path)


@pytest.mark.parametrize(("kind", "name"), [("rnnrbm", "live"), ("melody", "basic")])
def test_who_learns_other_steps_cannot_take_it(data, kind, name):
    with pytest.raises(DataError, match=f"rolls of 88 keys, which {name} does not learn"):
        build_of_benchmark(family(kind), name, "jsb", data)
