"""Several models answer one phrase at once: where they begin, what ends them, what each hears."""

import random

import fakes
import numpy as np
import pytest
from fakes import NO_EVENT, SCALE, BabblingSession, FakeSession
from gan import gan_model

from improvd.config import Config
from improvd.core.note import NoteOn
from improvd.daemon.build import build
from improvd.engine.session import Session
from improvd.errors import ModelError
from improvd.play.messages import Begin, Finish, SetTempo, Stop

INTERNAL = {"source": "internal", "bpm": 120.0}
SECOND = {"model": "second", "channel": 2}
THIRD = {"model": "third", "channel": 3}


def room(turns=None, voices=(SECOND,), others=None, **tables):
    others = others or [FakeSession({NO_EVENT: 1.0}) for _ in voices]
    tables = {"tempo": INTERNAL, "voice": list(voices)} | tables
    return fakes.room(
        {NO_EVENT: 1.0}, others=others, turns={"silence": 0.5} | (turns or {}), **tables
    )


def onsets(here, channel):
    """The beats on which notes began there."""
    return [
        here.beat_at(at)
        for at, event in here.out
        if isinstance(event, NoteOn) and event.channel == channel
    ]


def authors(here):
    return [turn.author for turn in here.told]


def told(here, kind):
    return [order for order in here.orders if isinstance(order, kind)]


def test_a_model_that_is_not_there_is_told_before_anything_is_started():
    config = Config.model_validate({"voice": [SECOND]})
    with pytest.raises(ModelError, match="there is no model 'second'"):
        build(config)


def test_a_style_that_one_of_them_does_not_know_is_told_before_anything_is_started(tmp_path):
    band = str(gan_model(tmp_path / "band.onnx", "styled", ("classical", "pop")))
    voice = {"model": band, "channel": 2}
    for own, style in (({}, "polka"), ({"style": "polka"}, "pop")):
        config = Config.model_validate({"model": {"style": style}, "voice": [voice | own]})
        with pytest.raises(ModelError, match="band has no style 'polka'; it has: classical, pop"):
            build(config)


def test_each_plays_in_its_own_style(tmp_path):
    band = gan_model(tmp_path / "band.onnx", "styled", ("classical", "pop"))
    voices = [SECOND, THIRD | {"style": "classical"}]
    here = room(voices=voices, others=[Session.load(band)] * 2, model={"style": "pop"})
    assert [each.style for each in here._exchanges] == ["", "pop", "classical"]


def test_both_answer_the_phrase_from_the_same_beat_each_on_its_channel():
    here = room()
    here.play(SCALE)
    here.wait(6.0)
    first, second = onsets(here, 1), onsets(here, 2)
    assert first[0] == pytest.approx(5.0, abs=0.01)
    assert second[0] == pytest.approx(5.0, abs=0.01)
    assert len(told(here, SetTempo)) == 1
    assert authors(here) == ["player", "partner", "partner"]
    assert {turn.length for turn in here.told} == {4.0}
    assert not here.sounding


def test_two_of_one_model_do_not_play_the_same():
    here = room(others=[FakeSession({NO_EVENT: 1.0})])
    here.play(SCALE)
    here.wait(6.0)
    _, first, second = here.told
    assert [note.pitch for note in first.notes] != [note.pitch for note in second.notes]


@pytest.mark.parametrize("moment", [1.05, 1.6, 2.2])
def test_playing_into_them_cuts_all_and_leaves_no_note_on(moment):
    here = room(voices=(SECOND, THIRD))
    here.play(SCALE)
    here.wait(moment)
    assert here.onsets
    before = len(here.out)
    here.key(72)
    here.wait(0.01)
    assert not here.sounding
    assert not any(isinstance(event, NoteOn) for _, event in here.out[before:])
    assert authors(here) == ["player", "partner", "partner", "partner"]
    here.wait(0.2)
    here.let_go(72)
    here.play(SCALE)
    here.wait(8.0)
    assert authors(here) == ["player", "partner", "partner", "partner"] * 2
    assert not here.sounding


def test_playing_on_before_their_first_note_continues_the_phrase():
    here = room({"start": "bar"})
    here.play(SCALE[:3])
    here.wait(0.6)
    assert len(told(here, Begin)) == 2
    here.play(SCALE[:3])
    here.wait(8.0)
    assert authors(here) == ["player", "partner", "partner"]
    assert len(here.told[0].notes) == 6


def test_in_a_trade_the_turn_comes_back_when_the_last_of_them_is_over():
    here = room({"mode": "trade", "trade": 1}, tempo={"source": "auto"})
    for turn in range(3):
        here.play([(beat, 0.9, 60 + beat) for beat in range(3)])
        here.wait(here._transport.tempo.second_at(8.0 * (turn + 1)) - here.now)
    begins = told(here, Begin)
    assert [each.answer for each in begins] == [1, 2, 3, 4, 5, 6]
    assert {each.grid for each in begins} == {1}, "one grid for all"
    for channel in (1, 2):
        beats = np.array(onsets(here, channel))
        assert {int(beat // 4) % 2 for beat in beats + 0.01} == {1}, "in their own bars only"
    here.wait(1.0)
    assert authors(here) == ["player", "partner", "partner"] * 3


@pytest.mark.parametrize("mode", ["solo", "manual", "duet"])
def test_without_an_end_they_end_together_with_a_cadence(mode):
    here = room({"mode": mode}, voices=(SECOND, THIRD))
    here.play(SCALE)
    here.duet.start()
    here.wait(9.0)
    here.duet.stop()
    here.wait(8.0)
    assert not here.duet.answering
    ends = {turn.notes[-1].end for turn in here.told if turn.author == "partner"}
    assert max(ends) - min(ends) < 0.02
    assert all(turn.notes[-1].duration == pytest.approx(1.0, abs=0.02) for turn in here.told[1:])
    assert not here.sounding


def test_each_remembers_the_players_turns_and_its_own():
    here = room({"memory": 2})
    here.play(SCALE)
    here.wait(6.0)
    player, first, second = here.told
    assert here.duet.voices[0].log.last(2) == [player, first]
    assert here.duet.voices[1].log.last(2) == [player, second]
    assert here.difference_from_log(FakeSession({NO_EVENT: 1.0})) < 1e-5


def test_a_voice_has_a_range_and_a_density_of_its_own():
    bass = SECOND | {"range": [36, 48], "density": 0.5}
    here = room({"length": 8, "density": 4.0}, voices=(bass,), model={"temperature": 0.7})
    here.play(SCALE)
    here.wait(20.0)
    _, first, second = here.told
    assert len(second.notes) < len(first.notes) / 2
    low = [note.pitch for note in second.notes]
    assert sum(36 <= pitch <= 48 for pitch in low) > 0.8 * len(low)
    assert min(note.pitch for note in first.notes) > 48


def test_on_one_channel_each_key_has_as_many_ends_as_beginnings():
    here = room({"length": 8}, voices=(SECOND | {"channel": 1},))
    here.play(SCALE)
    here.wait(3.0)
    assert len(told(here, Begin)) == 2
    here.wait(18.0)
    down = set()
    for _, event in here.out:
        if isinstance(event, NoteOn):
            assert event.pitch not in down, "what sounded there ends first"
            down.add(event.pitch)
        else:
            down.discard(event.pitch)
    assert not down
    assert all(turn.notes for turn in here.told)


def test_on_one_channel_a_barge_in_leaves_nothing_on():
    here = room({"length": 8}, voices=(SECOND | {"channel": 1}, THIRD | {"channel": 1}))
    here.play(SCALE)
    here.wait(2.6)
    assert here.sounding
    here.key(40)
    here.wait(0.01)
    assert not here.sounding


class SlowSession(FakeSession):
    """A step of it takes longer than the sixteenth it decides."""

    room = None

    def step(self, vector):
        if self.room and self.room.duet.answering:
            self.room.now += 0.04
        return super().step(vector)


def test_a_slow_voice_drops_out_and_makes_no_other_late(caplog):
    slow = SlowSession({NO_EVENT: 1.0})
    here = room({"length": 8}, others=[slow], tempo=INTERNAL | {"bpm": 400.0})
    slow.room = here
    early, add = {1: [], 2: []}, here._schedule.add

    def added(answer, notes, pedal):
        early[answer] += [note.onset - here.beat for note in notes]
        add(answer, notes, pedal)

    here._schedule.add = added
    here.play(SCALE, bpm=400.0)
    here.wait(10.0)
    assert caplog.text.count("slower than the music") == 1
    assert min(early[1]) > 0.3, "beats before each note of the first"
    assert min(early[2]) < 0.0
    assert not here.sounding


def test_they_are_prepared_one_after_another_and_taken_back_together():
    here = room(voices=(SECOND, THIRD), others=[FakeSession(), BabblingSession()])
    here.play(SCALE[:4])
    here.wait(0.4)  # more than half of the silence
    here.play(SCALE[:2], velocity=90)
    here.wait(8.0)
    assert authors(here) == ["player"] + ["partner"] * 3
    assert len(here.told[0].notes) == 6


def test_a_stop_is_said_to_those_that_are_still_on():
    here = room({"mode": "solo", "start": "now"}, voices=(SECOND, THIRD))
    here.play(SCALE)
    here.wait(3.0)
    for _ in range(2):
        here.duet.stop()
        here.wait(0.01)
    assert [order.answer for order in told(here, Stop)] == [1, 2, 3]
    assert not here.duet.answering
    assert not here.sounding


def test_the_player_that_dies_takes_all_answers_along():
    here = room(voices=(SECOND, THIRD))
    here.play(SCALE)
    here.wait(1.5)
    here.duet.player_lost(here.now)
    assert not here.duet.answering
    assert authors(here) == ["player"] + ["partner"] * 3


MODES = ("answer", "trade", "duet", "solo", "manual", "listen")


@pytest.mark.parametrize("seed", range(8))
def test_whatever_is_played_and_asked_for_nothing_hangs_and_every_note_ends(seed):
    dice = random.Random(seed)
    voices = (SECOND, THIRD | {"channel": dice.choice((1, 2, 3))})
    here = room(
        {"mode": dice.choice(MODES), "trade": 1, "max_hold": 2.0,
         "interrupt": dice.choice(("stop", "finish", "ignore"))},
        voices, [FakeSession({NO_EVENT: 1.0}), BabblingSession(seed)],
    )  # fmt: skip
    asks = (
        here.duet.start,
        here.duet.stop,
        lambda: here.duet.change_mode(dice.choice(MODES), here.now),
        lambda: here.duet.player_lost(here.now),
        lambda: here.send(*dice.choice([(0xFA,), (0xFC,), (0xF8,), (0xB0, 123, 0)])),
    )
    for _ in range(25):
        here.key(dice.randrange(40, 80)) if dice.random() < 0.7 else dice.choice(asks)()
        here.wait(dice.choice((0.03, 0.1, 0.3, 1.0)))
        for pitch in range(40, 80) if dice.random() < 0.5 else ():
            here.let_go(pitch)
    here.duet.change_mode("listen", here.now)
    here.wait(20.0)
    assert not here.duet.answering
    assert not here.sounding
    finished = [order.answer for order in told(here, Finish)]
    assert len(finished) == len(set(finished))
