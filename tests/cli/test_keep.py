"""What a jam leaves behind: notes to read again, a picture to look at, a sound where it can."""

import shutil
import wave

import pytest

from improvd.cli import _keep
from improvd.cli._draw import _turns
from improvd.core.note import Note
from improvd.core.tempo import Meter
from improvd.errors import DataError
from improvd.ports.midifile import read_midi

PLAYED = [Note(0.0, 1.0, 60, 90), Note(0.0, 1.0, 64, 90), Note(1.0, 2.0, 62, 70)]
ANSWER = [Note(4.0, 1.0, 67, 80), Note(5.0, 3.0, 65, 60)]
PLAYERS = {"you": PLAYED, "improvd": ANSWER}


@pytest.fixture
def kept(tmp_path):
    """Keep the two turns above; the lines said."""

    def keep(players=PLAYERS):
        return list(_keep.keep(tmp_path / "jam.mid", players, 120.0, Meter(), "A jam"))

    return keep


def test_a_jam_is_kept_as_notes_and_picture(kept, tmp_path):
    lines = kept()
    assert len(read_midi(tmp_path / "jam.mid").notes) == len(PLAYED) + len(ANSWER)
    assert (tmp_path / "jam.png").read_bytes().startswith(b"\x89PNG")
    assert [line.split(":")[0] for line in lines] == [
        str(tmp_path / f"jam.{kind}") for kind in ("mid", "png", "wav")
    ]
    assert not list(tmp_path.glob(".*"))


def test_a_jam_without_answers_is_drawn_too(kept, tmp_path):
    kept({"you": PLAYED, "improvd": []})
    assert (tmp_path / "jam.png").is_file()


def test_a_turn_is_a_run_of_notes_of_one_player():
    later = [Note(8.0, 1.0, 60, 90)]
    turns = list(_turns({"you": PLAYED + later, "improvd": ANSWER}))
    assert turns == [("you", 0.0, 3.0), ("improvd", 4.0, 8.0), ("you", 8.0, 9.0)]


@pytest.mark.skipif(not shutil.which("fluidsynth"), reason="fluidsynth is not installed")
def test_the_sound_lasts_as_long_as_the_music(kept, tmp_path):
    kept()
    with wave.open(str(tmp_path / "jam.wav")) as sound:
        assert sound.getframerate() == 48000
        assert sound.getnframes() >= 48000 * 8 * 0.5  # eight beats at 120 a minute


def test_without_fluidsynth_it_is_said_what_is_needed(kept, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert "needs fluidsynth and a soundfont" in kept()[-1]
    assert not (tmp_path / "jam.wav").exists()


def test_a_synthesiser_that_fails_leaves_nothing(tmp_path, monkeypatch):
    failing = tmp_path / "bin" / "fluidsynth"
    failing.parent.mkdir()
    failing.write_text("#!/bin/sh\nexit 1\n")
    failing.chmod(0o755)
    font = tmp_path / "font.sf2"
    font.touch()
    monkeypatch.setenv("PATH", str(failing.parent))
    monkeypatch.setenv("SOUNDFONT", str(font))
    with pytest.raises(DataError, match=r"jam\.wav: not rendered: .*fluidsynth could not"):
        _keep.render_wav(tmp_path / "jam.mid", tmp_path / "jam.wav")
    assert not list(tmp_path.glob("*.wav")) + list(tmp_path.glob(".*"))
