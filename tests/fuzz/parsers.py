"""All that improvd reads and somebody else may have written: one table of parsers.

`attempt` hands bytes to one of them. Either it refuses them with a fault of the kinds in the table,
told in short lines, or what it has read keeps its promises: what can be written again is read again
as the same. Hypothesis (test_parsers) and atheris (guided) make the bytes. Knows neither.
"""

import json
import socket
import struct
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import fakes
import mido
import numpy as np
import pytest
from scales import scales
from tiny import a_card, tiny_model

from improvd.config import load_config
from improvd.config.write import write_key
from improvd.core.event import DATA_BYTES
from improvd.core.source import Source
from improvd.daemon.control import Control, kept_connections, save_connections
from improvd.engine.improviser import Improviser
from improvd.engine.session import Session
from improvd.errors import ConfigError, DataError, ModelError
from improvd.models.base import configuration_of
from improvd.models.card import Card
from improvd.models.sampling import Sampler
from improvd.play import messages
from improvd.play.packets import pack, unpack
from improvd.ports import wire
from improvd.ports.midifile import MidiFile, read_midi, read_parts, write_midi
from improvd.ports.miditext import from_text, to_text
from improvd.ports.rawmidi import read_tracks, write_tracks
from improvd.ports.recording import extract, write_recording
from improvd.ports.recording import read_about as text_of
from improvd.takes import journal
from improvd.takes.journal import PARTNER, PLAYER, Began, Event, Held, Line, Over
from improvd.takes.score import read_about, recording
from improvd.train.arrays import read_arrays
from improvd.train.dataset import Dataset
from improvd.train.musicxml import read_musicxml
from improvd.train.run import Settings, read_checkpoint

ROOT = Path(__file__).parents[2]
LINE = 1000  # characters that a line of a fault may have
LINES = 200  # of a fault
SMALL = sorted((ROOT / "tests/music").glob("*.mid"))
WHEN = "2026-11-21T19:30:05+01:00"


class Parser(NamedTuple):
    """`reads` raises what `refuses` names, and nothing else; `keeps` raises nothing.

    `seeds` are bytes as they should be; `large` makes about so many bytes that cost much.
    """

    reads: Callable[[bytes], Any]
    seeds: Callable[[], list[bytes]]
    refuses: tuple[type[Exception], ...] = ()
    keeps: Callable[[Any], object] = lambda _: None
    large: Callable[[int], bytes] = lambda size: b"\x90\x3c\x40" * (size // 3)


def attempt(parser: Parser, data: bytes) -> bool:
    """Let it read these bytes; has it taken them? Raises what is a fault of ours."""
    try:
        found = parser.reads(data)
    except parser.refuses as fault:
        lines = str(fault).splitlines()
        assert len(lines) <= LINES
        assert all(len(line) <= LINE and line.isprintable() for line in lines), lines
        return False
    parser.keeps(found)
    return True


@cache
def _place() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="fuzz")  # removed when the program ends


def _folder() -> Path:
    return Path(_place().name)


def _at(name: str) -> Path:
    return _folder() / name


def of_file(name: str, read: Callable[[Path], Any]) -> Callable[[bytes], Any]:
    """A reader of bytes out of a reader of files of this name."""

    def reads(data: bytes) -> Any:
        _at(name).write_bytes(data)
        return read(_at(name))

    return reads


# --- MIDI


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
    write_midi(_at("again.mid"), {"piano": music.notes}, music.bpm, music.meter, pedal=pedal)
    return read_midi(_at("again.mid"))


def stays_as_written(music: MidiFile) -> None:
    once = again(music)  # on the ticks that we write
    assert again(once) == once


def read_both(path: Path) -> Any:
    return read_tracks(path)


def tracks_stay(music: Any) -> None:
    write_tracks(_at("again.mid"), music, 120.0)
    assert read_tracks(_at("again.mid")) == music
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


# --- takes


def read_journal(data: bytes) -> list[Any]:
    return journal.read(data.decode(errors="replace"))


def is_played_again(rows: list[Any]) -> None:
    assert [*journal.read("".join(map(journal.written, rows)))] == rows
    if not (found := recording(rows)):
        return
    about, score = found
    write_recording(_at("take.mid"), score)
    assert read_about(text_of(_at("take.mid"))) == about
    ons = 0
    for track in mido.MidiFile(_at("take.mid")).tracks[1:]:
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
    extract(path, PLAYER, _at("part.mid"))
    return path


def takes() -> list[bytes]:
    is_played_again(jam(jams()[1]))
    return [_at("take.mid").read_bytes()]


# --- the daemon's own


def spoken() -> list[bytes]:
    line = messages.Connection("piano:out", "improvd:hears")
    said = [
        messages.Begin(3, cut_by_input=True, free=False, grid=-2),
        messages.Play(
            3,
            [messages.PlannedNote(0.0, 1.5, 1, 60, 80)],
            [messages.PlannedMove(0.5, 1, down=True)],
        ),
        messages.SetControls([Source("cc", 7, 2), Source("note", 21)]),
        messages.Restore([line], [(1, 60)], (1,)),
        messages.Heard([(5.0, 0x90, 60, 80), (5.5, 0x80, 60, 0)]),
        messages.HeldKeys(5.0, [(1, 60), (16, 127)], [2]),
        messages.Sent([(3, 5.0, 5.001, 0x90, 60, 80)]),
        messages.Transport(5.0, 4.0, 120.0, -1, "grid", "midi-clock", "running", 0.0, "4/4"),
        messages.Connections([line], [line]),
        messages.Alive(6.0, 0.0, 0, 0, 0, 0, 0),
        messages.Gone("JACK went away"),
        messages.Panic(),
    ]
    return [*pack(said), *(pack([each])[0] for each in said)]


def travels_again(said: list[Any]) -> None:
    packets = pack(said)
    assert pack(each for packet in packets for each in unpack(packet)) == packets


@cache
def _control() -> tuple[Control, Path, list[str]]:
    done: list[str] = []
    names = ("panic", "mode answer", "learnt")
    with _at_home():
        requests = {name: lambda name=name: done.append(name) or "done" for name in names}
        return Control("fuzzed", requests), _folder() / "improvd" / "fuzzed.sock", done


@contextmanager
def _at_home() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(_folder()))
        yield


def ask(data: bytes) -> tuple[bytes, list[str], bytes]:
    control, place, done = _control()
    done.clear()
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(place))
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
        control.serve()
        try:
            return data, [*done], client.recv(4096)
        except ConnectionResetError:  # it had heard enough
            return data, [*done], b""


def only_what_was_asked(heard: tuple[bytes, list[str], bytes]) -> None:
    data, done, answer = heard
    asked = data.decode(errors="replace").strip()
    assert done == [name for name in ("panic", "mode answer", "learnt") if name == asked]
    assert answer.count(b"\n") == bool(answer)
    assert answer.decode().strip().isprintable()


def read_connections(data: bytes) -> list[Any]:
    with _at_home():
        (_folder() / "improvd").mkdir(mode=0o700, exist_ok=True)
        (_folder() / "improvd" / "kept.json").write_bytes(data)
        return kept_connections("kept")


def are_kept(connections: list[Any]) -> None:
    with _at_home():
        save_connections("kept", connections)
        assert kept_connections("kept") == connections


def connections() -> list[bytes]:
    links = [["piano:out", "improvd:hears"], ["improvd:plays", "synth:in"]]
    return [json.dumps({"connections": links, "left": False}).encode()]


def can_be_written_into(config: Any) -> None:
    path = _at("config.toml")
    try:
        write_key(path, "controls", "mute", "cc 80")
    except ConfigError:
        return  # another control has it
    written = load_config(path)
    assert written.controls.mute == Source("cc", 80)
    assert written.model_copy(update={"controls": config.controls}) == config


def configurations() -> list[bytes]:
    voices = '[[voice]]\nmodel = "melody-mono"\nchannel = 2\nrange = [36, 60]\ndensity = 2.5\n'
    presets = '[[preset]]\nname = "quiet"\nturns.mode = "solo"\n[preset.tempo]\nbpm = 60\n'
    controls = '[controls]\nmode = "program 3"\nstop = "note 21 ch 16"\ntemperature = "cc 1"\n'
    return [(ROOT / "config.toml").read_bytes(), (controls + voices + presets).encode()]


def many_keys(size: int) -> bytes:
    return b"[turns]\n" + b"".join(b"l%x=1\n" % number for number in range(size // 8))


# --- models, and what they learn from


def play(path: Path) -> Session:
    session = Session.load(path)
    Improviser(session, Sampler())
    session.warm()
    return session


def goes_on(session: Session) -> None:
    session.restore(session.snapshot())
    assert session.step(np.zeros(session.inputs, np.float32)).keys() == session.heads.keys()


def models() -> list[bytes]:
    path = tiny_model(_at("seed.onnx"), fakes.EVENTS, a_card(), {0: 1.0})
    return [path.read_bytes()]


def many_fields(size: int) -> bytes:
    graph = b"\x0a\x00" * (size // 2)  # nodes without anything
    length = bytes((len(graph) >> shift & 0x7F | 0x80) for shift in (0, 7, 14)) + b"\x00"
    return b"\x3a" + length + graph


def read_card(data: bytes) -> Card:
    card = Card.from_json(data.decode(errors="replace"))
    configuration_of(card)
    return card


def says_the_same(card: Card) -> None:
    assert Card.from_json(card.to_json()) == card


def cards() -> list[bytes]:
    raw = {"family": "events", "configuration": "faithful", "tokens": ("0_90_3c_40", "9_80_3c_40")}
    return [a_card(**fields).to_json().encode() for fields in ({}, raw)]


def read_dataset(data: bytes) -> Dataset:
    """The first byte says which of its two files the others are."""
    folder = _at("dataset")
    scales().save(folder)
    name = ("dataset.json", "melodies.npz")[data[:1] > b"\x7f"]
    (folder / name).write_bytes(data[1:])
    return Dataset.load(folder)


def datasets() -> list[bytes]:
    scales().save(_at("dataset"))
    facts, arrays = (_at("dataset") / name for name in ("dataset.json", "melodies.npz"))
    return [b"\0" + facts.read_bytes(), b"\xff" + arrays.read_bytes()]


def checkpoints() -> list[bytes]:
    with _at("step.npz").open("wb") as file:
        np.savez(file, update=7, weight_0=np.ones((3, 2), "f4"), optimizer_0=np.zeros(4, "f4"))
    return [_at("step.npz").read_bytes()]


def is_whole(checkpoint: Any) -> None:
    assert len(read_arrays(_at("step.npz"))) >= 1 + len(checkpoint.weights)


def read_settings(data: bytes) -> Settings:
    folder = _at("run")
    folder.mkdir(exist_ok=True)
    (folder / "run.json").write_bytes(data)
    return Settings.load(folder)


def settings_stay(settings: Settings) -> None:
    assert read_settings(settings.to_json().encode()) == settings


def runs() -> list[bytes]:
    source = scales().sources[0]
    return [Settings("melody", "basic", "data", (source,)).to_json().encode()]


def is_a_melody(parts: list[Any]) -> None:
    for notes in parts:
        assert all(note.pitch in range(128) and note.duration >= 0 for note in notes)
        assert all(abs(after.onset - before.onset) < 1e6 for before, after in pairwise(notes))


def scores() -> list[bytes]:
    measure = (
        "<attributes><divisions>2</divisions></attributes>"
        "<note><pitch><step>F</step><alter>1</alter><octave>4</octave></pitch>"
        "<duration>4</duration><voice>1</voice><tie type='start'/></note>"
        "<note><rest/><duration>2</duration></note><backup><duration>6</duration></backup>"
    )
    return [f"<score><part><measure>{measure}</measure></part></score>".encode()]


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
    "takes": Parser(of_file("x.mid", read_take), takes, (DataError,), large=many_tracks),
    "journals": Parser(
        read_journal, journals, (ValueError,), is_played_again,
        lambda size: journals()[1] * (size // len(journals()[1])),
    ),
    "jams": Parser(jam, jams, (), is_played_again, lambda size: jams()[1] * (size // 200)),
    # Both ends are ours: what is no message is a fault, but no other than these.
    "packets": Parser(
        unpack, spoken, (ValueError, TypeError, KeyError, RecursionError), travels_again,
        lambda size: pack([messages.Heard([(1.0, 0x90, 60, 80)] * (size // 17))])[0],
    ),
    "requests": Parser(ask, lambda: [b"panic\n", b"mode answer\n"], (), only_what_was_asked),
    "kept connections": Parser(read_connections, connections, (), are_kept),
    "config.toml": Parser(
        of_file("config.toml", load_config), configurations, (ConfigError,), can_be_written_into,
        many_keys,
    ),
    "models": Parser(of_file("x.onnx", play), models, (ModelError,), goes_on, many_fields),
    "cards": Parser(read_card, cards, (ModelError,), says_the_same),
    "datasets": Parser(read_dataset, datasets, (DataError,)),
    "checkpoints": Parser(
        of_file("step.npz", read_checkpoint), checkpoints, (DataError,), is_whole
    ),
    "settings of runs": Parser(read_settings, runs, (DataError,), settings_stay),
    "MusicXML": Parser(of_file("x.xml", read_musicxml), scores, (ValueError,), is_a_melody),
}  # fmt: skip
