"""`improvd bench follow` judges by the beat files, song by song, and says what it trusted."""

import json
from itertools import accumulate
from pathlib import Path
from random import Random

import pytest

from improvd.bench.follow import SONGS, chosen, figures, hear
from improvd.bench.tunes import TUNES
from improvd.cli import main
from improvd.core.note import Note
from improvd.errors import DataError
from improvd.ports.midifile import write_midi

STEADY = [step / 4 for step in accumulate(TUNES["Yankee Doodle"] * 4, initial=4)]  # beats


@pytest.fixture
def song(tmp_path):
    """Put a song below the folder: its tempo, the beats of its piano, and what its files say."""

    def put(name, bpm, onsets=STEADY, says=None, other=None):
        folder = tmp_path / "POP909" / name
        folder.mkdir(parents=True)
        lines = {"MELODY": [0.1, 1.2, 2.3], "PIANO": onsets}
        notes = {track: [Note(at, 0.1, 60, 80) for at in line] for track, line in lines.items()}
        write_midi(folder / f"{name}.mid", notes, bpm)
        beats = [n * 60 / (says or bpm) for n in range(120)]
        midi = (f"{second} {1 - n % 2}.0 {float(n % 4 == 0)}\n" for n, second in enumerate(beats))
        (folder / "beat_midi.txt").write_text("".join(midi))
        audio = (f"{n * 60 / (other or bpm):.2f} {n % 4 + 1}.0\n" for n in range(120))
        (folder / "beat_audio.txt").write_text("".join(audio))
        return folder

    return put


def values(folder, capsys):
    main.run(["bench", "follow", "--data", str(folder), "--json"])
    return [row["values"] for row in json.loads(capsys.readouterr().out)]


def test_steady_songs_are_heard_in_their_octave(song, tmp_path, capsys):
    for name, bpm in (("001", 96.0), ("002", 132.0), ("003", 60.0), ("004", 240.0)):
        song(name, bpm)
    within, error, confidence = values(tmp_path, capsys)[:3]
    assert within == {"within": 1.0, "unfolded": 0.5, "n": 4, "other beat file": 1.0}
    assert error["median"] < 1e-4
    assert (confidence["trusted"], confidence["grid holds"]) == (1.0, 1.0)


def test_a_wrong_tempo_counts_against_it_and_the_exit_code_says_so(song, tmp_path, capsys):
    song("001", 120.0)
    song("002", 120.0, says=80.0, other=80.0)
    assert main.run(["bench", "follow", "--data", str(tmp_path)]) == 1
    assert "within 0.5  unfolded 0.5  n 2" in capsys.readouterr().out


def test_the_tempo_of_the_melody_is_not_asked_for_and_the_other_beat_file_only_compared(song):
    found = hear(song("001", 100.0, other=130.0), 0.0)
    assert (found.doubtful, found.holds, found.trusted) == (True, True, True)
    assert found.folded < 1e-4


def test_an_octave_off_is_an_error_only_unfolded(song):
    found = hear(song("001", 74.5), 0.0)
    assert found.folded < 1e-4
    assert found.error == pytest.approx(1.0, abs=1e-3)


def test_what_wanders_is_heard_but_not_trusted(song):
    dice = Random(3)
    aimless = list(accumulate((dice.expovariate(2.0) + 0.1 for _ in range(60)), initial=4.0))
    found = hear(song("001", 100.0, onsets=aimless), 0.0)
    assert not found.trusted
    assert not found.holds


def test_only_the_first_eight_bars_are_heard(song):
    later = [40 + n * 0.37 for n in range(150)]
    assert hear(song("001", 100.0, [at for at in STEADY if at < 36] + later), 0.0).folded < 1e-4


def test_the_less_steady_half_is_the_same_each_time(song):
    folder = song("001", 100.0)
    once = hear(folder, 0.015)
    assert once == hear(folder, 0.015)
    assert 1e-5 < once.folded < 0.01


def test_the_same_200_songs_are_chosen_whatever_else_is_there():
    songs = [Path("POP909", f"{number:03}") for number in range(1, 910)]
    found = chosen(songs)
    assert len(set(found)) == SONGS
    assert chosen(songs[::-1]) == found
    assert [each.name for each in found[:3]] == ["886", "286", "671"]


@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        ("beat_midi.txt", "0.5 1.0 one\n", "holds what is no number"),
        ("beat_midi.txt", "0.5 1.0\n", "has lines of other than 3 numbers"),
        ("beat_midi.txt", "0.5 1.0 1.0\n", "marks fewer than two bars"),
        ("beat_audio.txt", "", "fewer than two beats where the piano begins"),
        ("beat_audio.txt", None, "cannot be read: No such file"),
        ("001.mid", "", "no MIDI file"),
    ],
)
def test_a_broken_song_is_named_with_its_fault(song, tmp_path, file, content, told):
    path = song("001", 100.0) / file
    path.unlink() if content is None else path.write_text(content)
    with pytest.raises(DataError, match=rf"001.*{told}"):
        list(figures(tmp_path))


def test_without_songs_or_without_a_folder_it_says_so(tmp_path, capsys):
    with pytest.raises(DataError, match=r"holds no song of POP909, which is a folder with beat_"):
        list(figures(tmp_path))
    assert main.run(["bench", "follow"]) == 2
    assert "goes with --data DIR" in capsys.readouterr().err
