import numpy as np
import pytest
from tiny import a_card, tiny_model

from improvd.engine.session import Session
from improvd.errors import ModelError

UP = np.array([1, 2, 3], np.float32)


def test_the_state_is_carried_from_step_to_step(tmp_path):
    session = Session.load(tiny_model(tmp_path / "tiny.onnx", card=a_card()))
    for count in range(1, 6):
        assert session.step(UP)["logits"].tolist() == [[1, 2, 3]]
        assert session.snapshot()[0].tolist() == [[count, 2 * count, 3 * count]]


def test_a_snapshot_is_a_copy_that_can_be_gone_back_to(tmp_path):
    session = Session.load(tiny_model(tmp_path / "tiny.onnx", card=a_card()))
    session.step(UP)
    before = session.snapshot()
    session.step(UP)
    session.step(UP)
    session.restore(before)
    session.step(UP)
    assert session.snapshot()[0].tolist() == [[2, 4, 6]]
    assert before[0].tolist() == [[1, 2, 3]]
    session.reset()
    assert not session.snapshot()[0].any()


def test_streams_run_side_by_side(tmp_path):
    session = Session.load(tiny_model(tmp_path / "tiny.onnx", card=a_card()), batch=2)
    session.step(np.stack([UP, -UP]))
    assert session.snapshot()[0].tolist() == [[1, 2, 3], [-1, -2, -3]]


def test_where_there_is_no_gpu_auto_is_the_cpu_and_cuda_says_so(tmp_path):
    path = tiny_model(tmp_path / "tiny.onnx", card=a_card())
    session = Session.load(path, "auto")
    if session.device == "cuda":
        return
    with pytest.raises(ModelError, match='use "auto" or "cpu"'):
        Session.load(path, "cuda")


def broken(path):
    path.write_bytes(tiny_model(path, card=a_card()).read_bytes()[:60])


def foreign(path):
    tiny_model(path)


def of_another_format(path):
    tiny_model(path, card=a_card(format=99))


def empty(path):
    path.write_bytes(b"")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (broken, "cut short"),
        (foreign, "not a model of improvd"),
        (of_another_format, "format 99"),
        (empty, "cut short"),
        (lambda _: None, "there is no model file"),
    ],
)
def test_a_file_that_is_no_model_is_told_in_one_line(tmp_path, make, said):
    path = tmp_path / "x.onnx"
    make(path)
    with pytest.raises(ModelError, match=said) as fault:
        Session.load(path)
    assert "\n" not in str(fault.value)
    assert str(path) in str(fault.value)
