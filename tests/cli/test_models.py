"""`improvd models`: the cards of what is there, and a line for what is no model."""

import json

import pytest
from gan import gan_model
from tiny import a_card, tiny_model

from improvd.cli import main
from improvd.engine import library


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(library, "folders", lambda: [tmp_path])
    return tmp_path


def test_a_card_tells_what_the_model_learnt_and_how_well(folder, capsys):
    path = tiny_model(folder / "tiny.onnx", card=a_card())
    assert main.run(["models"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("tiny\n  Says again what it hears.\n")
    assert "a tune (public domain)" in said
    assert "1.250 nats a note" in said
    assert str(path) in said


def test_as_json_it_is_the_whole_card(folder, capsys):
    path = tiny_model(folder / "renamed.onnx", card=a_card())
    assert main.run(["models", "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert (told["name"], told["file"]) == ("renamed", str(path))
    assert told["sources"][0]["credit"] == "traditional"


def test_the_styles_of_a_model_that_knows_some_are_told(folder, capsys):
    gan_model(folder / "band.onnx", "styled", ("classical", "pop"))
    tiny_model(folder / "tiny.onnx", card=a_card())
    assert main.run(["models"]) == 0
    styles = [line for line in capsys.readouterr().out.splitlines() if line.startswith("  styles")]
    assert styles == ["  styles       classical, pop"]
    assert main.run(["models", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["name"]: row["styles"] for row in rows} == {
        "band": ["classical", "pop"],
        "tiny": [],
    }


def test_a_model_of_a_kind_that_is_unknown_is_told_after_the_others(folder, capsys):
    tiny_model(folder / "odd.onnx", card=a_card(configuration="odd"))
    tiny_model(folder / "tiny.onnx", card=a_card())
    assert main.run(["models"]) == 2
    said = capsys.readouterr()
    assert said.out.startswith("tiny\n")
    assert "odd.onnx: melody has no configuration 'odd'" in said.err


def test_what_is_no_model_is_told_after_the_others(folder, capsys):
    tiny_model(folder / "foreign.onnx")
    whole = tiny_model(folder / "tiny.onnx", card=a_card()).read_bytes()
    (folder / "cut.onnx").write_bytes(whole[: len(whole) // 2])
    tiny_model(folder / "future.onnx", card=a_card(format=99))
    assert main.run(["models"]) == 2
    said = capsys.readouterr()
    assert said.out.startswith("tiny\n")
    cut, foreign, future = said.err.splitlines()
    assert "cut.onnx" in cut
    assert "cut short" in cut
    assert "foreign.onnx is not a model of improvd" in foreign
    assert "future.onnx has format 99" in future


def test_where_there_is_none_it_is_said_where_they_belong(folder, capsys):
    assert main.run(["models"]) == 2
    assert capsys.readouterr().err == f"improvd: there are no models in {folder}\n"
