"""`improvd bench manner`: answers that keep to their phrase come nearer to it."""

import pytest
from fakes import FakeSession

from improvd.bench import manner
from improvd.bench.manner import figures


@pytest.fixture
def indifferent(monkeypatch):
    """A model to which all is alike."""
    monkeypatch.setattr(manner.Session, "load", lambda _: FakeSession())


def test_a_model_that_plays_anything_comes_nearer_when_it_keeps_to_the_phrase(indifferent):
    found = {figure.name: figure for figure in figures("melody-basic", 2)}
    assert all(figure.holds for figure in found.values())
    for what in ("density", "pitch"):
        free, kept = (
            found[f"melody-basic, {what} {setting}"].values["away"]
            for setting in ("free", "phrase")
        )
        assert kept < 0.8 * free
