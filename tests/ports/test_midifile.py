"""MIDI files: what is written is read again, and what is no music is refused in one line."""

from pathlib import Path

import mido
import pytest

from improvd.core.note import Note
from improvd.core.pedal import Pedal
from improvd.core.tempo import Meter
from improvd.errors import DataError
from improvd.ports.midifile import read_midi, read_onsets, write_midi

MUSIC = sorted(Path(__file__).parents[1].glob("music/*.mid"))
SCALE = [Note(n / 2, 0.5, 60 + n, 80 + n) for n in range(8)]


def header(kind: int, tracks: int, division: int) -> bytes:
    return b"MThd\x00\x00\x00\x06" + b"".join(n.to_bytes(2) for n in (kind, tracks, division))


def track(*content: bytes) -> bytes:
    body = b"".join(content) + b"\x00\xff\x2f\x00"
    return b"MTrk" + len(body).to_bytes(4) + body


@pytest.fixture
def reading(tmp_path):
    """Read these bytes as a MIDI file."""

    def read(content: bytes):
        path = tmp_path / "song.mid"
        path.write_bytes(content)
        return read_midi(path)

    return read


def test_what_is_written_is_read_again(tmp_path):
    path = tmp_path / "jam.mid"
    lower = [Note(1.0, 2.0, 40, 100)]
    write_midi(path, {"you": SCALE, "improvd": lower}, 90.0, Meter(6, 8))
    song = read_midi(path)
    assert list(song.notes) == sorted(SCALE + lower, key=lambda note: (note.onset, note.pitch))
    assert song.bpm == pytest.approx(90.0)
    assert song.meter == Meter(6, 8)


def test_each_player_has_a_track_a_channel_and_a_sound(tmp_path):
    path = tmp_path / "jam.mid"
    write_midi(path, {"you": SCALE, "improvd": SCALE}, 120.0, programs={"improvd": 11})
    tracks = mido.MidiFile(path).tracks[1:]
    assert [track.name for track in tracks] == ["you", "improvd"]
    programs = [m for track in tracks for m in track if m.type == "program_change"]
    assert [(m.channel, m.program) for m in programs] == [(0, 0), (1, 11)]


def test_the_pedal_is_written_and_read_as_one_that_is_down_while_that_of_any_track_is(tmp_path):
    path = tmp_path / "jam.mid"
    moves = {
        "you": [(0.5, True), (2.0, False), (2.0, True), (3.0, False)],
        "improvd": [(2.5, True)],
    }
    pedal = {who: [Pedal(*move) for move in each] for who, each in moves.items()}
    write_midi(path, {"you": SCALE, "improvd": SCALE}, 120.0, pedal=pedal)
    song = read_midi(path)
    assert song.pedal == ((0.5, True), (2.0, False), (2.0, True), (4.0, False))
    assert [note.duration for note in song.notes] == [0.5] * 8, "as long as the keys are held"


def test_nothing_half_written_is_left_and_nothing_is_lost(tmp_path):
    path = tmp_path / "folder" / "jam.mid"
    with pytest.raises(DataError, match="cannot be written: No such file or directory"):
        write_midi(path, {"you": SCALE}, 120.0)
    path = tmp_path / "jam.mid"
    path.write_bytes(b"older")
    with pytest.raises(ValueError, match="data byte"):
        write_midi(path, {"you": [Note(0.0, 1.0, 1000, 80)]}, 120.0)
    assert [left.read_bytes() for left in tmp_path.iterdir()] == [b"older"]


def test_a_key_that_is_struck_again_has_been_let_go(tmp_path):
    path = tmp_path / "jam.mid"
    write_midi(path, {"you": [Note(0.0, 4.0, 60, 80), Note(1.0, 1.0, 60, 90)]}, 120.0)
    assert list(read_midi(path).notes) == [Note(0.0, 1.0, 60, 80), Note(1.0, 1.0, 60, 90)]


def test_a_note_on_written_before_the_note_off_of_the_last_keeps_its_length(reading):
    on, off = b"\x90\x3c\x50", b"\x80\x3c\x00"
    content = track(b"\x00", on, b"\x60", on, b"\x00", off, b"\x60", off)
    assert reading(header(0, 1, 96) + content).notes == (
        Note(0.0, 1.0, 60, 80),
        Note(1.0, 1.0, 60, 80),
    )


def test_running_status_and_note_ons_of_velocity_zero(reading):
    content = track(b"\x00\x90\x3c\x50", b"\x60\x3c\x00", b"\x00\x3e\x50", b"\x60\x3e\x00")
    notes = reading(header(1, 1, 96) + content).notes
    assert notes == (Note(0.0, 1.0, 60, 80), Note(1.0, 1.0, 62, 80))


def test_the_patterns_of_a_type_2_file_follow_each_other(reading):
    pattern = track(b"\x00\x90\x3c\x50", b"\x60\x80\x3c\x00")
    notes = reading(header(2, 2, 96) + pattern + pattern).notes
    assert [note.onset for note in notes] == [0.0, 1.0]


def test_a_tempo_change_leaves_beats_as_beats(reading):
    slower = b"\x00\xff\x51\x03\x0f\x42\x40"
    content = track(b"\x00\x90\x3c\x50", slower, b"\x60\x80\x3c\x00")
    song = reading(header(0, 1, 96) + content)
    assert song.notes == (Note(0.0, 1.0, 60, 80),)
    assert song.bpm == pytest.approx(60.0)


def test_a_note_that_is_never_ended_ends_with_its_track(reading):
    content = track(b"\x00\x90\x3c\x50", b"\x60\xb0\x01\x00")
    assert reading(header(0, 1, 96) + content).notes == (Note(0.0, 1.0, 60, 80),)


DRUMS = track(b"\x00\x99\x24\x50", b"\x60\x89\x24\x00")
STUCK = track(b"\x00\x90\x3c\x50", b"\x00\x80\x3c\x00")
REFUSED = {
    "empty": (b"", "it is empty"),
    "text": (b"Dear improvd, please play this.", "no MIDI file"),
    "cut short": ((header(0, 1, 96) + DRUMS)[:-6], "it ends too early"),
    "garbage": (header(0, 1, 96) + track(b"\x00\x3c\x50"), "running status"),
    "SMPTE": (header(0, 1, 0xE728) + DRUMS, "SMPTE"),
    "no division": (header(0, 1, 0) + DRUMS, "SMPTE"),
    "type 7": (header(7, 1, 96) + DRUMS, "type 7"),
    "no track": (header(0, 0, 96), "no notes"),
    "only drums": (header(0, 1, 96) + DRUMS, "no notes"),
    "notes without length": (header(0, 1, 96) + STUCK, "no notes"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_music_is_refused_in_one_line(name, reading):
    content, why = REFUSED[name]
    with pytest.raises(DataError, match=why) as refused:
        reading(content)
    assert "song.mid: " in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_a_file_that_is_not_there_is_said_so(tmp_path):
    with pytest.raises(DataError, match=r"no\.mid: cannot be read: No such file or directory"):
        read_midi(tmp_path / "no.mid")


@pytest.mark.parametrize("piece", MUSIC, ids=lambda piece: piece.stem)
def test_the_pieces_of_the_tests_are_read(piece):
    song = read_midi(piece)
    assert len(song.notes) >= 32
    assert str(song.meter) == {"frere_jacques": "4/4", "greensleeves": "6/8"}[piece.stem]


def test_onsets_are_told_in_seconds_by_every_tempo_of_the_file(tmp_path):
    song = mido.MidiFile(type=1, ticks_per_beat=100)
    tempi = [("set_tempo", 100, 1_000_000), ("set_tempo", 200, 250_000)]  # after a beat at 120
    changes = (mido.MetaMessage(kind, time=ticks, tempo=tempo) for kind, ticks, tempo in tempi)
    struck = (mido.Message("note_on", note=60, velocity=64, time=100) for _ in range(4))
    let_go = mido.Message("note_on", note=60, velocity=0, time=1)
    piano = mido.MidiTrack([mido.MetaMessage("track_name", name="PIANO"), *struck, let_go])
    other = mido.MidiTrack([mido.Message("note_on", note=40, velocity=64)])
    song.tracks += [mido.MidiTrack(changes), other, piano]
    song.save(tmp_path / "song.mid")
    onsets = read_onsets(tmp_path / "song.mid", "PIANO")
    assert onsets == pytest.approx([0.5, 1.5, 2.5, 2.75])
    with pytest.raises(DataError, match=r"song\.mid: holds no note in a track 'MELODY'"):
        read_onsets(tmp_path / "song.mid", "MELODY")
