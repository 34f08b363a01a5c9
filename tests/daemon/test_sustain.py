"""A model that knows the pedal: it is given that of the player, and its own is never left down."""

import fakes
import pytest
from fakes import BabblingSession, pedalling

from improvd.core.note import SUSTAIN, Control, NoteOn
from improvd.models.base import decode, decode_pedal, family
from improvd.models.events.configuration import CONFIGURATIONS, LIVE, PEDAL
from improvd.play.messages import Play

STEADY = {"source": "internal", "bpm": 120.0}
TURNS = {"silence": 0.5}
PUMPED = [(0.0, 0.4, 48), (0.0, 0.4, 60), (1.0, 0.4, 64), (2.0, 0.4, 53), (3.0, 0.4, 65)]


class Listener(BabblingSession):
    """One that remembers what it heard."""

    def __init__(self, configuration="pedal"):
        super().__init__(1, configuration)
        self.heard = []

    def step(self, vector):
        self.heard.append(int(vector[0]))
        return super().step(vector)


def a_room(session=None, **tables):
    tables = {"tempo": STEADY, "turns": TURNS} | tables
    return fakes.room(session=session or pedalling(), **tables)


def moves(here):
    return [
        (at, event.value)
        for at, event in here.out
        if isinstance(event, Control) and event.number == SUSTAIN
    ]


def planned(here):
    """The moves of the pedal that the mind told the player, by position."""
    return [move for order in here.orders if isinstance(order, Play) for move in order.pedal]


def heard_by(session, kind):
    """The notes and the moves of the pedal in what it has heard."""
    configuration = CONFIGURATIONS[kind]
    decoders = [family("events").decoder(configuration, 0, 99.0) for _ in range(2)]
    return decode(decoders[0], session.heard), decode_pedal(decoders[1], session.heard)


@pytest.mark.parametrize("kind", ["live", "pedal"])
def test_who_knows_the_pedal_hears_keys_and_it_and_who_does_not_hears_what_it_keeps(kind):
    session = Listener(kind)
    here = a_room(session)
    here.key(60)
    here.wait(0.25)
    here.pedal(127)
    here.wait(0.25)
    here.let_go(60)
    here.wait(0.5)
    here.pedal(0)
    here.key(64)
    here.wait(0.5)
    here.let_go(64)
    here.wait(0.3)
    notes, pedal = heard_by(session, kind)
    lengths = {"live": [2.0, 1.0], "pedal": [1.0, 1.0]}
    assert [note.duration for note in notes] == lengths[kind]
    assert pedal == ([(0.5, True), (2.0, False)] if kind == "pedal" else [])


def test_a_pedal_that_is_down_before_the_phrase_goes_down_with_its_first_note():
    session = Listener()
    here = a_room(session)
    here.pedal(127)
    here.wait(0.3)
    here.key(60)
    here.wait(0.5)
    here.let_go(60)
    here.pedal(0)
    here.wait(0.3)
    assert heard_by(session, "pedal")[1] == [(0.0, True), (1.0, False)]


def test_what_is_heard_as_it_happens_is_what_the_log_says_of_it():
    here = a_room()
    for _ in range(3):
        here.pedal(127)
        here.play(PUMPED)
        here.pedal(0)
        here.wait(7.0)
    assert here.difference_from_log(pedalling()) == 0.0
    player, partner = here.told[:2]
    assert [move.down for move in player.pedal] == [True, False]
    assert [note.duration for note in player.notes] == pytest.approx([0.4] * 5, abs=0.01)
    assert partner.pedal


def test_the_pedal_of_an_answer_goes_out_on_its_beats_and_is_up_at_its_end():
    here = a_room()
    here.play(PUMPED)
    here.wait(7.0)
    sent = moves(here)
    assert [value for _, value in sent] == [127, 0] * (len(sent) // 2)
    assert len(sent) > 4
    begin, end = here.onsets[0], here.told[1].second + here.told[1].length / 2
    assert all(begin - 0.01 <= at <= end + 0.01 for at, _ in sent)
    beats = [here.beat_at(at) for at, _ in sent]
    assert beats == pytest.approx([move.position for move in planned(here)], abs=0.02)
    assert not here.pedals | here.sounding


def test_playing_into_it_lifts_its_pedal_before_the_key_is_passed_on():
    here = a_room(midi={"thru": True})
    here.play(PUMPED)
    here.out.clear()
    while not here.pedals:
        here.wait(0.01)
    here.key(72)
    here.wait(0.05)
    kinds = [type(event) for _, event in here.out]
    struck = max(at for at, kind in enumerate(kinds) if kind is NoteOn)
    assert here.out[struck][1].pitch == 72
    assert not here.pedals
    here.wait(0.5)
    assert not here.pedals


def test_an_answer_that_is_stopped_lost_or_muted_leaves_no_pedal_down():
    for end in ("stop", "lose", "panic"):
        here = a_room()
        here.play(PUMPED)
        while not here.pedals:
            here.wait(0.01)
        if end == "stop":
            here.duet.stop()
            here.wait(0.01)
            here.duet.stop()
        elif end == "lose":
            here.lose_player(0.05)
        else:
            here.control(123, 0)
        here.wait(0.05)
        assert not here.pedals, end


@pytest.mark.parametrize("mode", ["duet", "solo", "trade"])
def test_in_every_mode_each_press_has_its_end(mode):
    here = a_room(turns=TURNS | {"mode": mode})
    here.play(PUMPED)
    here.wait(12.0)
    if mode == "solo":
        here.duet.stop()
        here.wait(12.0)  # notes of babble are long, and none is cut short
    sent = [value for _, value in moves(here)]
    assert len(sent) > 4
    assert sent == [127, 0] * (len(sent) // 2)


def test_a_press_in_the_silence_takes_the_prepared_answer_back_and_belongs_to_the_phrase():
    session = Listener()
    here = a_room(session)
    here.play(PUMPED)
    here.wait(0.4)
    here.pedal(127)
    here.wait(0.05)
    here.pedal(0)
    here.wait(7.0)
    assert [move.down for move in here.told[0].pedal] == [True, False]
    assert here.difference_from_log(Listener()) == 0.0


def test_drawn_to_the_grid_the_pedal_keeps_its_order():
    here = a_room(turns=TURNS | {"quantize": "1/8"})
    here.play(PUMPED)
    here.wait(7.0)
    sent = [value for _, value in moves(here)]
    assert sent == [127, 0] * (len(sent) // 2)
    assert not here.pedals


def test_the_tokens_of_live_are_the_first_of_pedal():
    assert PEDAL.tokens[: LIVE.events] == LIVE.tokens
