import random

from improvd.core.note import Control, NoteOff, NoteOn, Program
from improvd.core.units import Channel, Pitch, Seconds, Velocity
from improvd.ports.wire import Parser, control, event, is_clock, note_off, note_on

NOON = Seconds(12.0)


def test_whole_messages_come_out_as_they_went_in():
    on, off = note_on(Channel(1), Pitch(60), Velocity(90)), note_off(Channel(16), Pitch(60))
    assert Parser().feed(on + off + b"\xc0\x05\xe3\x00\x40") == [
        *(on, off),
        b"\xc0\x05",
        b"\xe3\x00\x40",
    ]


def test_running_status_lasts_over_packets():
    parser = Parser()
    assert parser.feed(b"\x90\x3c\x40\x3e\x41") == [b"\x90\x3c\x40", b"\x90\x3e\x41"]
    assert parser.feed(b"\x40") == []
    assert parser.feed(b"\x42") == [b"\x90\x40\x42"]


def test_a_note_on_of_velocity_0_is_a_note_off():
    assert Parser().feed(b"\x92\x3c\x00") == [b"\x82\x3c\x00"]


def test_realtime_bytes_may_stand_anywhere_and_those_of_a_clock_come_out():
    parser = Parser()
    assert parser.feed(b"\xfe\x90\xf8\x3c\xfe\x40\xf9") == [b"\xf8", b"\x90\x3c\x40"]
    assert parser.feed(b"\x3c\xfa\xfb\x41\xfc\xff") == [
        *(b"\xfa", b"\xfb", b"\x90\x3c\x41", b"\xfc"),
    ]


def test_the_song_position_comes_out_whole_and_ends_running_status():
    parser = Parser()
    assert parser.feed(b"\x90\x3c\x40\xf2\x10\xf8\x01\x3c\x40") == [
        *(b"\x90\x3c\x40", b"\xf8", b"\xf2\x10\x01"),
    ]
    assert [is_clock(message) for message in (b"\xf2\x10\x01", b"\xf8", b"\x90\x3c\x40", b"")] == [
        *(True, True, False, False),
    ]


def test_sysex_is_skipped_and_ends_running_status():
    parser = Parser()
    parser.feed(b"\x90\x3c\x40")
    assert parser.feed(b"\xf0\x7e\x3c\x40") == []
    assert parser.feed(b"\x3c\x40\xf7\x3c\x40") == []
    assert parser.feed(b"\x80\x3c\x40") == [b"\x80\x3c\x40"]


def test_garbage_never_raises_and_whatever_comes_out_is_whole():
    dice = random.Random(1)
    parser = Parser()
    for _ in range(2000):
        for message in parser.feed(dice.randbytes(dice.randrange(12))):
            if is_clock(message):
                assert len(message) == (3 if message[0] == 0xF2 else 1)
                continue
            assert 0x80 <= message[0] < 0xF0
            assert all(byte < 0x80 for byte in message[1:])
            assert len(message) == (2 if message[0] & 0xE0 == 0xC0 else 3)
    assert parser.feed(b"\x90\x3c\x40")[-1] == b"\x90\x3c\x40"


def test_events_say_what_the_bytes_mean():
    assert event(NOON, *note_on(Channel(3), Pitch(60), Velocity(9))) == NoteOn(
        NOON, Channel(3), Pitch(60), Velocity(9)
    )
    assert event(NOON, *note_off(Channel(3), Pitch(60))) == NoteOff(NOON, Channel(3), Pitch(60))
    assert event(NOON, *control(Channel(1), 64, 127)) == Control(NOON, Channel(1), 64, 127)


def test_a_program_change_has_one_data_byte():
    assert event(NOON, 0xC2, 5) == event(NOON, 0xC2, 5, 0) == Program(NOON, Channel(3), 5)
