"""The stage, cycle by cycle, on a manual clock: one cycle lasts from `now` to `now`, as polled."""

import numpy as np
import pytest

from improvd.bench.clocks import PULSE, START, STOP, pointer, pulses
from improvd.core.source import Source
from improvd.core.units import Bpm, Channel, Pitch, Seconds
from improvd.play import messages
from improvd.play.messages import (
    Begin,
    Cut,
    Dropped,
    Ended,
    Heard,
    Looped,
    Moved,
    Mute,
    Panic,
    Restore,
    SendControl,
    Sent,
    SetControls,
    SetThru,
    Stop,
)
from improvd.play.orders import Close, Closed, Deserted, Hand, LetGo
from improvd.play.schedule import Outgoing
from improvd.play.stage import Stage
from improvd.play.transport import Transport
from improvd.ports import wire
from improvd.ports.base import EVERYTHING, Incoming, Keep, Role

LATE = Seconds(0.05)
Place = messages.Transport
KEY_DOWN, KEY_UP = b"\x90\x48\x40", b"\x80\x48\x00"
ON, OFF = b"\x90\x3c\x50", b"\x80\x3c\x00"  # of the answer
PEDAL_DOWN, PEDAL_UP = b"\xb0\x40\x7f", b"\xb0\x40\x00"


class Room:
    """A stage and the clock on its wall."""

    def __init__(
        self, channels=range(1, 17), *, thru=False, send_clock=False, controls=(), **settings
    ):
        self.transport = Transport(Bpm(60.0), Seconds(0.0), "auto")  # so that beats are seconds
        mapped = [Source.parse(text) for text in controls]
        self.stage = Stage(
            self.transport, channels, thru=thru, late=LATE, controls=mapped, send_clock=send_clock,
            **settings,
        )  # fmt: skip

    def at(self, now, *heard):
        """What goes out in the cycle at `now`, in which this is heard."""
        return self.at_port(now, EVERYTHING, *heard)

    def at_port(self, now, roles, *heard):
        """The same, where this is heard at a port of these roles."""
        incoming = [Incoming(Seconds(now), data, roles) for data in heard]
        return [data for _, data in self.stage.cycle(incoming, Seconds(now), Seconds(now))]

    def tell(self, *orders):
        for order in orders:
            self.stage.tell(order)

    def hand(self, *outgoing):
        self.tell(Hand([Outgoing(*each) for each in outgoing]))

    def answer(self, *, cut_by_input=True):
        """Answer 1 is on, and its note sounds from second 1."""
        self.tell(Begin(1, cut_by_input, free=False))
        self.hand((1.0, 1, 7, ON))
        assert self.at(1.0) == [ON]
        self.reports()

    def pedalled(self, answer=1, channel=1):
        """Its pedal is down too."""
        self.hand((1.0, answer, 8, wire.control(Channel(channel), 64, 127)))
        self.at(1.0)
        self.reports()

    def tick(self, since, beats, bpm=120.0):
        """MIDI clock is heard from this second on."""
        for second in pulses(lambda _: bpm, beats, since):
            self.at(second, PULSE)

    def reports(self, kind=object):
        reports = [report for report in self.stage.reports if isinstance(report, kind)]
        self.stage.reports.clear()
        return reports


@pytest.fixture
def room():
    return Room()


@pytest.fixture
def thru_room():
    return Room(thru=True)


def test_what_is_due_goes_out_and_is_reported(room):
    room.tell(Begin(1, cut_by_input=True, free=False))
    room.hand((1.0, 1, 7, ON), (2.0, 1, 7, OFF), (2.0, 1, -1, b""))
    assert room.at(0.9) == []
    assert room.at(1.01) == [ON]
    assert room.at(2.0) == [OFF]
    assert room.reports() == [
        Sent([(1, 1.0, 1.01, *ON)]),
        Sent([(1, 2.0, 2.0, *OFF)]),
        Ended(1, 2.0),
    ]


def test_within_a_cycle_every_message_has_its_own_second(room):
    room.tell(Begin(1, cut_by_input=True, free=False))
    room.hand((1.0, 1, 7, ON), (1.5, 1, 7, OFF))
    assert room.stage.cycle([], Seconds(0.5), Seconds(2.0)) == [(1.0, ON), (1.5, OFF)]


def test_a_note_that_is_too_late_is_dropped_with_its_off(room):
    room.tell(Begin(1, cut_by_input=True, free=False))
    room.hand((1.0, 1, 7, ON), (1.2, 1, 7, OFF), (1.2, 1, 8, ON), (2.0, 1, 8, OFF))
    assert room.at(1.2) == [ON]
    assert room.at(2.0) == [OFF]
    assert room.reports(Dropped) == [Dropped(1, 1)]


def test_an_off_is_never_too_late(room):
    room.answer()
    room.hand((1.1, 1, 7, OFF))
    assert room.at(5.0) == [OFF]


def test_the_same_key_again_ends_its_first_note_and_only_the_second_off_ends_the_second(room):
    room.answer()
    room.hand((2.0, 1, 8, ON), (3.0, 1, 7, OFF), (4.0, 1, 8, OFF))
    assert room.at(2.0) == [OFF, ON]
    assert room.at(3.0) == []
    assert room.at(4.0) == [OFF]


def test_what_is_heard_is_reported_but_not_passed_on(room):
    assert room.at(1.0, KEY_DOWN) == []
    assert room.reports() == [Heard([(1.0, *KEY_DOWN)])]


def test_thru_passes_on_what_is_heard(thru_room):
    assert thru_room.at(1.0, KEY_DOWN, b"\xe0\x00\x41") == [KEY_DOWN, b"\xe0\x00\x41"]
    assert thru_room.at(2.0, KEY_UP) == [KEY_UP]
    assert thru_room.reports() == [Heard([(1.0, *KEY_DOWN)]), Heard([(2.0, *KEY_UP)])]


def test_channels_that_are_not_listened_to_are_neither_heard_nor_passed_on():
    room = Room(channels=[Channel(2)], thru=True)
    assert room.at(1.0, KEY_DOWN) == []
    assert room.reports() == []
    assert room.at(1.0, b"\x91\x48\x40") == [b"\x91\x48\x40"]


def test_thru_that_is_switched_off_lets_go_of_keys_and_pedals(thru_room):
    thru_room.at(1.0, KEY_DOWN, PEDAL_DOWN)
    thru_room.tell(SetThru(on=False))
    assert thru_room.at(2.0) == [KEY_UP, PEDAL_UP]


def test_a_note_on_cuts_the_answer_before_it_is_passed_on(thru_room):
    thru_room.answer()
    thru_room.hand((1.5, 1, 8, b"\x90\x3e\x50"), (9.0, 1, 7, OFF))
    assert thru_room.at(1.2, KEY_DOWN) == [OFF, KEY_DOWN]
    assert thru_room.reports() == [
        Heard([(1.2, *KEY_DOWN)]),
        Sent([(1, 1.2, 1.2, *OFF)]),
        Cut(1, 1.2, 1.2),
    ]
    assert thru_room.at(9.0) == []


def test_the_cut_within_a_cycle_takes_what_was_due_before_it_and_nothing_after(room):
    room.tell(Begin(1, cut_by_input=True, free=False))
    room.hand((1.0, 1, 7, ON), (1.2, 1, 8, b"\x90\x3e\x50"))
    out = room.stage.cycle([Incoming(Seconds(1.1), KEY_DOWN)], Seconds(0.5), Seconds(2.0))
    assert out == [(1.0, ON), (1.1, OFF)]


def test_what_still_comes_of_a_cut_answer_is_discarded(room):
    room.answer()
    room.at(1.2, KEY_DOWN)
    room.hand((1.3, 1, 9, ON), (2.0, 1, -1, b""))
    assert room.at(2.0) == []
    assert room.reports(Ended) == []


def test_an_answer_is_cut_before_its_first_note(room):
    room.tell(Begin(1, cut_by_input=True, free=False))
    assert room.at(1.0, KEY_DOWN) == []
    assert room.reports(Cut) == [Cut(1, 1.0, 1.0)]


def test_key_up_and_pedal_do_not_cut(room):
    room.answer()
    assert room.at(1.2, KEY_UP, PEDAL_DOWN) == []
    assert room.reports(Cut) == []


def test_an_answer_that_input_does_not_cut_plays_on(room):
    room.answer(cut_by_input=False)
    room.hand((2.0, 1, 7, OFF))
    assert room.at(1.2, KEY_DOWN) == []
    assert room.at(2.0) == [OFF]


@pytest.mark.parametrize("number", [120, 123])
def test_all_sound_off_and_all_notes_off_end_any_answer(room, number):
    room.answer(cut_by_input=False)
    assert room.at(1.2, bytes((0xB0, number, 0))) == [OFF]
    assert len(room.reports(Cut)) == 1


def test_stop_cuts_and_only_once(room):
    room.answer()
    room.tell(Stop(1), Stop(1), Stop(2))
    assert room.at(1.2) == [OFF]
    assert len(room.reports(Cut)) == 1


def test_keys_that_thru_and_an_answer_share_are_counted(thru_room):
    thru_room.answer(cut_by_input=False)
    thru_room.at(1.2, b"\x90\x3c\x20")
    assert thru_room.stage.shared_keys == 1


def test_our_own_echo_is_not_playing(room):
    room.answer()
    room.hand((1.1, 1, 7, OFF))
    assert room.at(1.02, ON) == []
    assert room.at(1.1) == [OFF]
    assert room.at(1.12, OFF) == []
    assert room.reports((Heard, Cut)) == []
    assert room.stage.echo.count == 1


def test_the_same_note_a_little_later_is_playing(room):
    room.answer()
    assert room.at(1.05, ON) == [OFF]
    assert len(room.reports(Heard)) == 1


def test_a_loop_is_noticed_once_and_thru_goes_off(thru_room):
    for beat in range(6):
        key = bytes((0x90, 60 + beat, 64))
        for message in thru_room.at(10 + beat / 4, key):
            thru_room.at(10.005 + beat / 4, message)
    assert thru_room.reports(Looped) == [Looped(thru=True)]
    assert thru_room.at(20.0, KEY_DOWN) == []


def test_close_ends_everything_and_takes_nothing_more(thru_room):
    thru_room.at(0.5, KEY_DOWN, PEDAL_DOWN)
    thru_room.answer()
    thru_room.tell(Close())
    assert thru_room.at(1.5) == [OFF, KEY_UP, PEDAL_UP]
    assert isinstance(thru_room.reports()[-1], Closed)
    assert thru_room.at(1.6, b"\x90\x20\x40") == []


def test_panic_silences_every_channel_that_was_used(room):
    room.answer()
    room.tell(Panic())
    quiet = [wire.control(Channel(1), number, 0) for number in (64, 123, 120)]
    assert room.at(1.5) == [OFF, *quiet]


def test_a_new_player_ends_what_the_old_one_left_sounding(room):
    room.tell(Restore([], [(Channel(2), Pitch(50))]))
    assert room.at(1.0) == [wire.note_off(Channel(2), Pitch(50))]


def test_garbage_is_ignored(thru_room):
    assert thru_room.at(1.0, b"\x3c\x40", b"\xf0\x01", b"\xfe", b"\x90\x3c", b"") == []
    assert thru_room.reports() == []


def test_a_clock_that_runs_moves_the_transport_and_says_so_once(room):
    room.at(9.99, START)
    room.tick(10.0, 8)
    assert room.transport.tempo.beat_at(Seconds(14.0)) == pytest.approx(8.0)
    reports = room.reports(Place)
    assert (reports[-1].source, reports[-1].state, reports[-1].grid) == (
        "midi-clock",
        "running",
        -1,
    )
    assert len(reports) <= 2, "not one a pulse"


def test_clock_messages_are_neither_heard_nor_passed_on(thru_room):
    assert thru_room.at(1.0, START, PULSE, pointer(4), STOP, b"\x90\xf8\x48\x40") == [KEY_DOWN]
    assert thru_room.reports(Heard) == [Heard([(1.0, *KEY_DOWN)])]


@pytest.mark.parametrize("message", [STOP, START, pointer(64)])
def test_stop_and_another_place_end_the_answer_before_the_transport_moves(room, message):
    room.at(9.99, START)
    room.tick(10.0, 8)
    room.tell(Begin(1, cut_by_input=False, free=False, grid=-1))
    room.hand((14.0, 1, 7, ON), (99.0, 1, 7, OFF))
    assert room.at(14.0) == [ON]
    assert room.at(14.01, message) == [OFF]
    (cut,) = room.reports(Cut)
    assert cut.beat == pytest.approx(8.02)


def test_start_ends_an_answer_that_was_on_another_grid(room):
    room.tick(8.0, 4)
    room.answer(cut_by_input=False)
    assert room.at(9.99, START) == [OFF]


def test_a_lost_clock_ends_nothing(room):
    room.at(9.99, START)
    room.tick(10.0, 8)
    room.tell(Begin(1, cut_by_input=False, free=False, grid=-1))
    room.hand((14.0, 1, 7, ON), (16.0, 1, 7, OFF))
    room.at(14.0)
    room.reports()
    assert room.at(15.0) == []
    assert [report.state for report in room.reports(Place)] == ["lost"]
    assert room.at(16.0) == [OFF]


def test_an_answer_for_a_grid_that_has_gone_is_cut_at_once(room):
    room.at(9.99, START)
    room.tick(10.0, 8)
    room.reports()
    room.tell(Begin(1, cut_by_input=False, free=False, grid=1))
    room.hand((14.0, 1, 7, ON))
    assert room.at(14.0) == []
    assert len(room.reports(Cut)) == 1


def test_the_clock_that_is_sent_stands_among_the_notes_in_order():
    room = Room(send_clock=True)
    room.stage.cycle([], Seconds(0.0), Seconds(0.9))
    room.tell(Begin(1, cut_by_input=True, free=False))
    room.hand((1.01, 1, 7, ON))
    out = room.stage.cycle([], Seconds(0.9), Seconds(1.05))
    assert [data for _, data in out] == [PULSE, PULSE, PULSE, ON, PULSE]
    assert out == sorted(out, key=lambda timed: timed[0])


def test_close_stops_the_clock_that_is_sent():
    room = Room(send_clock=True)
    room.transport.set(messages.SetTempo(Seconds(1.0), 0.0, Bpm(60.0), grid=1))
    assert room.at(1.0) == [START, PULSE]
    room.tell(Close())
    assert room.at(2.0) == [STOP]
    assert room.at(3.0) == []


def test_it_does_not_follow_its_own_clock():
    room = Room(send_clock=True)
    room.transport.set(messages.SetTempo(Seconds(1.0), 0.0, Bpm(60.0), grid=1))
    for period in range(1000):
        now = 1.0 + period / 100
        for message in room.at(now):
            room.at(now + 0.003, message)
    assert room.transport.clock.state == "pulses"
    assert room.transport.tempo.bpm == 60.0


def test_a_note_below_the_split_cuts_nothing_and_one_at_it_does():
    room = Room(split=0x48)
    room.answer()
    assert room.at(1.1, b"\x90\x47\x40") == []
    assert [type(each) for each in room.reports()] == [Heard]
    assert room.at(1.2, KEY_DOWN) == [OFF]


@pytest.mark.parametrize(
    "message", [b"\x9f\x48\x40", b"\xbf\x7b\x00", b"\xef\x00\x40"], ids=["key", "all off", "bend"]
)
@pytest.mark.parametrize("channels", [range(1, 17), [1]])
def test_what_is_on_the_channel_of_chords_is_heard_and_neither_cuts_nor_passes(channels, message):
    room = Room(channels, thru=True, chords=16)
    room.answer()
    assert room.at(1.1, message) == []
    assert [type(each) for each in room.reports()] == [Heard] * (message[0] != 0xEF)
    assert room.at(1.2, KEY_DOWN) == [OFF, KEY_DOWN]


def test_chords_that_are_held_are_let_go_when_who_holds_them_is_unplugged():
    room = Room(chords=16)
    room.at(1.0, b"\x9f\x48\x40")
    room.reports()
    room.tell(LetGo())
    assert room.at(1.1) == []
    assert room.reports() == [Heard([(1.1, 0x8F, 0x48, 0)])]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("note 72", KEY_DOWN),
        ("note 72 ch 1", KEY_UP),
        ("cc 64", PEDAL_DOWN),
        ("cc 123", b"\xb0\x7b\x00"),
        ("program 3", b"\xc0\x03"),
    ],
)
def test_what_is_mapped_is_told_and_neither_cuts_nor_passes(source, message):
    room = Room(thru=True, controls=[source])
    room.answer()
    assert room.at(1.2, message) == []
    assert room.reports() == [Moved([(1.2, *(*message, 0)[:3])])]


def told(room):
    """(what it is said to be, its bytes) of all that was reported."""
    return [(type(each), tuple(row[1:])) for each in room.reports() for row in each.events]


def test_who_played_is_unplugged_and_all_that_was_down_is_let_go_once():
    room = Room(thru=True)
    room.at(1.0, KEY_DOWN, PEDAL_DOWN, b"\x91\x48\x40")
    room.at(1.1, b"\x90\x49")  # and half a message
    room.reports()
    let_go = [b"\x80\x48\x00", b"\x81\x48\x00", PEDAL_UP]
    assert told_at(room, 1.2, LetGo()) == let_go
    assert told(room) == [(Heard, tuple(each)) for each in let_go]
    assert told_at(room, 1.3, LetGo()) == []
    assert room.at(1.4, b"\x40", KEY_DOWN) == [KEY_DOWN], "what was half said is forgotten"


def test_nobody_listens_any_more_and_every_answer_ends():
    room = Room()
    room.answer(cut_by_input=False)
    assert told_at(room, 1.2, Deserted()) == [OFF]
    assert [cut.answer for cut in room.reports(Cut)] == [1]
    assert room.at(3.0) == []


def test_where_controls_have_a_port_of_their_own_the_same_key_is_playing_at_the_other():
    room = Room(thru=True, controls=["note 72"])
    room.answer()
    assert room.at_port(1.2, Role.CONTROLS, KEY_DOWN, KEY_UP, PEDAL_DOWN) == []
    assert told(room) == [
        *((Moved, tuple(KEY_DOWN)), (Moved, tuple(KEY_UP)), (Moved, tuple(PEDAL_DOWN))),
    ]
    assert room.at_port(1.3, Role.PLAYS | Role.CLOCK, KEY_DOWN) == [OFF, KEY_DOWN]
    assert [type(each) for each in room.reports()] == [Heard, Sent, Cut]


def test_controls_at_a_port_of_their_own_may_come_on_any_channel():
    room = Room(channels=[Channel(2)], controls=["cc 7"])
    room.at_port(1.0, Role.CONTROLS, b"\xb0\x07\x40", b"\xbf\x08\x40", b"\xe0\x00\x40")
    assert told(room) == [(Moved, (0xB0, 7, 64)), (Moved, (0xBF, 8, 64))]


def test_where_a_clock_has_a_port_of_its_own_no_pulse_is_followed_at_another():
    room = Room()
    room.at_port(10.0, Role.CLOCK, START)
    for second in pulses(lambda _: 120.0, 4, 10.0):
        room.at_port(second, Role.CLOCK, PULSE, KEY_DOWN)
        room.at_port(second + 0.004, Role.PLAYS | Role.CONTROLS, KEY_DOWN[:1] + PULSE)
        room.at_port(second + 0.004, Role.PLAYS | Role.CONTROLS, KEY_DOWN[1:])
    assert room.transport.tempo.bpm == pytest.approx(120.0, abs=0.1)
    heard = [each for each in room.reports() if not isinstance(each, Place)]
    assert {type(each) for each in heard} == {Heard}, "no key at the port of the clock is playing"
    assert len(heard) == 96


def test_the_bytes_of_two_ports_are_not_mixed():
    room = Room(controls=["cc 7"])
    room.at_port(1.0, Role.PLAYS, KEY_DOWN[:2])
    room.at_port(1.0, Role.CONTROLS, b"\xb0\x07\x40", b"\x07")
    room.at_port(1.0, Role.PLAYS, KEY_DOWN[2:])
    room.at_port(1.0, Role.CONTROLS, b"\x41")
    assert told(room) == [
        *((Moved, (0xB0, 7, 64)), (Heard, tuple(KEY_DOWN)), (Moved, (0xB0, 7, 65))),
    ]


def test_what_is_mapped_while_it_is_down_is_let_go_and_the_rest_stays(thru_room):
    thru_room.at(1.0, ON, KEY_DOWN, PEDAL_DOWN)
    thru_room.tell(SetControls([Source.parse("note 72 ch 1"), Source.parse("cc 64")]))
    assert thru_room.at(1.1) == [KEY_UP, PEDAL_UP]
    assert thru_room.at(1.2, KEY_UP, PEDAL_UP, KEY_DOWN, OFF) == [OFF]


def test_what_is_mapped_at_another_port_goes_on_where_it_is_played():
    room = Room(thru=True, hears=Role.PLAYS)
    room.at_port(1.0, Role.PLAYS, KEY_DOWN)
    room.tell(SetControls([Source.parse("note 72")]))
    assert room.at(1.1) == []
    assert room.at_port(1.2, Role.PLAYS, KEY_UP) == [KEY_UP]


def test_what_is_mapped_on_its_channel_is_told_whatever_is_listened_to():
    room = Room(channels=[Channel(2)], controls=["cc 7 ch 1", "cc 8"])
    room.at(1.0, b"\xb0\x07\x40", b"\xb0\x08\x40", b"\xb1\x07\x40", b"\xb1\x08\x40")
    heard = [tuple(event[1:]) for report in room.reports() for event in report.events]
    assert heard == [(0xB0, 7, 64), (0xB1, 7, 64), (0xB1, 8, 64)]


def test_a_program_that_is_not_mapped_is_passed_on(thru_room):
    assert thru_room.at(1.0, b"\xc0\x05") == [b"\xc0\x05"]


def test_an_answer_that_is_muted_goes_on_in_silence(room):
    room.answer()
    room.hand((2.0, 1, 7, OFF), (2.0, 1, 8, ON), (3.0, 1, 8, OFF), (4.0, 1, 9, ON))
    room.tell(Mute(on=True))
    assert room.at(1.5) == [OFF], "the note-off that is owed"
    assert room.at(2.0) == room.at(3.0) == []
    assert [row[3] for report in room.reports(Sent) for row in report.events] == [0x80, 0x90, 0x80]
    room.tell(Mute(on=False))
    assert room.at(4.0) == [ON]
    assert room.at(4.5, KEY_DOWN) == [OFF]


def test_mute_leaves_alone_what_is_passed_on(thru_room):
    thru_room.answer(cut_by_input=False)
    thru_room.tell(Mute(on=True))
    assert thru_room.at(1.2, ON) == [OFF, ON]
    thru_room.hand((2.0, 1, 7, OFF))
    assert thru_room.at(2.0) == []


def test_a_control_is_sent_at_once(room):
    room.tell(SendControl(Channel(3), 20, 64))
    assert room.at(1.0) == [b"\xb2\x14\x40"]


def test_the_frame_clock_is_to_keep_what_sounds_and_what_is_followed(room):
    room.at(1.0)
    assert room.stage.keep() is Keep.NOTHING
    room.at(2.0, KEY_DOWN)
    assert room.stage.keep() is Keep.NOTHING, "what was lost is made good before the answer"
    room.at(20.0, START)
    room.tick(20.0, 1.0)
    assert room.stage.keep() is Keep.CLOCK
    room.tell(Begin(1, cut_by_input=True, free=False, grid=-1))
    room.at(20.6, PULSE)
    assert room.stage.keep() is Keep.MUSIC
    room.tell(Stop(1))
    room.at(20.7, STOP)
    assert room.stage.keep() is Keep.NOTHING


def test_the_frame_clock_is_to_keep_the_clock_that_is_sent():
    room = Room(send_clock=True)
    room.at(1.0)
    assert room.stage.keep() is Keep.CLOCK


def test_a_cycle_may_be_left_out_where_it_would_change_nothing(room):
    room.at(1.0)
    assert room.stage.rests()
    room.tell(SetThru(on=True))
    assert not room.stage.rests(), "an order waits"
    room.at(1.1)
    assert room.stage.rests()
    room.tell(Begin(1, cut_by_input=True, free=True))
    room.at(1.2)
    assert not room.stage.rests(), "an answer is on"
    sends = Room(send_clock=True)
    sends.at(1.0)
    assert not sends.stage.rests()


def test_the_pedal_of_an_answer_goes_out_and_is_reported(room):
    room.answer()
    room.hand((1.1, 1, 8, PEDAL_DOWN), (1.5, 1, 7, OFF), (2.0, 1, 9, PEDAL_UP))
    assert [room.at(now) for now in (1.1, 1.5, 2.0)] == [[PEDAL_DOWN], [OFF], [PEDAL_UP]]
    rows = [row for report in room.reports(Sent) for row in report.events]
    assert rows[0] == (1, 1.1, 1.1, *PEDAL_DOWN)
    assert rows[2] == (1, 2.0, 2.0, *PEDAL_UP)


ENDS = {
    "a key is struck": (lambda room: room.at(1.2, KEY_DOWN), [OFF, PEDAL_UP]),
    "it is stopped": (lambda room: after(room, Stop(1)), [OFF, PEDAL_UP]),
    "all notes off": (lambda room: room.at(1.2, b"\xb0\x7b\x00"), [OFF, PEDAL_UP]),
    "mute": (lambda room: after(room, Mute(on=True)), [OFF, PEDAL_UP]),
    "the player leaves": (lambda room: after(room, Close()), [OFF, PEDAL_UP]),
    "its end": (lambda room: handed(room, (1.2, 1, 7, OFF), (1.2, 1, -1, b"")), [OFF, PEDAL_UP]),
    "panic": (
        lambda room: after(room, Panic()),
        [OFF, PEDAL_UP, *(wire.control(Channel(1), number, 0) for number in (64, 123, 120))],
    ),
}


def after(room, order):
    room.tell(order)
    return room.at(1.2)


def handed(room, *outgoing):
    room.hand(*outgoing)
    return room.at(1.2)


@pytest.mark.parametrize("ends", ENDS)
def test_whatever_ends_an_answer_lifts_its_pedal(room, ends):
    room.answer()
    room.pedalled()
    end, expected = ENDS[ends]
    assert end(room) == expected
    room.hand((1.3, 1, 9, PEDAL_UP))
    assert room.at(1.3) == [], "it is lifted once"


@pytest.mark.parametrize("message", [STOP, START, pointer(64)])
def test_a_clock_that_stops_or_jumps_lifts_the_pedal(room, message):
    room.at(9.99, START)
    room.tick(10.0, 8)
    room.tell(Begin(1, cut_by_input=False, free=False, grid=-1))
    room.hand((14.0, 1, 7, PEDAL_DOWN), (14.0, 1, 8, ON), (99.0, 1, 7, OFF))
    assert room.at(14.0) == [PEDAL_DOWN, ON]
    assert room.at(14.01, message) == [OFF, PEDAL_UP]


def test_what_only_the_pedal_keeps_ringing_ends_before_the_key_that_cuts_it_is_passed_on(thru_room):
    thru_room.answer()
    thru_room.pedalled()
    thru_room.hand((1.1, 1, 7, OFF))
    assert thru_room.at(1.1) == [OFF]
    assert thru_room.at(1.2, KEY_DOWN) == [PEDAL_UP, KEY_DOWN]


def test_a_press_that_is_too_late_is_dropped_with_its_end(room):
    room.answer()
    room.hand((1.1, 1, 8, PEDAL_DOWN), (1.3, 1, 9, PEDAL_UP))
    assert room.at(1.4) == []
    assert room.reports(Dropped) == [Dropped(1, 1)]


def test_an_answer_that_is_muted_leaves_the_pedal_alone_until_its_next_press(room):
    room.answer()
    room.pedalled()
    room.tell(Mute(on=True))
    assert room.at(1.2) == [OFF, PEDAL_UP]
    room.hand((1.3, 1, 9, PEDAL_UP), (1.4, 1, 10, PEDAL_DOWN))
    assert room.at(1.4) == []
    assert [row[3:] for report in room.reports(Sent) for row in report.events][-2:] == [
        (*PEDAL_UP,),
        (*PEDAL_DOWN,),
    ]
    room.tell(Mute(on=False))
    room.hand((1.5, 1, 11, PEDAL_UP), (1.6, 1, 12, PEDAL_DOWN))
    assert [room.at(now) for now in (1.5, 1.6)] == [[], [PEDAL_DOWN]]


def test_the_foot_holds_what_the_end_of_an_answer_would_lift(thru_room):
    thru_room.answer(cut_by_input=False)
    assert thru_room.at(1.05, PEDAL_DOWN) == [PEDAL_DOWN]
    thru_room.pedalled()
    thru_room.tell(Stop(1))
    assert PEDAL_UP not in thru_room.at(1.2)
    assert thru_room.at(1.3, PEDAL_UP) == [PEDAL_UP]


def test_an_answer_holds_what_the_foot_would_lift(thru_room):
    thru_room.answer(cut_by_input=False)
    thru_room.pedalled()
    assert thru_room.at(1.1, PEDAL_DOWN, PEDAL_UP) == []
    thru_room.tell(SetThru(on=False))
    assert thru_room.at(1.2) == []
    thru_room.tell(Stop(1))
    assert thru_room.at(1.3) == [OFF, PEDAL_UP]


def test_a_foot_that_comes_up_just_when_an_answer_lifts_is_no_echo(room):
    room.answer(cut_by_input=False)
    room.at(1.05, PEDAL_DOWN)
    room.hand((1.1, 1, 8, PEDAL_DOWN), (1.5, 1, 9, PEDAL_UP))
    assert [room.at(now) for now in (1.1, 1.5)] == [[PEDAL_DOWN], [PEDAL_UP]]
    room.reports()
    room.at(1.51, PEDAL_UP)
    assert room.reports(Heard) == [Heard([(1.51, *PEDAL_UP)])]


def test_the_echo_of_a_pedal_is_neither_heard_nor_passed_on(thru_room):
    thru_room.answer(cut_by_input=False)
    thru_room.hand((1.1, 1, 8, PEDAL_DOWN), (1.5, 1, 9, PEDAL_UP))
    assert thru_room.at(1.1) == [PEDAL_DOWN]
    assert thru_room.at(1.11, PEDAL_DOWN) == []
    assert thru_room.at(1.5) == [PEDAL_UP]
    assert thru_room.at(1.51, PEDAL_UP) == []
    assert thru_room.reports(Heard) == []


def test_two_answers_on_a_channel_hold_its_pedal_for_themselves(room):
    room.answer()
    room.tell(Begin(2, cut_by_input=True, free=False))
    room.pedalled()
    room.pedalled(answer=2)
    room.tell(Stop(1))
    assert room.at(1.2) == [OFF]
    room.tell(Stop(2))
    assert room.at(1.3) == [PEDAL_UP]


def test_a_new_player_lifts_the_pedals_that_the_old_one_left_down(room):
    room.tell(Restore([], [], [Channel(2)]))
    assert room.at(1.0) == [wire.control(Channel(2), 64, 0)]


def test_whatever_happens_no_pedal_is_down_when_nobody_holds_it():
    for seed in range(300):
        random = np.random.default_rng(seed)
        room, down = Room(thru=True), {}
        events = [*HAPPENS] * 6
        random.shuffle(events)
        for number, name in enumerate(events):
            now = 1.0 + number / 10
            follow(down, HAPPENS[name](room, now, int(random.integers(1, 3))))
        follow(down, told_at(room, 9.0, Stop(1), Stop(2), SetThru(on=False)))
        assert not any(down.values()), f"seed {seed}: {events}"


def follow(down, sent):
    for message in sent:
        if message[0] & 0xF0 == wire.CONTROL and message[1] == 64:
            down[message[0]] = message[2] >= 64


def told_at(room, now, *orders):
    room.tell(*orders)
    return room.at(now)


def handed_at(room, now, *outgoing):
    room.hand(*((now + later, *rest) for later, *rest in outgoing))
    return room.at(now)


HAPPENS = {
    "begin": lambda room, now, each: told_at(room, now, Begin(each, cut_by_input=True, free=False)),
    "down": lambda room, now, each: handed_at(room, now, (0.0, each, 8, PEDAL_DOWN)),
    "late": lambda room, now, each: handed_at(room, now, (-0.2, each, 8, PEDAL_DOWN)),
    "up": lambda room, now, each: handed_at(room, now, (0.0, each, 9, PEDAL_UP)),
    "ahead": lambda room, now, each: handed_at(
        room, now, (0.1, each, 8, PEDAL_DOWN), (0.35, each, 9, PEDAL_UP)
    ),
    "foot": lambda room, now, each: room.at(now, PEDAL_DOWN if each == 1 else b"\xb0\x40\x28"),
    "foot up": lambda room, now, _: room.at(now, PEDAL_UP),
    "key": lambda room, now, _: room.at(now, KEY_DOWN, KEY_UP),
    "stop": lambda room, now, each: told_at(room, now, Stop(each)),
    "mute": lambda room, now, each: told_at(room, now, Mute(on=each == 1)),
    "thru": lambda room, now, each: told_at(room, now, SetThru(on=each == 1)),
}
