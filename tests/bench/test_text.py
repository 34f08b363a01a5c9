"""`improvd bench text` finds what is identical, what is not, and what cannot be read."""

import json
from pathlib import Path

import pytest

from improvd.bench.text import _difference, channel_events, figure
from improvd.cli import main
from improvd.errors import DataError

MUSIC = Path(__file__).parents[1] / "music"
BODY = bytes.fromhex("05 ff5103 07a120  00 903c64  60 3c00  00 c005  00 ff2f00")
FILE = bytes.fromhex("4d546864 00000006 0001 0001 0060") + b"MTrk" + len(BODY).to_bytes(4) + BODY


def test_the_judge_reads_by_the_letter():
    messages = [(5, b"\x90\x3c\x64"), (101, b"\x90\x3c\x00"), (101, b"\xc0\x05")]
    assert channel_events(FILE) == (96, [messages])
    foreign = b"JUNK" + (2).to_bytes(4) + b"\x00\x90"
    assert channel_events(FILE[:14] + foreign + FILE[14:]) == (96, [messages])
    with pytest.raises(ValueError, match="has no header"):
        channel_events(b"RIFF" + FILE)


def test_every_piece_comes_back(capsys):
    assert main.run(["bench", "text", "--data", str(MUSIC), "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert {key: found["values"][key] for key in ("identical", "files", "differ", "unread")} == {
        "identical": 1.0,
        "files": 2,
        "differ": 0,
        "unread": 0,
    }
    assert found["values"]["events"] > 128


def test_what_cannot_be_read_is_named_and_counts_against_it(tmp_path, capsys):
    (tmp_path / "good.mid").write_bytes(FILE)
    (tmp_path / "short.MID").write_bytes(FILE[:-9])
    assert main.run(["bench", "text", "--data", str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert said.err == f"{tmp_path}/short.MID: no MIDI file, or a broken one: it ends too early\n"
    assert "identical 0.5  files 2  differ 0  unread 1" in said.out


@pytest.mark.parametrize(
    ("after", "told"),
    [
        ((192, [[], [(0, b"\x90\x3c\x64")]]), "has 192 ticks a quarter note instead of 96"),
        ((96, [[(0, b"\x90\x3c\x64")]]), "has 1 tracks instead of 2"),
        ((96, [[], [(0, b"\x90\x3c\x63")]]), "track 2 has other events"),
        ((96, [[], [(1, b"\x90\x3c\x64")]]), "track 2 has other events"),
        ((96, [[], []]), "track 2 has other events"),
    ],
)
def test_a_difference_is_told_by_its_place(after, told):
    assert _difference((96, [[], [(0, b"\x90\x3c\x64")]]), after) == told


def test_without_music_or_without_a_folder_it_says_so(tmp_path, capsys):
    with pytest.raises(DataError, match="holds no MIDI file"):
        figure(tmp_path)
    assert main.run(["bench", "text"]) == 2
    assert main.run(["bench", "reply", "--data", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("goes with --data DIR") == 2
