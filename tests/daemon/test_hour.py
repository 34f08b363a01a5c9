"""An hour with a key or the pedal held down, on a clock moved by hand: nothing hangs or grows."""

import gc

import fakes
import pytest
from fakes import NO_EVENT, SCALE

from improvd.bench import room as rooms

MINUTES = 60
LOOKS = (19, 39, 59)  # minutes: before the first all is there that is remembered
LONG = ("trade", "duet", "solo", "manual")
GREW = 500  # objects: less than one a second that passes, or one a note that is played


@pytest.fixture
def room(monkeypatch):
    monkeypatch.setattr(rooms, "PERIOD", 0.05)
    tempo, turns = {"source": "internal", "bpm": 120.0}, {"silence": 0.5}

    def room(**more):
        return fakes.room({NO_EVENT: 1.0}, tempo=tempo, turns=turns | more)

    return room


def an_hour(here, play):
    """Play once a minute; the answers heard, and by how many objects it all grew."""
    answers, sizes = 0, []
    for minute in range(MINUTES):
        began = here.now
        play(here)
        assert not here.sounding, "every answer closes its notes"
        here.wait(60.0 - (here.now - began))
        answers += sum(turn.author == "partner" for turn in here.told)
        for kept in (here.out, here.told, here.orders):  # by the room itself
            kept.clear()
        if minute in LOOKS:
            gc.collect()
            sizes.append(len(gc.get_objects()))
    return answers, max(sizes) - sizes[0]


def play_a_phrase(here):
    here.play(SCALE)
    here.wait(20.0)


def play_along(here):
    """Where an answer has no end a hand ends it."""
    here.play(SCALE)
    here.desk.requests()["start"]()
    here.wait(6.0)
    here.desk.requests()["stop"]()
    here.wait(10.0)


MODES = ["answer", *(pytest.param(mode, marks=pytest.mark.soak) for mode in LONG)]
HELD = {"a key": lambda here: here.key(36), "the pedal": lambda here: here.pedal(127)}


@pytest.mark.parametrize("hold", HELD.values(), ids=HELD)
@pytest.mark.parametrize("mode", MODES)
def test_beside_what_is_held_for_an_hour_the_jam_goes_on(room, mode, hold):
    here = room(mode=mode, max_hold=2.0)
    hold(here)
    here.wait(5.0)
    play = play_along if mode in ("solo", "manual") else play_a_phrase
    answers, grown = an_hour(here, play)
    assert answers >= MINUTES
    assert grown < GREW


@pytest.mark.parametrize("hold", HELD.values(), ids=HELD)
def test_what_is_held_for_an_hour_alone_is_given_up_and_does_not_grow(room, hold):
    here = room(max_hold=600.0, min_notes=1)
    hold(here)
    here.key(48)
    answers, grown = an_hour(here, lambda _: None)
    assert answers == 1, "the key was a phrase, once it was given up"
    assert grown < GREW
    here.let_go(36)
    here.let_go(48)
    here.pedal(0)
    here.play(SCALE)
    here.wait(6.0)
    assert [turn.author for turn in here.told] == ["player", "partner"]
    assert not here.sounding
