"""The channel events of MIDI files: byte for byte what the standard says, there and back."""

from pathlib import Path

import mido
import pytest

from improvd.bench.text import channel_events
from improvd.core.event import LONGEST, Event, EventTracks
from improvd.core.units import Bpm
from improvd.errors import DataError
from improvd.ports.rawmidi import read_tracks, write_bytes, write_tracks

ROOT = Path(__file__).parents[2]
MUSIC = sorted([*ROOT.glob("tests/music/*.mid"), *ROOT.glob("music/*.mid")])
TEMPO, SYSEX, LYRIC = b"\xff\x51\x03\x07\xa1\x20", b"\xf0\x03\x43\x12\xf7", b"\xff\x05\x02la"
LONG_PAUSE = b"\xff\xff\xff\x7f"  # LONGEST, in four bytes of seven bits


def midi(kind: int, division: int, *tracks: bytes) -> bytes:
    header = b"".join(n.to_bytes(2) for n in (kind, len(tracks), division))
    ended = [body + b"\x00\xff\x2f\x00" for body in tracks]
    chunks = (b"MTrk" + len(body).to_bytes(4) + body for body in ended)
    return b"MThd\x00\x00\x00\x06" + header + b"".join(chunks)


@pytest.fixture
def reading(tmp_path):
    """Read these bytes as a MIDI file."""

    def read(content: bytes):
        path = tmp_path / "song.mid"
        path.write_bytes(content)
        return read_tracks(path)

    return read


def test_running_status_is_resolved_and_velocity_zero_stays(reading):
    body = b"\x00\x90\x3c\x64" + b"\x60\x3c\x00" + b"\x81\x00\x40\x64" + b"\x00\x80\x40\x00"
    assert reading(midi(0, 96, body)) == EventTracks(
        96,
        (
            (
                Event(0, 0x90, (60, 100)),
                Event(96, 0x90, (60, 0)),
                Event(128, 0x90, (64, 100)),
                Event(0, 0x80, (64, 0)),
            ),
        ),
    )


def test_every_kind_of_channel_event_is_read(reading):
    messages = ["80 40 00", "9f 40 01", "a1 40 7f", "b2 40 00", "c3 05", "d4 7f", "e5 01 7f"]
    body = b"".join(b"\x01" + bytes.fromhex(message) for message in messages)
    (track,) = reading(midi(1, 480, body)).tracks
    assert [str(event) for event in track] == [f"1_{m.replace(' ', '_')}" for m in messages]


def test_the_delta_of_what_is_left_out_goes_to_the_next_channel_event(reading):
    body = b"\x05" + TEMPO + b"\x06" + SYSEX + b"\x07" + LYRIC + b"\x08\xc0\x05" + b"\x09" + LYRIC
    assert reading(midi(0, 96, body)).tracks == ((Event(26, 0xC0, (5,)),),)


def test_a_track_without_channel_events_keeps_its_place(reading):
    note = b"\x00\x90\x3c\x64"
    tracks = reading(midi(1, 96, b"\x00" + TEMPO, note, b"", note)).tracks
    assert [len(track) for track in tracks] == [0, 1, 0, 1]


REFUSED = {
    "empty": (b"", "it is empty"),
    "text": (b"0_90_3c_64\n", "no MIDI file"),
    "cut short": (midi(0, 96, b"\x00\x90\x3c\x64")[:-6], "it ends too early"),
    "a data byte of eight bits": (midi(0, 96, b"\x00\x90\x3c\x80"), "data byte"),
    "SMPTE": (midi(0, 0xE728, b"\x00\x90\x3c\x64"), "counts in SMPTE frames"),
    "type 2": (midi(2, 96, b"", b""), "is of type 2"),
    "type 7": (midi(7, 96, b""), "is of type 7"),
    "no track": (midi(1, 96), "holds no track"),
    "an endless pause": (
        midi(0, 96, LONG_PAUSE + LYRIC + LONG_PAUSE + b"\xc0\x05"),
        f"song.mid, track 1: a pause of {2 * LONGEST} ticks; at most {LONGEST} can be written",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_told_as_tracks_is_refused_in_one_line(name, reading):
    content, why = REFUSED[name]
    with pytest.raises(DataError, match=why) as refused:
        reading(content)
    assert len(str(refused.value).splitlines()) == 1


TWO = EventTracks(
    220,
    ((), (Event(3, 0x90, (60, 1)), Event(LONGEST, 0x90, (60, 0)), Event(0, 0xE0, (0, 127)))),
)


def test_what_is_written_is_read_again_and_opens_with_the_tempo(tmp_path):
    path = tmp_path / "back.mid"
    write_tracks(path, TWO, Bpm(90.0))
    assert read_tracks(path) == TWO
    file = mido.MidiFile(path)
    assert (file.type, len(file.tracks)) == (1, 2)
    assert [(m.type, m.time) for m in file.tracks[0]] == [("set_tempo", 0), ("end_of_track", 0)]
    assert file.tracks[0][0].tempo == round(60e6 / 90)
    assert file.tracks[1][-1].type == "end_of_track"


def test_one_track_is_written_as_type_0(tmp_path):
    path = tmp_path / "back.mid"
    write_tracks(path, EventTracks(96, TWO.tracks[1:]), Bpm(120.0))
    assert mido.MidiFile(path).type == 0
    assert read_tracks(path).tracks == TWO.tracks[1:]


@pytest.mark.parametrize("piece", MUSIC, ids=lambda piece: piece.stem)
def test_a_parser_of_its_own_finds_the_same_events_before_and_after(piece, tmp_path):
    music = read_tracks(piece)
    write_tracks(tmp_path / "back.mid", music, Bpm(120.0))
    before = channel_events(piece.read_bytes())
    assert before == channel_events((tmp_path / "back.mid").read_bytes())
    assert [len(track) for track in before[1]] == [len(track) for track in music.tracks]
    assert sum(len(track) for track in music.tracks) > 64


def test_nothing_half_written_is_left_and_nothing_is_lost(tmp_path):
    path = tmp_path / "back.mid"
    path.write_bytes(b"older")
    with pytest.raises(ValueError, match="data byte"):
        write_tracks(path, EventTracks(96, ((Event(0, 0x90, (60, 200)),),)), Bpm(120.0))
    (tmp_path / "folder").mkdir()
    with pytest.raises(DataError, match="folder: cannot be written: Is a directory"):
        write_bytes(tmp_path / "folder", b"new")
    assert {each.name for each in tmp_path.iterdir()} == {"back.mid", "folder"}
    assert path.read_bytes() == b"older"
