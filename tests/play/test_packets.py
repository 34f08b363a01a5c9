"""What mind and player say to each other arrives as it was said."""

import pytest

from improvd.core.source import Source
from improvd.core.units import Channel, Pitch, Velocity
from improvd.play.messages import (
    Begin,
    Connection,
    Connections,
    Heard,
    HeldKeys,
    PlannedMove,
    PlannedNote,
    Play,
    SetControls,
)
from improvd.play.packets import PACKET_LIMIT, pack, unpack

LINK = Connection("piano:out", "improvd:hears")


@pytest.mark.parametrize(
    "said",
    [
        Begin(3, cut_by_input=True, free=False, grid=-2),
        Play(
            3,
            [PlannedNote(0.0, 1.5, Channel(1), Pitch(60), Velocity(80))],
            [PlannedMove(0.5, Channel(1), down=True)],
        ),
        SetControls([Source("cc", 7, Channel(2)), Source("note", 21)]),
        Connections([LINK], [LINK]),
        HeldKeys(5.0, [(Channel(1), Pitch(60)), (Channel(16), Pitch(127))], [Channel(2)]),
    ],
)
def test_it_arrives_as_it_was_said(said):
    (packet,) = pack([said])
    (arrived,) = unpack(packet)
    assert arrived == said
    if isinstance(said, HeldKeys):
        assert set(arrived.keys) == set(said.keys), "they are put into sets"


def test_more_than_a_packet_holds_travels_in_order():
    said = [Heard([(float(number), 0x90, 60, 64)] * 100) for number in range(60)]
    packets = pack(said)
    assert len(packets) > 1
    assert max(map(len, packets)) < 2 * PACKET_LIMIT
    arrived = [message for packet in packets for message in unpack(packet)]
    assert [each.events[0][0] for each in arrived] == [each.events[0][0] for each in said]
