"""The model that plays, in a style of its own, and in another one from the next turn on."""

import fakes
import numpy as np
import pytest
from fakes import NO_EVENT, SCALE, FakeSession
from gan import gan_model

from improvd.daemon.exchange import Exchange
from improvd.engine import library
from improvd.engine.improviser import Improviser
from improvd.engine.session import Session
from improvd.errors import ModelError
from improvd.models.sampling import Sampler

STYLES = ("classical", "pop")
PRESETS = [{"name": name, "model": {"style": name}} for name in ("classical", "polka")]


@pytest.fixture
def band(tmp_path, monkeypatch):
    """A model that knows styles, and can be had by its name."""
    monkeypatch.setattr(library, "folders", lambda: [tmp_path])
    return gan_model(tmp_path / "band.onnx", "styled", STYLES)


def begun(style="pop"):
    return Exchange("band", "cpu", Sampler(seed=1), beside=lambda work: work(), style=style)


def room(band, mode="answer"):
    """One in which it plays pop, and each style that is called is a session of its own."""
    here = fakes.room(
        session=Session.load(band),
        preset=PRESETS,
        model={"name": "band", "style": "pop", "seed": 1},
        tempo={"source": "internal", "bpm": 120.0},
        turns={"mode": mode, "silence": 0.5, "memory": 2},
    )
    here.models["band"] = Session.load(band)
    return here


def test_a_model_plays_in_the_style_that_was_asked_for(band):
    exchange = begun()
    assert (exchange.playing, exchange.style) == ("band", "pop")
    assert exchange.improviser.configuration.style == 2
    assert begun("").improviser.configuration.style == 0


def test_a_style_that_the_first_model_does_not_know_is_an_error_with_those_that_it_knows(band):
    with pytest.raises(ModelError, match=r"^band has no style 'polka'; it has: classical, pop$"):
        begun("polka")


def test_another_style_takes_over_once_and_is_told(band, caplog):
    caplog.set_level("INFO")
    exchange = begun()
    exchange.call("band", "classical")
    assert exchange.style == "pop", "until it is asked"
    assert exchange.other() is exchange.improviser
    assert exchange.other() is None
    assert exchange.style == "classical"
    assert "band in style classical answers from now on" in caplog.messages


def test_name_and_style_fall_back_together(band, tmp_path, caplog):
    other = gan_model(tmp_path / "other.onnx", "styled", ("jazz",))
    exchange = begun()
    before = exchange.improviser
    for name, style in (("band", "polka"), ("other", "pop"), ("absent", "classical")):
        exchange.call(name, style)
        assert exchange.other() is None
        assert (exchange.name, exchange.playing, exchange.style) == ("band", "band", "pop")
        assert exchange.improviser is before
    told = [line for line in caplog.messages if line.endswith("; band in style pop goes on")]
    assert len(told) == len(caplog.messages) == 3, "a line each"
    exchange.call(other.stem, "jazz")
    assert exchange.other()
    assert (exchange.playing, exchange.style) == ("other", "jazz")


def test_a_model_without_styles_plays_on_as_it_would():
    here = fakes.room({NO_EVENT: 1.0}, model={"name": "plain", "style": "pop"})
    assert here.improviser.style == ""
    here.play(SCALE)
    here.wait(6.0)
    assert here.told[1].notes


@pytest.mark.parametrize("played", [0, 1])
def test_between_two_turns_another_style_hears_anew_what_was_heard(band, played):
    here = room(band)
    here.play(SCALE)
    here.wait(8.0)
    assert [turn.author for turn in here.told] == ["player", "partner"]
    if played:
        here.play(SCALE[:4])
    before = here.improviser.snapshot()
    here.program(0)
    here.wait(0.1)
    assert here.improviser.style == "classical"
    assert here.difference_from_log(Session.load(band)) < 1e-5
    after = here.improviser.snapshot()
    assert not np.allclose(before.state[0], after.state[0]), "as music of another style"


def test_what_it_heard_and_what_it_says_are_of_its_style(band):
    here = room(band)
    tones = here.improviser.encode([], 4.0)
    assert {tone.style for tone in tones} == {2}
    fresh = Improviser(Session.load(band), Sampler())
    assert {tone.style for tone in fresh.encode([], 4.0)} == {0}


def test_where_an_answer_has_no_end_another_style_takes_over_on_the_way(band):
    here = room(band, "solo")
    here.play(SCALE)
    here.wait(4.0)
    assert here.duet.answering
    here.program(0)
    here.wait(8.0)
    assert here.duet.answering
    assert here.improviser.style == "classical"


def test_one_that_is_unknown_is_a_warning_and_the_one_before_answers(band, caplog):
    here = room(band)
    here.program(1)
    here.play(SCALE)
    here.wait(8.0)
    (told,) = [line for line in caplog.messages if "polka" in line]
    assert told == ("band has no style 'polka'; it has: classical, pop; band in style pop goes on")
    assert here.improviser.style == "pop"
    assert here.told[1].notes
    assert not here.sounding


def test_a_model_of_no_styles_may_take_over_and_one_with_styles_again(band):
    here = room(band)
    here.models["plain"] = FakeSession({NO_EVENT: 1.0})
    here._exchange.call("plain", "pop")
    here.wait(0.1)
    assert (here._exchange.playing, here._exchange.style) == ("plain", "")
    here._exchange.call("band", "pop")
    here.wait(0.1)
    assert (here._exchange.playing, here._exchange.style) == ("band", "pop")
