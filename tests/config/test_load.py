"""The configuration: found, read, and told about where it is wrong."""

import tomllib
from pathlib import Path

import pytest

from improvd.config import Config, find_config, load, load_config
from improvd.config.schema import KEYS
from improvd.core.source import Source
from improvd.core.tempo import Meter
from improvd.errors import ConfigError

SHIPPED = Path(__file__).parents[2] / "config.toml"


@pytest.fixture(autouse=True)
def _nobody_has_configured_anything(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    monkeypatch.setattr(load, "SYSTEM_WIDE", tmp_path / "etc" / "config.toml")


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def faults(path: Path, text: str, **overrides) -> tuple[str, ...]:
    """What is wrong with a file of this text, each without the file's name."""
    with pytest.raises(ConfigError) as caught:
        load_config(written(path / "config.toml", text), **overrides)
    return tuple(fault.replace(f"{path}/config.toml", "FILE") for fault in caught.value.faults)


def test_the_shipped_file_shows_every_key_at_its_default():
    assert load_config(SHIPPED) == Config()
    tables = tomllib.loads(SHIPPED.read_text())
    assert {name: set(keys) for name, keys in tables.items()} == {
        name: set(keys) for name, keys in KEYS.items()
    }


def test_the_named_file_comes_before_the_users_before_the_systems_before_the_defaults(tmp_path):
    assert find_config() is None
    assert load_config().tempo.bpm == 120

    system = written(tmp_path / "etc" / "config.toml", "tempo.bpm = 60")
    assert (find_config(), load_config().tempo.bpm) == (system, 60)

    user = written(tmp_path / "xdg" / "improvd" / "config.toml", "tempo.bpm = 70")
    assert (find_config(), load_config().tempo.bpm) == (user, 70)

    named = written(tmp_path / "mine.toml", "tempo.bpm = 80")
    assert load_config(named).tempo.bpm == 80


def test_a_relative_xdg_directory_is_ignored(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", "xdg")
    monkeypatch.setenv("HOME", str(tmp_path))
    user = written(tmp_path / ".config" / "improvd" / "config.toml", "")
    assert find_config() == user


def test_values_arrive_as_the_program_uses_them(tmp_path):
    text = """
        midi = {input = ["Keystation 49"], input_channels = [1, 16]}
        tempo = {bpm = 90, meter = "6/8"}
        turns = {silence = 1, length = 4}
        controls = {hand = "note 21"}
    """
    config = load_config(written(tmp_path / "c.toml", text))
    assert config.midi.input == ("Keystation 49",)
    assert config.midi.input_channels == (1, 16)
    assert config.tempo.meter == Meter(6, 8)
    assert isinstance(config.tempo.bpm, float)
    assert (config.turns.silence, config.turns.length) == (1.0, 4)
    assert config.controls.hand == Source.parse("note 21")


def test_the_command_line_wins_and_what_it_leaves_out_stays(tmp_path):
    path = written(tmp_path / "c.toml", 'midi = {name = "left", thru = true}')
    config = load_config(path, midi={"name": "right", "thru": None}, model={"device": "cpu"})
    assert (config.midi.name, config.midi.thru, config.model.device) == ("right", True, "cpu")


def test_every_fault_is_told_at_once(tmp_path):
    text = """
        [tempo]
        bpm = "fast"
        meter = "4/5"
        [turns]
        silnce = 1.0
        interrupt = "finnish"
        [modell]
        name = "melody-basic"
    """
    found = faults(tmp_path, text, midi={"name": "a:b"})
    assert [fault.partition(" is not allowed")[0] for fault in found] == [
        'command line: midi.name: "a:b"',
        'FILE: tempo.bpm: "fast"',
        'FILE: tempo.meter: "4/5"',
        'FILE: turns.interrupt: "finnish"',
        "FILE: turns.silnce: unknown key; did you mean 'silence'?",
        "FILE: modell: unknown table; did you mean 'model'?",
    ]
    assert found[3].endswith("""allowed: "stop", "finish", "ignore"; did you mean 'finish'?""")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("tempo.bpm = true", "tempo.bpm: true is not allowed"),
        ("tempo.bpm = nan", "tempo.bpm: NaN is not allowed"),
        ("tempo.bpm = 401", "a number 20..400"),
        ("sampling.restless = 1.5", "a number 0..1"),
        (f'model.style = "{"x" * 65}"', "a style's name of at most 64 characters"),
        (r'model.style = "a\u0007b"', "a style's name of at most 64 characters"),
        ("turns.min_notes = 3.5", "a whole number 1..64"),
        ("turns.min_notes = true", "a whole number 1..64"),
        ("turns.mode = 'dute'", "did you mean 'duet'?"),
        ("turns.trade = 33", "a whole number 1..32"),
        ("controls.hand = 'pedal 66'", '"off" or a "cc N", "note N" or "program N" of 0..127'),
        ("controls.hand = 80", '"off" or a "cc N"'),
        ("midi.split = 128", '"off" or a whole number 0..127'),
        ("turns.silence = 'quick'", '"energy", "patient" or a number 0.05..10'),
        ("midi.thru = 1", "true or false"),
        (
            "jazz.rules = ['leaps', 'leap']",
            'allowed: a list of "grid", "scale", "leaps", "repeats"',
        ),
        ("midi.input = 'Keystation'", '"auto", "virtual" or a list of 1..64 names'),
        ("midi.input = []", '"auto", "virtual" or a list of 1..64 names'),
        ("midi.input_channels = [0, 17]", '"all" or a list of numbers 1..16'),
        ("midi.name = ''", "1..32 letters"),
        ("midi = 3", "midi: must be a table: [midi]"),
        ("turns.bpm = 90", "turns.bpm: unknown key; did you mean 'tempo.bpm'?"),
        ("bpm = 90", "bpm: unknown table; did you mean 'tempo.bpm'?"),
        ("[zzz]", "zzz: unknown table; known here: midi, tempo, turns, model, sampling, play"),
        ('midi.name = """two\nlines"""', "midi.name"),
    ],
)
def test_one_fault_is_one_line_with_what_is_allowed(tmp_path, text, told):
    (fault,) = faults(tmp_path, text)
    assert told in fault
    assert "\n" not in fault


def test_what_is_no_toml_is_told_with_its_place(tmp_path):
    assert faults(tmp_path, "[tempo]\nbpm 120\n")[0].endswith("(at line 2, column 5)")


def test_a_named_file_that_is_not_there_or_no_text_is_a_fault(tmp_path):
    with pytest.raises(ConfigError, match=r"gone\.toml: cannot be read: No such file"):
        load_config(tmp_path / "gone.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match=r"binary\.toml: is no TOML"):
        load_config(tmp_path / "binary.toml")


def test_of_thousands_of_faults_a_hundred_are_told(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text("[turns]\n" + "".join(f"lenght{number} = 1\n" for number in range(3000)))
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert len(caught.value.faults) == 101
    assert caught.value.faults[-1] == f"{path}: 2900 more faults; correct these first"
