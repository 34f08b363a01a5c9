"""Model files that somebody else wrote, to do harm; and files that come to harm while they play."""

from random import Random

import fakes
import numpy as np
import onnx
import pytest
from fakes import NO_EVENT, SCALE
from gan import gan_model
from onnx import TensorProto, helper
from tiny import a_card, tiny_model

from improvd.daemon.exchange import Exchange
from improvd.engine import library, modelfile
from improvd.engine.device import Chooser
from improvd.engine.improviser import Improviser
from improvd.engine.library import find_in_style, find_model, model_files
from improvd.engine.modelfile import card_in, read_model
from improvd.engine.session import Session
from improvd.errors import ModelError
from improvd.models.sampling import Sampler

LOCATIONS = ["weights.bin", "../weights.bin", "/etc/passwd", "*/_ORT_MEM_ADDR_/*"]


def leave(tensor, location):
    """Let the data of the tensor be elsewhere."""
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", location), ("offset", "0"), ("length", "12")):
        entry = tensor.external_data.add()
        entry.key, entry.value = key, value


def as_initializer(model, tensor):
    model.graph.initializer[0].CopyFrom(tensor)


def as_constant(model, tensor):
    model.graph.node.append(helper.make_node("Constant", [], ["odd"], value=tensor))


def in_a_branch(model, tensor):
    inner = helper.make_graph(
        [], "inner", [], [helper.make_tensor_value_info("x", 1, [3])], [tensor]
    )
    node = helper.make_node("If", ["step"], ["odd"], then_branch=inner, else_branch=inner)
    model.graph.node.append(node)


def in_a_function(model, tensor):
    nodes = [helper.make_node("Constant", [], ["y"], value=tensor)]
    imports = [helper.make_opsetid("", 17)]
    model.functions.append(helper.make_function("own", "F", [], ["y"], nodes, imports))


def in_a_sparse_one(model, tensor):
    sparse = model.graph.sparse_initializer.add()
    sparse.values.CopyFrom(tensor)


@pytest.mark.parametrize("location", LOCATIONS)
@pytest.mark.parametrize(
    "place", [as_initializer, as_constant, in_a_branch, in_a_function, in_a_sparse_one]
)
def test_weights_that_are_elsewhere_are_refused_wherever_they_are_named(tmp_path, place, location):
    path = tiny_model(tmp_path / "x.onnx", card=a_card())
    (tmp_path / "weights.bin").write_bytes(np.full(3, 7, np.float32).tobytes())
    model = onnx.load(path)
    tensor = TensorProto()
    tensor.CopyFrom(model.graph.initializer[0])
    leave(tensor, location)
    place(model, tensor)
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ModelError, match="keeps weights outside of the file"):
        Session.load(path)


def test_all_models_that_are_here_are_read_whole():
    files = model_files()
    assert files
    for path in files.values():
        assert read_model(path) == path.read_bytes()


def test_a_card_is_found_without_loading_the_model():
    for path in model_files().values():
        assert card_in(path.read_bytes(), path) == Session.load(path).card


def test_a_card_that_is_no_text_is_one_line(tmp_path):
    path = tiny_model(tmp_path / "x.onnx", card=a_card())
    broken = path.read_bytes().replace(b"Says again", b"Says \xff\xff\xff\xff\xff")
    with pytest.raises(ModelError, match=r"x\.onnx has a card that cannot be read$"):
        card_in(broken, path)


def test_whether_a_model_knows_a_style_is_asked_of_its_file(tmp_path, monkeypatch):
    monkeypatch.setattr(library, "folders", lambda: [tmp_path])
    band = gan_model(tmp_path / "band.onnx", "styled", ("classical", "pop"))
    plain = tiny_model(tmp_path / "plain.onnx", fakes.EVENTS, a_card())
    for style in ("", "pop"):
        assert find_in_style("band", style) == band
        assert find_in_style("plain", style) == plain, "it plays on as it would"
    with pytest.raises(ModelError, match=r"^band has no style 'polka'; it has: classical, pop$"):
        find_in_style("band", "polka")


def test_a_file_that_is_too_large_is_refused(tmp_path, monkeypatch):
    path = tiny_model(tmp_path / "x.onnx", card=a_card())
    monkeypatch.setattr(modelfile, "LARGEST", path.stat().st_size - 1)
    with pytest.raises(ModelError, match="use a smaller model"):
        Session.load(path)


def noise(path):
    path.write_bytes(Random(1).randbytes(4096))


def half(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def nothing(path):
    path.write_bytes(b"")


def absent(path):
    path.unlink()


def a_folder(path):
    path.unlink()
    path.mkdir()


def nested(path):
    """Graphs in graphs, far deeper than any reader's stack."""
    message = b""
    for _ in range(500):
        for tag in (b"\x32", b"\x2a", b"\x0a"):  # graph of attribute, attribute of node, node
            message = tag + varint(len(message)) + message
    path.write_bytes(b"\x3a" + varint(len(message)) + message)


def varint(value):
    out = b""
    while value > 0x7F:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


HARM = [noise, half, nothing, absent, a_folder, nested]


@pytest.mark.parametrize("harm", HARM)
def test_a_file_that_came_to_harm_is_one_line(tmp_path, harm):
    path = tiny_model(tmp_path / "x.onnx", card=a_card())
    harm(path)
    with pytest.raises(ModelError) as fault:
        Session.load(path)
    assert str(path) in str(fault.value)
    assert "\n" not in str(fault.value)


def test_however_it_is_cut_or_changed_it_is_a_model_error_or_a_model(tmp_path):
    whole = tiny_model(tmp_path / "x.onnx", card=a_card()).read_bytes()
    dice, path = Random(7), tmp_path / "y.onnx"
    refused = 0
    for _ in range(300):
        changed = bytearray(whole[: dice.randrange(len(whole))] if dice.random() < 0.3 else whole)
        for _ in range(dice.randrange(4)):
            if changed:
                changed[dice.randrange(len(changed))] = dice.randrange(256)
        path.write_bytes(changed)
        try:
            Improviser(Session.load(path), Sampler())
        except ModelError:
            refused += 1
    assert refused > 100


@pytest.mark.parametrize(
    ("shape", "kind"),
    [([1, 1 << 40], 1), (["batch", 0], 1), (["batch", 38], 7), ([], 1)],
    ids=["huge", "empty", "whole numbers", "one number"],
)
def test_an_input_that_no_step_graph_has_is_refused(tmp_path, shape, kind):
    path = tiny_model(tmp_path / "x.onnx", card=a_card())
    model = onnx.load(path)
    model.graph.input.append(helper.make_tensor_value_info("state_9", kind, shape))
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ModelError):
        Session.load(path)


def test_a_graph_that_is_not_what_its_card_says_is_refused(tmp_path):
    session = Session.load(tiny_model(tmp_path / "x.onnx", units=3, card=a_card()))
    with pytest.raises(ModelError, match="does not fit its card"):
        Improviser(session, Sampler())


@pytest.mark.parametrize("name", ["../x", "a/b", "/etc/passwd", "..", "x\0y", "~root"])
def test_a_name_is_no_way_to_another_folder(tmp_path, monkeypatch, name):
    (tmp_path / "models").mkdir()
    tiny_model(tmp_path / "x.onnx", card=a_card())
    monkeypatch.setattr(library, "folders", lambda: [tmp_path / "models"])
    with pytest.raises(ModelError, match="there is no model"):
        find_model(name)


# --- while it plays


@pytest.mark.parametrize("harm", HARM)
def test_a_model_that_is_called_and_came_to_harm_leaves_the_other_playing(
    tmp_path, monkeypatch, caplog, harm
):
    likes = {NO_EVENT: 1.0}
    for name in ("first", "second"):
        tiny_model(tmp_path / f"{name}.onnx", fakes.EVENTS, a_card(), likes=likes)
    monkeypatch.setattr(library, "folders", lambda: [tmp_path])
    exchange = Exchange("first", "cpu", Sampler(seed=1), beside=lambda work: work())
    before = exchange.improviser
    harm(tmp_path / "second.onnx")
    exchange.call("second")
    assert exchange.other() is None
    assert (exchange.name, exchange.playing, exchange.improviser) == ("first", "first", before)
    (told,) = [line for line in caplog.messages if "first goes on" in line]
    assert "\n" not in told

    (tmp_path / "second.onnx").unlink() if harm not in (absent, a_folder) else None
    (tmp_path / "second.onnx").rmdir() if harm is a_folder else None
    tiny_model(tmp_path / "second.onnx", fakes.EVENTS, a_card(), likes=likes)
    exchange.call("second")
    assert exchange.other() is exchange.improviser is not before, "when it is mended it is taken"
    assert exchange.playing == "second"


@pytest.mark.parametrize("harm", HARM)
def test_the_jam_goes_on_without_the_file_of_the_model_that_plays(tmp_path, harm):
    path = tiny_model(tmp_path / "x.onnx", fakes.EVENTS, a_card(), likes={NO_EVENT: 1.0})
    session = Chooser(path, "cpu").session
    here = fakes.room(session=session, tempo={"source": "internal"}, turns={"silence": 0.5})
    here.play(SCALE)
    here.wait(6.0)
    harm(path)
    here.play(SCALE)
    here.wait(6.0)
    assert [turn.author for turn in here.told] == ["player", "partner"] * 2
    assert here.told[3].notes
