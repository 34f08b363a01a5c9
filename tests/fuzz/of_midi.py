"""MIDI: bytes at a port, files, and files as text."""

import struct
from pathlib import Path
from typing import Any

from parsing import ROOT, Parser, at, of_file

from improvd.core.event import DATA_BYTES
from improvd.errors import DataError
from improvd.ports import wire
from improvd.ports.midifile import MidiFile, read_midi, read_parts, write_midi
from improvd.ports.miditext import from_text, to_text
from improvd.ports.rawmidi import read_tracks, write_tracks

SMALL = sorted((ROOT / "tests/music").glob("*.mid"))


def feed(data: bytes) -> tuple[bytes, list[bytes]]:
    return data, wire.Parser().feed(data)


def same_in_pieces(read: tuple[bytes, list[bytes]]) -> None:
    data, whole = read
    parser = wire.Parser()
    assert [each for byte in data for each in parser.feed(bytes((byte,)))] == whole
    for message in whole:
        assert wire.is_clock(message) or len(message) == DATA_BYTES[message[0]] + 1
        assert max(message[1:], default=0) < 0x80
        assert wire.is_clock(message) or 1 <= wire.channel_of(message) <= 16
    assert wire.Parser().feed(b"".join(whole)) == whole


def read_music(path: Path) -> MidiFile:
    parts = read_parts(path)
    music = read_midi(path)
    assert parts, "where there are notes one track has them"
    return music


def again(music: MidiFile) -> MidiFile:
    pedal = {"piano": music.pedal}
    write_midi(at("again.mid"), {"piano": music.notes}, music.bpm, music.meter, pedal=pedal)
    return read_midi(at("again.mid"))


def stays_as_written(music: MidiFile) -> None:
    once = again(music)  # on the ticks that we write
    assert again(once) == once


def read_both(path: Path) -> Any:
    return read_tracks(path)


def tracks_stay(music: Any) -> None:
    write_tracks(at("again.mid"), music, 120.0)
    assert read_tracks(at("again.mid")) == music
    assert from_text(to_text(music), Path("text")) == music


def of_text(data: bytes) -> Any:
    return from_text(data.decode("utf-8-sig", errors="replace"), Path("text"))


def midi_files() -> list[bytes]:
    return [path.read_bytes() for path in SMALL]


def texts() -> list[bytes]:
    return [to_text(read_tracks(path)).encode()[:3000].rpartition(b" ")[0] for path in SMALL]


def smf(tracks: list[bytes], division: int = 480) -> bytes:
    """A file of these tracks, as RP-001 has it."""
    head = b"MThd" + struct.pack(">IHHH", 6, 1, len(tracks), division)
    return head + b"".join(b"MTrk" + struct.pack(">I", len(each)) + each for each in tracks)


def many_tracks(size: int) -> bytes:
    return smf([b"\0\x90\x3c\x40\x60\x3c\0"] * min(size // 15, 65_535))


def many_tokens(size: int) -> bytes:
    return b"x " * (size // 2)


PARSERS = {
    "bytes at a port": Parser(
        feed, lambda: [b"\x90\x3c\x40\x3e\x00\xf8\xc0\x05\xf2\x10\x01\xfa"], (), same_in_pieces
    ),
    "notes of MIDI files": Parser(
        of_file("x.mid", read_music), midi_files, (DataError,), stays_as_written, many_tracks
    ),
    "events of MIDI files": Parser(
        of_file("x.mid", read_both), midi_files, (DataError,), tracks_stay, many_tracks
    ),
    "MIDI as text": Parser(of_text, texts, (DataError,), tracks_stay, many_tokens),
}  # fmt: skip
