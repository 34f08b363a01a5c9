"""Models, and what they learn from: cards, datasets, runs, MusicXML."""

from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import fakes
import numpy as np
from parsing import Parser, at, of_file
from rolls import chords, write_benchmark
from scales import scales
from tiny import a_card, tiny_model

from improvd.engine.improviser import Improviser
from improvd.engine.session import Session
from improvd.errors import ConfigError, DataError, ModelError
from improvd.models.base import configuration_of
from improvd.models.card import Card
from improvd.models.sampling import Sampler
from improvd.train.data.arrays import read_arrays
from improvd.train.data.benchmark import Benchmark, read_benchmark
from improvd.train.data.dataset import Dataset
from improvd.train.data.grammar import Where, read_where
from improvd.train.data.musicxml import Lead, read_lead
from improvd.train.runs.run import Settings, read_checkpoint


def play(path: Path) -> Session:
    session = Session.load(path)
    Improviser(session, Sampler())
    session.warm()
    return session


def goes_on(session: Session) -> None:
    session.restore(session.snapshot())
    assert session.step(np.zeros(session.inputs, np.float32)).keys() == session.heads.keys()


def models() -> list[bytes]:
    path = tiny_model(at("seed.onnx"), fakes.EVENTS, a_card(), {0: 1.0})
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
    values = {"family": "jazz", "configuration": "faithful", "tokens": ("C,3", "S,4,-2", "R,6")}
    return [a_card(**fields).to_json().encode() for fields in ({}, raw, values)]


def read_dataset(data: bytes) -> Dataset:
    """The first byte says which of its two files the others are."""
    folder = at("dataset")
    scales().save(folder)
    name = ("dataset.json", "melodies.npz")[data[:1] > b"\x7f"]
    (folder / name).write_bytes(data[1:])
    return Dataset.load(folder)


def datasets() -> list[bytes]:
    scales().save(at("dataset"))
    facts, arrays = (at("dataset") / name for name in ("dataset.json", "melodies.npz"))
    return [b"\0" + facts.read_bytes(), b"\xff" + arrays.read_bytes()]


def checkpoints() -> list[bytes]:
    with at("step.npz").open("wb") as file:
        np.savez(file, update=7, weight_0=np.ones((3, 2), "f4"), optimizer_0=np.zeros(4, "f4"))
    return [at("step.npz").read_bytes()]


def is_whole(checkpoint: Any) -> None:
    assert len(read_arrays(at("step.npz"))) >= 1 + len(checkpoint.weights)


def read_settings(data: bytes) -> Settings:
    folder = at("run")
    folder.mkdir(exist_ok=True)
    (folder / "run.json").write_bytes(data)
    return Settings.load(folder)


def settings_stay(settings: Settings) -> None:
    assert read_settings(settings.to_json().encode()) == settings


def runs() -> list[bytes]:
    source = scales().sources[0]
    return [Settings("melody", "basic", "data", (source,)).to_json().encode()]


def is_a_melody(lead: Lead) -> None:
    notes = lead.notes
    assert all(note.pitch in range(128) and note.duration >= 0 for note in notes)
    assert all(abs(after.onset - before.onset) < 1e6 for before, after in pairwise(notes))
    assert all(after.beat > before.beat for before, after in pairwise(lead.changes))


def scores() -> list[bytes]:
    measure = (
        "<attributes><divisions>2</divisions>"
        "<time><beats>4</beats><beat-type>4</beat-type></time></attributes>"
        "<harmony><root><root-step>D</root-step></root><kind>minor-seventh</kind>"
        "<offset>1</offset></harmony>"
        "<note><pitch><step>F</step><alter>1</alter><octave>4</octave></pitch>"
        "<duration>4</duration><voice>1</voice><tie type='start'/></note>"
        "<note><rest/><duration>2</duration></note><backup><duration>6</duration></backup>"
    )
    return [f"<score><part><measure>{measure}</measure></part></score>".encode()]


def benchmarks() -> list[bytes]:
    return [write_benchmark(at("set.mat"), traindata=chords(1, length=3)).read_bytes()]


def are_rolls(music: Benchmark) -> None:
    assert all(roll.shape[1] == 88 and len(roll) for rolls in music for roll in rolls)


def places_of_solos() -> list[bytes]:
    return [b'melody = "Horn"\nchords = "Piano"\nbeats = [4, 36.5]\n']


def is_a_stretch(where: Where) -> None:
    start, end = where.beats
    assert start < end


PARSERS = {
    "models": Parser(of_file("x.onnx", play), models, (ModelError,), goes_on, many_fields),
    "cards": Parser(read_card, cards, (ModelError,), says_the_same),
    "datasets": Parser(read_dataset, datasets, (DataError,)),
    "checkpoints": Parser(
        of_file("step.npz", read_checkpoint), checkpoints, (DataError,), is_whole
    ),
    "benchmark sets": Parser(
        of_file("x.mat", partial(read_benchmark, "jsb")), benchmarks, (DataError,), are_rolls
    ),
    "places of solos": Parser(
        of_file("solo.toml", read_where), places_of_solos, (ConfigError, ValueError), is_a_stretch
    ),
    "settings of runs": Parser(read_settings, runs, (DataError,), settings_stay),
    "MusicXML": Parser(of_file("x.xml", read_lead), scores, (ValueError,), is_a_melody),
}  # fmt: skip
