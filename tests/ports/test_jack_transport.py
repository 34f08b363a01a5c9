"""JACK's transport, read cycle by cycle from a server that says what the test wants."""

from types import SimpleNamespace

import pytest

from improvd.ports.jack_transport import JackTransport

STOPPED, ROLLING, BBT = 0, 1, 0x10
PERIOD = 480  # frames: 10 ms


def position(frame, beat=None):
    """At this frame; with the beat of a bar of 4/4 at 120 bpm, where a master tells one."""
    told = {"valid": 0} if beat is None else {"valid": BBT, "bar": 1, "beat": 1 + beat, "tick": 0}
    return SimpleNamespace(
        unique_1=1, unique_2=1, frame=frame, frame_rate=48_000, beats_per_bar=4.0, beat_type=4.0,
        ticks_per_beat=960.0, beats_per_minute=120.0, **told,
    )  # fmt: skip


class Client:
    """Says this, one after the other."""

    def __init__(self, *told):
        self._told = list(told)

    def transport_query_struct(self):
        return self._told.pop(0)


def read(*told, behind):
    """(second, the transport's seconds, beat) of each cycle, one in ten milliseconds."""
    transport = JackTransport(Client(*told), behind=behind)
    places = [transport.read(cycle * 0.01) for cycle in range(len(told))]
    return [(each.second, each.seconds, each.bar and each.bar.beat) for each in places]


ROLLS = [(ROLLING, position(cycle * PERIOD, beat)) for cycle, beat in enumerate((0, 0, 1, 2))]


def test_bars_are_of_the_cycle_that_they_come_in():
    assert read(*ROLLS, behind=False) == [
        (pytest.approx(n * 0.01), pytest.approx(n * 0.01), beat)
        for n, beat in enumerate((0, 0, 1, 2))
    ]


def test_bars_that_come_a_cycle_late_are_of_the_cycle_before():
    assert read(*ROLLS, behind=True) == [
        (0.0, 0.0, None),
        *((pytest.approx(n * 0.01), pytest.approx(n * 0.01), n) for n in range(3)),
    ]


def test_without_a_master_nothing_is_late():
    rolls = [(ROLLING, position(cycle * PERIOD)) for cycle in range(2)]
    assert [second for second, *_ in read(*rolls, behind=True)] == [0.0, 0.01]


def test_after_a_stop_it_begins_anew():
    again = ((STOPPED, position(0)), (ROLLING, position(0, 3)), (ROLLING, position(480, 0)))
    assert [beat for *_, beat in read(ROLLS[0], *again, behind=True)] == [None, None, None, 0]
