"""The pedal of a channel is down while the foot or any answer holds it."""

import pytest

from improvd.core.units import Channel
from improvd.play.pedals import Pedals, Press

ONE, OTHER = Press(1, Channel(1)), Press(2, Channel(1))
ELSEWHERE = Press(1, Channel(2))


@pytest.fixture
def sent():
    return []


@pytest.fixture
def pedals(sent):
    return Pedals(lambda data: sent.append((data[0] & 0x0F, data[2])))


def foot(value):
    return lambda pedals: pedals.step(Channel(1), value)


def down(press, *, audible=True):
    return lambda pedals: pedals.press(press, audible=audible)


def up(press):
    return lambda pedals: pedals.lift(press)


@pytest.mark.parametrize(
    ("story", "values"),
    [
        ([foot(40), foot(90), foot(90), foot(0)], [40, 90, 90, 0]),
        ([down(ONE), up(ONE)], [127, 0]),
        ([down(ONE), down(OTHER), up(ONE), up(OTHER)], [127, 0]),
        ([foot(70), down(ONE), foot(90), up(ONE), foot(0)], [70, 127, 90, 0]),
        ([down(ONE), foot(90), foot(0), up(ONE)], [127, 0]),
        ([down(ONE), Pedals.mute, up(ONE)], [127, 0]),
        ([down(ONE), Pedals.mute, foot(90), up(ONE), foot(0)], [127, 0, 90, 0]),
        ([down(ONE, audible=False), down(OTHER), up(ONE), up(OTHER)], [127, 0]),
        ([down(ONE, audible=False), foot(90), foot(0), up(ONE)], [90, 0]),
    ],
    ids=[
        "the foot alone goes out as it is",
        "an answer alone",
        "two answers",
        "an answer over the foot",
        "the foot within an answer",
        "mute",
        "the foot after a mute",
        "a muted answer beside one that is heard",
        "the foot beside a muted answer",
    ],
)
def test_it_is_down_while_anybody_holds_it(pedals, sent, story, values):
    for moves in story:
        moves(pedals)
    assert [value for _, value in sent] == values
    assert not pedals.pressed


def test_channels_are_apart(pedals, sent):
    for moves in (down(ONE), down(ELSEWHERE), up(ONE), up(ELSEWHERE)):
        moves(pedals)
    assert sent == [(0, 127), (1, 127), (0, 0), (1, 0)]
