"""The card inside a model file."""

import json

import pytest
from tiny import a_card

from improvd.errors import ModelError
from improvd.models.base import configuration_of
from improvd.models.card import FORMAT, Card


def test_a_card_comes_back_from_its_json():
    card = a_card()
    assert Card.from_json(card.to_json()) == card


def test_what_a_later_improvd_adds_is_passed_over():
    fields = json.loads(a_card().to_json()) | {"mood": "blue"}
    assert Card.from_json(json.dumps(fields)) == a_card()


@pytest.mark.parametrize("text", ["", "no json", "[]", "{}", "3"])
def test_what_is_no_card_is_said_in_one_line(text):
    with pytest.raises(ModelError, match="is not a model of improvd") as caught:
        Card.from_json(text, "x.onnx")
    assert "\n" not in str(caught.value)


def test_another_format_names_both():
    fields = json.loads(a_card().to_json()) | {"format": FORMAT + 1}
    with pytest.raises(ModelError, match=rf"x.onnx has format {FORMAT + 1}.*{FORMAT}"):
        Card.from_json(json.dumps(fields), "x.onnx")


def test_a_broken_field_is_named():
    fields = json.loads(a_card().to_json()) | {"loss_per_note": "low"}
    with pytest.raises(ModelError, match="broken card: loss_per_note") as caught:
        Card.from_json(json.dumps(fields), "x.onnx")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "odd",
    [
        {"format": "1\n2" * 1000},
        {"loss_per_step": float("nan")},
        {"loss_per_note": float("inf")},
        {"family": "mel\nody" * 1000},
        {"configuration": "basic" * 1000},
        {"family": "events", "configuration": "faithful", "tokens": ["0_90_" + "_zz" * 1000]},
    ],
)
def test_whatever_it_says_it_is_refused_in_a_short_line(odd):
    text = json.dumps(json.loads(a_card().to_json()) | odd)
    with pytest.raises(ModelError) as caught:
        configuration_of(Card.from_json(text, "x.onnx"))
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400
