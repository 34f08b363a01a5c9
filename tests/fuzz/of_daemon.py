"""What the daemon reads: packets, requests, connections that were kept, config.toml."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from parsing import ROOT, Parser, at, folder, of_file

from improvd.config import load_config
from improvd.config.chart import Chart
from improvd.config.tunes import read_chart
from improvd.config.write import write_key
from improvd.core.source import Source
from improvd.core.units import Beats
from improvd.daemon.control import Control, kept_connections, save_connections
from improvd.errors import ConfigError
from improvd.play import messages
from improvd.play.packets import pack, unpack


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
        return Control("fuzzed", requests), folder() / "improvd" / "fuzzed.sock", done


@contextmanager
def _at_home() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(folder()))
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
        (folder() / "improvd").mkdir(mode=0o700, exist_ok=True)
        (folder() / "improvd" / "kept.json").write_bytes(data)
        return kept_connections("kept")


def are_kept(connections: list[Any]) -> None:
    with _at_home():
        save_connections("kept", connections)
        assert kept_connections("kept") == connections


def connections() -> list[bytes]:
    links = [["piano:out", "improvd:hears"], ["improvd:plays", "synth:in"]]
    return [json.dumps({"connections": links, "left": False}).encode()]


def can_be_written_into(config: Any) -> None:
    path = at("config.toml")
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
    chords = '[chords]\nsource = "chart"\nchart = "| Dm7 G7 | Cmaj7 | % |"\n'
    written = controls + chords + voices + presets
    return [(ROOT / "config.toml").read_bytes(), written.encode()]


def charts() -> list[bytes]:
    tune = "# A tune\n| Dm7 G7(b9) | Cmaj7 | % | F#ø/E ||\n| N.C. | BbΔ | Ebalt Ab6/9 | C+7 |\n"
    return [tune.encode(), b"|Cm|", b"C7sus4 F | % || %"]


def is_written_as_it_is_read(chart: Chart) -> None:
    assert Chart.parse(str(chart)).bars == chart.bars
    assert chart.harmony(Beats(4.0)).at(Beats(0.0)) == chart.bars[0][0]


def many_keys(size: int) -> bytes:
    return b"[turns]\n" + b"".join(b"l%x=1\n" % number for number in range(size // 8))


PARSERS = {
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
    "charts": Parser(
        of_file("tune.chart", read_chart), charts, (ConfigError,), is_written_as_it_is_read,
        lambda size: b"Cx|" * (size // 3),
    ),
}  # fmt: skip
