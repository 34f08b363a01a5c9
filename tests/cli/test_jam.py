"""`improvd jam`: how a piece is cut into phrases, and what a user may get wrong."""

import pytest

from improvd.cli import main
from improvd.cli._keyboard import Keyboard, notes, pedal, phrases
from improvd.core.note import Note
from improvd.core.pedal import Press
from improvd.core.tempo import Tempo
from improvd.core.units import Bpm
from improvd.ports import wire

PRIMER = "music/primer.mid"


def quarters(*onsets):
    return [Note(onset, 0.9, 60, 80) for onset in onsets]


def onsets(cut):
    return [[note.onset for note in phrase] for phrase in cut]


def test_a_silence_of_a_beat_ends_a_phrase():
    assert onsets(phrases(quarters(0, 1, 2, 4, 5), 4.0, 8)) == [[0, 1, 2], [4, 5]]


def test_a_piece_without_a_breath_is_cut_at_bar_lines():
    cut = phrases(quarters(*range(12)), 4.0, 2)
    assert onsets(cut) == [[0, 1, 2, 3, 4, 5, 6, 7], [8, 9, 10, 11]]


def test_an_upbeat_belongs_to_the_bars_after_it():
    assert onsets(phrases(quarters(3, 4, 5, 6, 7, 8), 4.0, 1)) == [[3], [4, 5, 6, 7], [8]]


def test_what_the_port_took_becomes_notes_in_beats():
    tempo = Tempo(120.0, 10.0)
    played = [
        (10.0, wire.note_on(1, 60, 80)),
        (10.5, wire.control(1, 64, 127)),
        (10.5, wire.note_on(1, 64, 70)),
        (11.0, wire.note_off(1, 60)),
        (11.5, wire.note_off(1, 64)),
    ]
    assert notes(played, tempo) == [Note(0.0, 2.0, 60, 80), Note(1.0, 2.0, 64, 70)]


def test_a_phrase_is_played_with_what_its_pedal_does_meanwhile():
    keyboard = Keyboard(Bpm(400.0))
    held = [Press(0.0, 5.0), Press(5.5, 5.75), Press(6.5, 9.0)]
    keyboard.play([Note(4.0, 1.0, 60, 80), Note(6.0, 1.0, 64, 80)], held)
    tempo = Tempo(Bpm(400.0), keyboard.played[0][0], 4.0)
    moves = [(round(beat, 3), down) for beat, down in pedal(keyboard.played, tempo)]
    assert moves == [
        *((4.0, True), (5.0, False), (5.5, True)),
        *((5.75, False), (6.5, True), (7.0, False)),
    ]
    assert [note.duration for note in notes(keyboard.played, tempo)] == pytest.approx([1.0, 1.0])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.mid"], "nowhere.mid"),
        (["README.md"], "no MIDI file"),
        ([PRIMER, "--bars", "0"], "--bars"),
        ([PRIMER, "-o", "/proc/nowhere/jam.mid"], "its folder cannot be made"),
    ],
)
def test_what_cannot_be_played_is_told_in_one_line_before_anybody_plays(arguments, said, capsys):
    assert main.run(["jam", *arguments]) != 0
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 1
    assert said in told[0]
