"""The modes, played: who comes in when, for how long, and what ends it."""

import random

import fakes
import pytest
from fakes import NO_EVENT, SCALE

from improvd.bench.clocks import PULSE, START, STOP, pulses
from improvd.listen.key import estimate
from improvd.play.messages import Begin, SetTempo

INTERNAL = {"source": "internal", "bpm": 120.0}
BEAT = 0.5  # seconds
HALF = [(beat, 0.9, 60 + beat) for beat in range(8)]  # two bars of quarters


def room(mode, likes=None, tempo=None, midi=None, controls=None, **turns):
    turns = {"mode": mode, "silence": 0.5} | turns
    tables = {"midi": midi or {}, "controls": controls or {}}
    return fakes.room(likes, tempo=tempo or INTERNAL, turns=turns, **tables)


def second(here, beat):
    """When this beat of the transport is."""
    return here._transport.tempo.second_at(beat)


def until(here, beat):
    here.wait(second(here, beat) - here.now)


def authors(here):
    return [turn.author for turn in here.told]


def begins(here):
    return [order for order in here.orders if isinstance(order, Begin)]


def on_clock(mode, bpm=100.0, likes=None, **turns):
    here = room(mode, likes, {"source": "auto"}, **turns)
    ticks = [(second, PULSE) for second in pulses(lambda _: bpm, 200, 100.1)]
    here.follow([(100.09, START), *ticks])
    here.wait(1.0)
    return here


# --- trade


def test_in_trade_the_answer_begins_on_the_line_where_the_players_bars_end():
    here = room("trade", trade=2)
    here.play(HALF[:7])
    here.wait(2.0)
    assert here.beat_at(here.onsets[0]) == pytest.approx(8.0, abs=0.01)
    here.wait(3.0)
    player, partner = here.told
    assert (player.length, partner.length) == (8.0, 8.0)
    assert here.out[-1][0] == pytest.approx(100 + 16 * BEAT, abs=0.02)
    assert not here.sounding


def test_a_silence_within_the_players_bars_ends_nothing():
    here = room("trade", trade=2)
    here.play(HALF[:3])
    here.wait(2.0)
    assert not here.orders
    here.wait(1.0)
    assert here.beat_at(here.onsets[0]) == pytest.approx(8.0, abs=0.01)


def test_they_go_on_trading_on_the_grid_of_the_first_phrase():
    here = room("trade", tempo={"source": "auto"}, trade=2)
    for n in range(3):
        here.play([(n * 0.5, 0.4, 60 + n) for n in range(15)], bpm=100.0 + 3 * n)
        until(here, (n + 1) * 16.0)
    assert sum(isinstance(order, SetTempo) for order in here.orders) == 1
    firsts = [turn.second for turn in here.told if turn.author == "partner"]
    lines = [here.beat_at(second) for second in firsts]
    assert lines == pytest.approx([8.0, 24.0, 40.0], abs=0.01)


def test_who_plays_nothing_in_his_bars_gives_the_turn_to_nobody():
    here = room("trade", trade=1)
    here.play(HALF[:3])
    here.wait(10.0)
    assert authors(here) == ["player", "partner"]
    assert len(begins(here)) == 1
    here.play(HALF[:3])
    here.wait(5.0)
    assert authors(here) == ["player", "partner"] * 2
    assert here.beat_at(here.told[-1].second) == pytest.approx(4.0, abs=0.01), "a grid of its own"


def test_what_is_held_or_played_over_the_line_belongs_to_the_next_turn():
    here = room("trade", {NO_EVENT: 1.0}, trade=1)
    here.play(HALF[:3])
    here.key(72)
    here.wait(0.6)
    assert here.onsets, "beat 4 is over"
    here.key(74)
    here.wait(0.2)
    here.let_go(72)
    here.let_go(74)
    here.wait(2.0)
    assert [note.pitch for note in here.told[0].notes] == [60, 61, 62, 72]
    assert max(note.end for note in here.told[0].notes) <= 4.0
    assert here.told[1].length == 4.0, "nothing of it was cut"
    here.play(HALF[:3])
    here.wait(3.0)
    assert 74 in [note.pitch for note in here.told[2].notes]


@pytest.mark.parametrize("bars", [1, 4])
def test_on_a_clock_the_bars_are_those_of_the_clock(bars):
    here = on_clock("trade", trade=bars)
    here.wait(100.1 + 5 * 0.6 - here.now)  # beat 2 of the second bar
    here.play(HALF[:2], bpm=100.0)
    here.play(HALF[:1], bpm=100.0)
    here.wait(12.0)
    first = (here.onsets[0] - 100.1) / 0.6
    assert first == pytest.approx(4.0 + 4 * bars, abs=0.005)


def test_a_stop_of_the_clock_ends_the_trade():
    here = on_clock("trade", trade=2)
    here.play(HALF[:3], bpm=100.0)
    here.wait(0.2)
    here.follow([(here.now, STOP)])
    here.wait(10.0)
    assert not here.onsets
    assert not here.sounding


# --- solo


def test_a_solo_goes_on_until_it_is_stopped_and_ends_with_a_cadence_on_a_bar_line():
    here = room("solo", start="bar")
    here.play(SCALE)
    here.wait(30.0)
    assert here.sounding or here.onsets[-1] > here.now - 4.0
    asked = here.beat
    here.duet.stop()
    here.wait(5.0)
    end = here.beat_at(here.out[-1][0])
    assert end == pytest.approx(round(end / 4) * 4, abs=0.02)
    assert asked + 1.0 < end <= asked + 8.0
    last = here.told[-1].notes[-1]
    assert last.duration == pytest.approx(1.0, abs=0.02), "the last beat"
    played = [(each.pitch, each.duration) for turn in here.told for each in turn.notes[:-1]]
    assert last.pitch % 12 in estimate(played).triad
    assert authors(here) == ["player", "partner"]
    assert not here.sounding


def test_a_second_stop_cuts_at_once():
    here = room("solo", {NO_EVENT: 1.0})
    here.play(SCALE)
    here.wait(4.0)
    here.duet.stop()
    here.wait(0.05)
    here.duet.stop()
    here.wait(0.05)
    assert not here.sounding
    count = len(here.out)
    here.wait(5.0)
    assert len(here.out) == count


def test_a_note_into_a_solo_cuts_it_but_not_the_left_hand_below_the_split():
    here = room("solo", {NO_EVENT: 1.0}, midi={"split": 55})
    here.play(SCALE)
    here.wait(2.0)
    here.play([(0.0, 1.0, 40), (0.0, 1.0, 47), (2.0, 0.5, 54)])
    here.wait(1.0)
    assert authors(here) == ["player"], "it goes on"
    here.play([(0.0, 0.4, 55)])
    here.wait(0.05)
    assert authors(here) == ["player", "partner"]
    assert not here.sounding


def test_a_stop_before_the_first_note_lets_it_never_begin():
    here = room("solo", start="bar")
    here.play(SCALE[:5])
    here.wait(0.6)
    assert len(begins(here)) == 1
    here.duet.stop()
    here.wait(8.0)
    assert not here.onsets


def test_a_solo_of_eighty_bars_is_remembered_by_its_last_bars():
    here = room("solo", {NO_EVENT: 2.0}, tempo={"source": "internal", "bpm": 400.0})
    here.play(SCALE, bpm=400.0)
    here.wait(48.0)
    here.duet.stop()
    here.wait(3.0)
    _, partner = here.told
    assert partner.length <= 64 * 4
    assert partner.notes[-1].end == pytest.approx(partner.length, abs=0.1)
    assert here.beat_at(partner.second) > 60


# --- duet


def playing(here, bars, pitch=60):
    """Quarters, bar after bar."""
    here.play([(beat, 0.9, pitch + beat % 5) for beat in range(4 * bars)])


def test_a_duet_begins_on_the_bar_line_after_a_full_beat_and_is_not_cut_by_playing():
    here = room("duet", {NO_EVENT: 1.0})
    playing(here, 4)
    beats = [here.beat_at(onset) for onset in here.onsets]
    assert beats[0] == pytest.approx(4.0, abs=0.01)
    assert max(beats) > 14.0
    assert len(begins(here)) == 1


def test_a_duet_ends_with_a_cadence_when_the_player_has_been_silent_for_a_bar():
    here = room("duet", {NO_EVENT: 1.0})
    playing(here, 3)
    here.wait(14.0)
    end = here.beat_at(here.out[-1][0])
    assert end == pytest.approx(round(end / 4) * 4, abs=0.02)
    assert 16.0 < end <= 28.0
    assert authors(here) == ["player", "partner"]
    player, partner = here.told
    assert len(player.notes) == 12
    assert partner.notes[-1].duration == pytest.approx(1.0, abs=0.02)
    assert not here.sounding


def test_a_bar_of_a_duet_hears_what_was_played_beside_the_bar_before():
    one, other = (room("duet", {NO_EVENT: 1.0}) for _ in range(2))
    for here in (one, other):
        playing(here, 1)
    playing(one, 3, pitch=60)
    playing(other, 3, pitch=67)
    first, second = ([here.beat_at(at) for at in here.onsets] for here in (one, other))
    notes = [[(round(here.beat_at(at) * 4), event.pitch) for at, event in here.out
              if hasattr(event, "velocity")] for here in (one, other)]  # fmt: skip
    before = [[note for note in each if note[0] < 32] for each in notes]
    after = [[note for note in each if note[0] >= 32] for each in notes]
    assert first
    assert second
    assert before[0] == before[1]
    assert after[0] != after[1]


# --- manual, and by hand


def test_in_manual_silence_ends_nothing_and_a_hand_starts_and_stops():
    here = room("manual", start="bar")
    here.play(SCALE)
    here.wait(10.0)
    assert not here.orders
    here.duet.start()
    here.wait(12.0)
    assert len(here.onsets) > 3
    here.duet.stop()
    here.wait(6.0)
    assert authors(here) == ["player", "partner"]
    assert not here.sounding


def test_started_with_nothing_new_it_goes_on():
    here = room("manual")
    here.play(SCALE)
    here.duet.start()
    here.wait(4.0)
    here.duet.stop()
    here.wait(6.0)
    here.duet.start()
    here.wait(4.0)
    here.duet.stop()
    here.wait(6.0)
    assert authors(here) == ["player", "partner", "partner"]
    assert here.told[-1].notes
    assert not here.sounding


@pytest.mark.parametrize("mode", ["answer", "trade", "duet", "solo", "manual"])
def test_started_before_anybody_has_played_it_begins(mode):
    here = room(mode)
    here.duet.start()
    here.wait(6.0)
    assert here.onsets
    here.duet.stop()
    here.wait(6.0)
    assert not here.sounding


def test_started_with_keys_still_down_it_answers_what_was_played_up_to_then():
    here = room("manual", {NO_EVENT: 1.0})
    for pitch in (60, 64, 67):
        here.key(pitch)
        here.wait(1.0)
    here.duet.start()
    here.wait(4.0)
    here.duet.stop()
    here.wait(6.0)
    assert here.told[0].length == 6.0
    assert len(here.told[0].notes) == 3
    assert here.told[1].notes


def test_a_duet_that_was_started_by_hand_ends_when_the_player_has_joined_and_is_silent():
    here = room("duet", {NO_EVENT: 1.0})
    here.duet.start()
    here.wait(8.0)
    assert here.duet.answering
    here.play([(0.0, 0.5, 60)])
    here.wait(9.0)
    assert not here.duet.answering
    assert [note.pitch for note in here.told[0].notes] == [60]


@pytest.mark.parametrize(
    ("hand", "down", "up"),
    [
        ("cc 80", (0xB0, 80, 127), (0xB0, 80, 0)),
        ("cc 64", (0xB0, 64, 127), (0xB0, 64, 0)),
        ("note 21", (0x90, 21, 64), (0x80, 21, 0)),
        ("program 3", (0xC0, 3), None),
    ],
)
def test_one_key_starts_and_stops_and_is_not_heard_as_playing(hand, down, up):
    here = room("manual", {NO_EVENT: 1.0}, controls={"hand": hand})

    def press():
        here.send(*down)
        here.wait(0.1)
        if up:
            here.send(*up)
        here.wait(0.1)

    here.play(SCALE)
    press()
    here.wait(3.0)
    assert here.onsets
    press()
    here.wait(6.0)
    assert authors(here) == ["player", "partner"]
    assert len(here.told[0].notes) == len(SCALE)
    assert here.told[1].notes[-1].duration == pytest.approx(1.0, abs=0.02), "ended, not cut"
    assert not here.sounding


# --- listen, and from mode to mode


def test_listen_is_silent_and_remembers():
    here = room("listen", memory=2)
    for _ in range(2):
        here.play(SCALE)
        here.wait(2.0)
    here.duet.start()
    here.wait(2.0)
    assert not here.orders
    assert authors(here) == ["player", "player"]
    assert len(here.duet.voices[0].log.last(2)) == 2


MODES = ("answer", "trade", "duet", "solo", "manual", "listen")


def answering(mode):
    """An answer of this mode is on, and sounds."""
    here = room(mode, trade=2, length=2)
    playing(here, 2)
    if mode == "manual":
        here.duet.start()
    here.wait(1.7)
    assert here.onsets
    return here


@pytest.mark.parametrize("after", MODES)
@pytest.mark.parametrize("before", MODES[:-1])
def test_a_change_while_answering_leaves_no_note_stuck_and_loses_none(before, after):
    here = answering(before)
    here.duet.change_mode(after, here.now)
    here.wait(12.0)
    planned = [note for order in here.orders for note in getattr(order, "notes", ())]
    due = sorted(second(here, note.onset) for note in planned)
    if goes_on := before == after and before in ("solo", "duet", "manual"):
        due = [each for each in due if each < here.now]
    assert here.onsets == pytest.approx(due, abs=0.02)
    assert goes_on or not here.sounding
    assert here.duet.answering or authors(here) == ["player", "partner"]


@pytest.mark.parametrize("after", MODES)
@pytest.mark.parametrize("before", MODES)
def test_after_a_change_between_turns_the_new_mode_rules_from_the_next_note_on(before, after):
    here = room(before, trade=1, length=1)
    here.duet.change_mode(after, here.now)
    assert here.duet.mode == after
    fresh = room(after, trade=1, length=1)
    for each in (here, fresh):
        playing(each, 1)
        each.wait(6.0)
    assert [(at, event) for at, event in here.out] == fresh.out


def test_a_phrase_goes_on_from_one_mode_to_another():
    here = room("manual")
    here.play(SCALE)
    here.wait(3.0)
    here.duet.change_mode("answer", here.now)
    here.wait(5.0)
    assert authors(here) == ["player", "partner"]


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_played_and_asked_for_nothing_hangs_and_every_note_ends(seed):
    dice = random.Random(seed)
    tempo = dice.choice([INTERNAL, {"source": "auto"}])
    here = room(dice.choice(MODES), {NO_EVENT: 1.0}, tempo, {"split": 50}, trade=1,
                interrupt=dice.choice(("stop", "finish", "ignore")), max_hold=2.0)  # fmt: skip
    asks = (
        here.duet.start,
        here.duet.stop,
        lambda: here.duet.change_mode(dice.choice(MODES), here.now),
        lambda: here.duet.player_lost(here.now),
        lambda: here.send(*dice.choice([(0xFA,), (0xFC,), (0xF8,), (0xB0, 123, 0)])),
        lambda: here.pedal(dice.choice((0, 127))),
    )
    for _ in range(40):
        here.key(dice.randrange(40, 80)) if dice.random() < 0.7 else dice.choice(asks)()
        here.wait(dice.choice((0.03, 0.1, 0.3, 1.0)))
        for pitch in range(40, 80) if dice.random() < 0.5 else ():
            here.let_go(pitch)
    here.pedal(0)
    here.duet.change_mode("listen", here.now)
    here.wait(20.0)
    assert not here.duet.answering
    assert not here.sounding
