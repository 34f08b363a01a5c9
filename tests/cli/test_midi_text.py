"""`improvd midi2text` and `improvd text2midi`, as a user meets them."""

from pathlib import Path

import pytest

from improvd.bench.text import channel_events
from improvd.cli import main
from improvd.ports.midifile import read_midi

ROOT = Path(__file__).parents[2]
PIECE = ROOT / "tests" / "music" / "greensleeves.mid"
TEXT = "# division 96\n\n0_c0_05 0_90_3c_64 96_90_3c_00\n0_91_30_40 96_81_30_00\n"


@pytest.fixture
def song(tmp_path):
    """A MIDI file of three tracks, the first of them without channel events."""
    (tmp_path / "song.txt").write_text(TEXT)
    text, path = tmp_path / "song.txt", tmp_path / "song.mid"
    assert main.run(["text2midi", str(text), "-o", str(path), "--bpm", "90"]) == 0
    text.unlink()
    return path


def test_text_becomes_music_and_music_that_text(song, capsys):
    music = read_midi(song)
    assert [(n.onset, n.duration, n.pitch) for n in music.notes] == [(0, 1, 48), (0, 1, 60)]
    assert music.bpm == pytest.approx(90, abs=1e-3)
    assert main.run(["midi2text", str(song)]) == 0
    assert capsys.readouterr().out == TEXT


def test_into_a_file_it_says_nothing(song, tmp_path, capsys):
    assert main.run(["midi2text", str(song), "-o", str(tmp_path / "song.txt")]) == 0
    assert (tmp_path / "song.txt").read_text() == TEXT
    assert capsys.readouterr() == ("", "")


def test_one_track_is_its_line(song, capsys):
    for number, line in enumerate(TEXT.splitlines()[1:], 1):
        assert main.run(["midi2text", str(song), "--track", str(number)]) == 0
        assert capsys.readouterr().out == f"{line}\n"


def test_a_piece_comes_back_from_its_text_event_for_event(tmp_path):
    text, back = tmp_path / "piece.txt", tmp_path / "back.mid"
    assert main.run(["midi2text", str(PIECE), "-o", str(text)]) == 0
    assert main.run(["text2midi", str(text), "-o", str(back)]) == 0
    assert channel_events(back.read_bytes()) == channel_events(PIECE.read_bytes())
    assert read_midi(back).notes == read_midi(PIECE).notes


def test_a_byte_order_mark_is_no_token(tmp_path, song):
    marked, back = tmp_path / "marked.txt", tmp_path / "back.mid"
    marked.write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    assert main.run(["text2midi", str(marked), "-o", str(back), "--bpm", "90"]) == 0
    assert back.read_bytes() == song.read_bytes()


def test_faulty_text_is_told_fault_by_fault_and_makes_nothing(tmp_path, capsys):
    (tmp_path / "song.txt").write_text("0_90_3C_64 0_f0_00\n\n-1_90_3c_64\n")
    text, back = tmp_path / "song.txt", tmp_path / "song.mid"
    assert main.run(["text2midi", str(text), "-o", str(back)]) == 1
    told = capsys.readouterr().err.splitlines()
    assert [line.removeprefix(f"improvd: {text}: ").split("':")[0] for line in told] == [
        "line 1, token 1, '0_90_3C_64",
        "line 1, token 2, '0_f0_00",
        "line 3, token 1, '-1_90_3c_64",
    ]
    assert not back.exists()


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (["midi2text", "absent.mid"], "absent.mid: cannot be read: No such file or directory"),
        (["midi2text", "song.mid", "--track", "4"], "has no track 4; --track may be 1..3"),
        (["midi2text", "song.mid", "--track", "0"], "--track"),
        (["midi2text", "song.mid", "-o", "no/song.txt"], "no/song.txt: cannot be written"),
        (["midi2text", "notes.txt"], "notes.txt: no MIDI file, or a broken one"),
        (["text2midi", "absent.txt", "-o", "new.mid"], "absent.txt: cannot be read"),
        (["text2midi", "notes.txt"], "--output"),
        (["text2midi", "notes.txt", "-o", "no/new.mid"], "no/new.mid: cannot be written"),
        (["text2midi", "notes.txt", "-o", "new.mid", "--bpm", "401"], "401 has to be 20..400"),
        (["text2midi", "notes.txt", "-o", "new.mid", "--bpm", "nan"], "nan has to be 20..400"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_leaves_nothing(song, monkeypatch, capsys, said, told):
    (song.parent / "notes.txt").write_text("0_90_3c_64\n")
    before = sorted(song.parent.iterdir())
    monkeypatch.chdir(song.parent)
    assert main.run(said) != 0
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("improvd: ")
    assert told in line
    assert sorted(song.parent.iterdir()) == before


def test_a_midi_file_given_as_text_is_refused_in_a_few_lines(song, capsys):
    assert main.run(["text2midi", str(PIECE), "-o", str(song)]) == 1
    assert 1 <= len(capsys.readouterr().err.splitlines()) <= 11
