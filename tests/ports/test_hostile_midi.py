"""MIDI files that somebody else wrote, to do harm."""

import struct
from random import Random

import pytest

from improvd.errors import DataError
from improvd.ports import rawmidi
from improvd.ports.midifile import read_midi, read_onsets, read_parts
from improvd.ports.rawmidi import read_tracks

OF_BEATS = [read_midi, read_parts, lambda path: read_onsets(path, "piano")]
READERS = [*OF_BEATS, read_tracks]
END = b"\0\xff\x2f\0"
ON, OFF = b"\0\x90\x3c\x40", b"\x60\x80\x3c\x00"


def smf(body, division=480, kind=0, length=None):
    """A file of one track, as RP-001 has it."""
    size = len(body) if length is None else length
    return (
        b"MThd"
        + struct.pack(">IHHH", 6, kind, 1, division)
        + b"MTrk"
        + struct.pack(">I", size)
        + body
    )


LONG_PAUSE = b"\xff\xff\xff\x7f\x80\x3c\x00"  # 2**28 - 1 ticks
HOSTILE = {
    "a track that is not there": (smf(ON, length=0xFFFF_FFFF), "no MIDI file, or a broken one"),
    "a meta event that is not there": (
        smf(b"\0\xff\x01\xff\xff\xff\x7f"),
        "no MIDI file, or a broken one",
    ),
    "no division": (smf(ON + OFF + END, division=0), "SMPTE"),
    "data out of range": (smf(b"\0\x90\xff\xff" + END), "no MIDI file, or a broken one"),
    "nothing": (b"", "it is empty"),
}


@pytest.mark.parametrize("read", OF_BEATS)
@pytest.mark.parametrize(("division", "kind"), [(1, 0), (1000, 2)])
def test_beats_of_years_are_not_gone_through(tmp_path, read, division, kind):
    path = tmp_path / "x.mid"
    path.write_bytes(smf(ON + LONG_PAUSE + END, division=division, kind=kind))
    with pytest.raises(DataError, match="lasts more than 100000 beats"):
        read(path)


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(("content", "said"), HOSTILE.values(), ids=HOSTILE)
def test_it_is_refused_in_one_line(tmp_path, read, content, said):
    path = tmp_path / "x.mid"
    path.write_bytes(content)
    with pytest.raises(DataError, match=said) as fault:
        read(path)
    assert "\n" not in str(fault.value)


@pytest.mark.parametrize("read", READERS)
def test_a_file_that_is_too_large_is_not_even_read(tmp_path, read):
    path = tmp_path / "x.mid"
    with path.open("wb") as file:
        file.truncate(1 << 40)  # a terabyte of nothing
    with pytest.raises(DataError, match="more than 4 MiB"):
        read(path)


def test_a_file_at_the_bound_is_read(tmp_path, monkeypatch):
    path = tmp_path / "x.mid"
    path.write_bytes(smf(ON + OFF + END))
    monkeypatch.setattr(rawmidi, "_LARGEST", path.stat().st_size)
    assert len(read_midi(path).notes) == 1
    monkeypatch.setattr(rawmidi, "_LARGEST", path.stat().st_size - 1)
    with pytest.raises(DataError):
        read_midi(path)


@pytest.mark.parametrize("read", READERS)
def test_noise_and_broken_files_are_a_data_error_or_music(tmp_path, read):
    whole = smf(b"\0\xff\x03\x05piano" + (ON + OFF) * 8 + END)
    dice, path, refused = Random(11), tmp_path / "x.mid", list[str]()
    for number in range(400):
        changed = bytearray(whole if number % 2 else whole[:14] + dice.randbytes(60))
        for _ in range(dice.randrange(1, 6)):
            changed[dice.randrange(len(changed))] = dice.randrange(256)
        path.write_bytes(changed)
        try:
            read(path)
        except DataError as fault:
            refused.append(str(fault))
    assert len(refused) > 100
    assert not [line for line in refused if "\n" in line]
