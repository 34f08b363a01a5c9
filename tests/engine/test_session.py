import os
import subprocess
import sys

import numpy as np
import pytest
from rbm import rbm_model
from tiny import a_card, tiny_model

from improvd.engine import session as session_module
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


def test_running_a_model_leaves_no_trace_to_be_sent_home(tmp_path):
    tiny_model(tmp_path / "tiny.onnx", card=a_card())
    home = tmp_path / "home"
    home.mkdir()
    run = "from pathlib import Path; from improvd.engine.session import Session; import numpy\n"
    run += "session = Session.load(Path('tiny.onnx')); session.step(numpy.ones(3, 'f4'))"
    # CI in the environment would hush onnxruntime by itself.
    environment = {"HOME": str(home), "PATH": os.defpath, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", run], cwd=tmp_path, env=environment, check=True)
    assert not list(home.rglob("*"))


@pytest.fixture
def gpu_of_paper(monkeypatch):
    """Let both CUDA devices be the CPU, so that their road can be gone without a GPU."""
    cpu = session_module._PLACES["cpu"]
    places = dict.fromkeys(session_module._PLACES, cpu)
    monkeypatch.setattr(session_module, "_PLACES", places)
    monkeypatch.setattr(session_module, "has_driver", lambda: True)


@pytest.mark.filterwarnings("ignore:Duplicate provider")
@pytest.mark.parametrize("device", ["cuda", "cuda graph"])
def test_a_device_with_memory_of_its_own_is_told_each_step_and_asked_for_each_head(
    gpu_of_paper, tmp_path, device
):
    path = tiny_model(tmp_path / "tiny.onnx", card=a_card())
    near, far = Session.load(path), Session.load(path, device)
    assert far.device == device
    for session in (near, far):
        session.warm()
    for count in range(1, 6):
        assert far.step(count * UP)["logits"].tolist() == near.step(count * UP)["logits"].tolist()
        assert far.snapshot()[0].tolist() == near.snapshot()[0].tolist()


@pytest.mark.filterwarnings("ignore:Duplicate provider")
def test_a_device_with_memory_of_its_own_is_given_the_noise(gpu_of_paper, tmp_path):
    path = rbm_model(tmp_path / "tiny.onnx")
    near, far = Session.load(path), Session.load(path, "cuda")
    for seed in (1, 2):
        heard = [
            (session.cast(np.random.default_rng(seed)), session.step(np.zeros(session.inputs)))[1]
            for session in (near, far)
        ]
        assert heard[0]["logits"].tolist() == heard[1]["logits"].tolist()


def test_a_graph_that_draws_nothing_needs_no_dice(tmp_path):
    dice = np.random.default_rng(1)
    before = dice.bit_generator.state
    Session.load(tiny_model(tmp_path / "tiny.onnx", card=a_card())).cast(dice)
    assert dice.bit_generator.state == before


@pytest.mark.filterwarnings("ignore:Duplicate provider")
def test_each_way_between_the_buffers_is_a_captured_graph_of_its_own(gpu_of_paper, tmp_path):
    path = tiny_model(tmp_path / "tiny.onnx", card=a_card())
    ways = Session.load(path, "cuda graph")._ways
    ids = [options.get_run_config_entry("gpu_graph_id") for _, options in ways]
    assert ids == ["1", "2"]
    assert [options for _, options in Session.load(path, "cuda")._ways] == [None, None]


def test_cuda_without_a_driver_says_so(tmp_path, monkeypatch):
    path = tiny_model(tmp_path / "tiny.onnx", card=a_card())
    monkeypatch.setattr(session_module, "has_driver", lambda: False)
    with pytest.raises(ModelError, match=r'no NVIDIA driver .* use "auto" or "cpu"'):
        Session.load(path, "cuda")


@pytest.mark.skipif(session_module.has_driver(), reason="CUDA may well work here")
@pytest.mark.parametrize("device", ["cuda", "cuda graph"])
def test_cuda_that_onnxruntime_cannot_use_says_so(tmp_path, monkeypatch, device):
    path = tiny_model(tmp_path / "tiny.onnx", card=a_card())
    monkeypatch.setattr(session_module, "has_driver", lambda: True)
    with pytest.raises(ModelError, match=r"improvd\[cuda\].* or use \"auto\" or \"cpu\""):
        Session.load(path, device)


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
