import socket

import pytest

from improvd.core.source import Source
from improvd.core.units import Beats, Channel, Pitch, Seconds
from improvd.play.messages import Cut, Heard, HeldKeys, Moved, Sent, Stop
from improvd.play.packets import pack, unpack
from improvd.play.reporter import Reporter

NOW = Seconds(5.0)


@pytest.fixture
def mind():
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


@pytest.fixture
def reporter(mind):
    return Reporter(mind[0])


def read(end: socket.socket) -> list:
    end.settimeout(0)
    messages = []
    try:
        while packet := end.recv(1 << 17):
            messages += unpack(packet)
    except BlockingIOError:
        pass
    return messages


def heard(pitch: int, status: int = 0x90) -> Heard:
    return Heard([(NOW, status, pitch, 64)])


def test_rows_of_one_kind_travel_together_and_order_is_kept(reporter, mind):
    cut, knob = Cut(1, NOW, Beats(1.0)), Moved([(NOW, 0xB0, 7, 64)])
    for message in (heard(60), heard(61), cut, heard(62), knob, Moved([*knob.events])):
        reporter.add(message)
    reporter.flush(NOW)
    kinds = [type(message) for message in read(mind[1])]
    assert kinds == [Heard, Cut, Heard, Moved]
    assert not reporter.blocked


def test_more_than_a_packet_holds_travels_as_several(reporter, mind):
    """As after a flood, of which the player woke late."""
    for number in range(6000):
        reporter.add(Heard([(Seconds(58855.123456789), 0x90, number % 128, 64)]))
    reporter.flush(NOW)
    assert sum(len(message.events) for message in read(mind[1])) == 6000


def test_what_the_mind_does_not_read_is_dropped_and_made_good(reporter, mind):
    packets = 0
    while not reporter.blocked:
        reporter.add(heard(packets % 128))
        reporter.flush(NOW)
        packets += 1
    reporter.add(heard(7, status=0x80))
    reporter.add(Heard([(NOW, 0xB0, 64, 127)]))
    reporter.add(Cut(1, NOW, Beats(1.0)))
    reporter.add(Moved([(NOW, 0x91, 8, 64)]))
    reporter.add(Sent([(1, NOW, NOW, 0x80, 60, 0)]))
    reporter.flush(NOW)
    assert reporter.lost == 4

    assert len(read(mind[1])) == packets - 1
    reporter.flush(NOW)
    cut, sent, snapshot = read(mind[1])
    assert (cut.answer, len(sent.events)) == (1, 1)
    assert isinstance(snapshot, HeldKeys)
    assert (Channel(1), Pitch(60)) in snapshot.keys
    assert [Channel(1), Pitch(7)] not in snapshot.keys
    assert [Channel(2), Pitch(8)] not in snapshot.keys, "what is mapped holds no phrase"
    assert snapshot.pedals == [1]
    assert not reporter.blocked


def test_what_is_mapped_while_it_is_down_holds_nothing_any_more(reporter, mind):
    while not reporter.blocked:
        reporter.add(Heard([(NOW, 0x90, pitch, 64) for pitch in (20, 21, 22)]))
        reporter.add(Heard([(NOW, 0xB0, 64, 127)]))
        reporter.flush(NOW)
    reporter.forget([Source("note", 20), Source("note", 21, Channel(2)), Source("cc", 64)])
    read(mind[1])
    reporter.flush(NOW)
    (snapshot,) = read(mind[1])
    assert (snapshot.keys, snapshot.pedals) == ([(1, 21), (1, 22)], [])


def test_orders_come_in_and_the_end_is_noticed(reporter, mind):
    mind[1].send(pack([Stop(3)])[0])
    assert list(reporter.orders()) == [Stop(3)]
    assert not reporter.closed
    mind[1].close()
    assert list(reporter.orders()) == []
    assert reporter.closed
