"""Takes: journals, the jams that they tell of, and the MIDI files that are made of them."""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mido
from of_midi import many_tracks
from parsing import Parser, at, of_file

from improvd.errors import DataError
from improvd.ports.recording import extract, write_recording
from improvd.ports.recording import read_about as text_of
from improvd.takes import journal
from improvd.takes.journal import PARTNER, PLAYER, Began, Event, Held, Line, Over
from improvd.takes.score import read_about, recording

WHEN = "2026-11-21T19:30:05+01:00"


def read_journal(data: bytes) -> list[Any]:
    return journal.read(data.decode(errors="replace"))


def is_played_again(rows: list[Any]) -> None:
    assert [*journal.read("".join(map(journal.written, rows)))] == rows
    if not (found := recording(rows)):
        return
    about, score = found
    write_recording(at("take.mid"), score)
    assert read_about(text_of(at("take.mid"))) == about
    ons = 0
    for track in mido.MidiFile(at("take.mid")).tracks[1:]:
        down = set()
        for message in track:
            if message.type == "note_on":
                assert message.velocity
                assert (message.channel, message.note) not in down
                down.add((message.channel, message.note))
                ons += 1
            elif message.type == "note_off":
                down.remove((message.channel, message.note))
        assert not down
    assert ons == about.played + about.answered


def _line(now: float, a: int, b: int, c: int) -> Line:
    grid, meter = a % 5 - 2, ("4/4", "3/4", "7/8", "1/32")[c % 4]
    return Line(now - a / 64, b / 8 - 8, 20 + 1.5 * c, grid, b % 3 - 1.0, meter)


def _event(track: str) -> Callable[..., Event]:
    return lambda now, a, b, c: Event(now, track, 0x80 + a % 0x70, b & 0x7F, c & 0x7F)


_ROWS: tuple[Callable[..., Any], ...] = (
    _event(PLAYER),
    _event(PARTNER),
    _line,
    lambda now, a, b, c: Held(now, [[a % 16 + 1, b & 0x7F]] * (c % 3), [c % 16 + 1] * (b % 2)),
    lambda now, a, *_: Over(now, [PLAYER, PARTNER][: a % 3]),
)


def jam(data: bytes) -> list[Any]:
    """What a daemon may have told of a jam: a row out of six bytes each."""
    now = 100.0
    rows = [Began(now, WHEN, "improvd"), Line(now, 0.0, 120.0, 0, 0.0, "4/4")]
    for kind, a, b, c, wait in struct.iter_unpack("<BBBBH", data[: len(data) // 6 * 6]):
        now += wait / 4096
        rows.append(_ROWS[kind % len(_ROWS)](now, a, b, c))
    return rows


def jams() -> list[bytes]:
    row = struct.Struct("<BBBBH").pack
    tune = [row(n % 2, 0x10, 60 + n, 80 * (1 - n // 2 % 2), 800) for n in range(12)]
    lines = [row(2, 64 * n, 64 + n, 66 + n, 10) for n in range(4)]
    return [b"".join(tune), b"".join([*lines, *tune, *lines, *tune, row(4, 2, 0, 0, 0)])]


def journals() -> list[bytes]:
    return ["".join(map(journal.written, jam(data))).encode() for data in jams()]


def read_take(path: Path) -> Path:
    read_about(text_of(path))
    extract(path, PLAYER, at("part.mid"))
    return path


def takes() -> list[bytes]:
    is_played_again(jam(jams()[1]))
    return [at("take.mid").read_bytes()]


PARSERS = {
    "takes": Parser(of_file("x.mid", read_take), takes, (DataError,), large=many_tracks),
    "journals": Parser(
        read_journal, journals, (ValueError,), is_played_again,
        lambda size: journals()[1] * (size // len(journals()[1])),
    ),
    "jams": Parser(jam, jams, (), is_played_again, lambda size: jams()[1] * (size // 200)),
}  # fmt: skip
