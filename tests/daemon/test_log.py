import pytest

from improvd.core.note import SUSTAIN, Note
from improvd.core.tempo import Tempo
from improvd.daemon.log import HeardAnswer, HeardLog, Turn, whole_beats

TEMPO = Tempo(120.0, 10.0)
ON, OFF, CONTROL = 0x90, 0x80, 0xB0


def test_whole_beats_forgive_a_release_that_is_a_little_late():
    assert whole_beats(4.0) == 4.0
    assert whole_beats(4.1) == 4.0
    assert whole_beats(4.2) == 5.0
    assert whole_beats(0.0) == 1.0


def test_an_answer_is_kept_as_it_was_planned_and_heard():
    heard = HeardAnswer(TEMPO, 8.0)  # beat 8 falls on second 14
    assert not heard.sounded
    heard.add([(1, 14.0, 14.02, ON, 60, 70), (1, 14.5, 14.5, OFF, 60, 0)])
    heard.add([(1, 14.5, 14.5, ON, 64, 80)])
    assert heard.sounded
    turn = heard.turn(14.75)
    assert turn.notes == (Note(0.0, 1.0, 60, 70), Note(1.0, 0.5, 64, 80))
    assert (turn.author, turn.second, turn.length) == ("partner", 14.0, 2.0)


def test_the_pedal_of_an_answer_is_kept_beside_its_keys_and_ends_with_it():
    heard = HeardAnswer(TEMPO, 8.0)
    heard.add([(1, 14.0, 14.0, ON, 60, 70), (1, 14.0, 14.0, CONTROL, SUSTAIN, 127)])
    heard.add([(1, 14.5, 14.5, OFF, 60, 0), (1, 15.0, 15.0, CONTROL, SUSTAIN, 0)])
    heard.add([(1, 15.25, 15.25, CONTROL, SUSTAIN, 127)])
    turn = heard.turn(15.5)
    assert turn.notes == (Note(0.0, 1.0, 60, 70),)
    assert turn.pedal == ((0.0, True), (2.0, False), (2.5, True), (3.0, False))
    assert turn.length == 3.0


def test_a_note_that_is_struck_again_ends_where_it_begins_again():
    heard = HeardAnswer(TEMPO, 8.0)
    heard.add([(1, 14.0, 14.0, ON, 60, 70), (1, 14.5, 14.5, ON, 60, 75)])
    assert [note.duration for note in heard.turn(15.0).notes] == [1.0, 1.0]


def test_the_log_keeps_the_last_turns_oldest_first():
    log = HeardLog(keep=2)
    turns = [Turn("player", float(n), TEMPO, (), 1.0) for n in range(3)]
    for turn in turns:
        log.add(turn)
    assert log.last(2) == turns[1:]
    assert log.last(1) == turns[2:]
    assert log.last(0) == []


@pytest.mark.parametrize("count", [3, 16])
def test_asking_for_more_than_there_is_gives_all(count):
    log = HeardLog(keep=2)
    turn = Turn("player", 0.0, TEMPO, (), 1.0)
    log.add(turn)
    assert log.last(count) == [turn]


def test_of_an_answer_that_goes_on_and_on_the_last_64_bars_are_kept():
    heard = HeardAnswer(TEMPO, 0.0)  # two beats a second, from second 10 on
    for beat in range(400):
        at = 10.0 + beat / 2
        heard.add(
            [(1, at, at, ON, 60 + beat % 7, 70), (1, at + 0.4, at + 0.4, OFF, 60 + beat % 7, 0)]
        )
    turn = heard.turn(210.0)
    assert len(heard._notes) < 270
    assert (turn.length, turn.second) == (256.0, 10.0 + 144 / 2)
    assert [note.onset for note in turn.notes] == [float(beat) for beat in range(256)]
