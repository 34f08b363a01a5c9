"""Controls and presets in the file, and the configuration that they lead to."""

import pytest

from improvd.config import load_config
from improvd.config.change import CHANGEABLE, changed, changes, fixed
from improvd.config.schema import KEYS, Controls
from improvd.core.source import Source
from improvd.errors import ConfigError


def read(folder, text):
    (folder / "config.toml").write_text(text)
    return load_config(folder / "config.toml")


def faults(folder, text):
    with pytest.raises(ConfigError) as caught:
        read(folder, text)
    return [fault.removeprefix(f"{folder}/config.toml: ") for fault in caught.value.faults]


def test_what_is_mapped_arrives_as_sources(tmp_path):
    controls = read(tmp_path, '[controls]\ntemperature = "cc 1"\nmute = "note 21 ch 2"').controls
    assert controls == Controls(temperature=Source.parse("cc 1"), mute=Source.parse("note 21 ch 2"))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('mute = "cc 128"', 'a "cc N", "note N" or "program N" of 0..127'),
        ('mute = "pedal"', 'allowed: "off" or a "cc N"'),
        ("mute = 80", "controls.mute: 80 is not allowed"),
        ('density = "note 21"', 'allowed: "off" or a "cc N" of 0..127'),
        ('mutt = "cc 1"', "did you mean 'mute'?"),
    ],
)
def test_what_cannot_be_mapped_is_told(tmp_path, line, told):
    (fault,) = faults(tmp_path, f"[controls]\n{line}")
    assert told in fault


def test_one_source_moves_one_thing(tmp_path):
    text = '[controls]\nmute = "cc 9 ch 1"\nthru = "cc 9 ch 1"\npanic = "cc 9"'
    assert faults(tmp_path, text) == [
        'controls.thru: "cc 9 ch 1" is taken by controls.mute already; give each its own'
    ]


QUIET = """
[[preset]]
name = "quiet"
model.name = "melody-basic"
turns.length = 4
tempo.meter = "3/4"
"""


def test_a_preset_changes_what_it_sets_and_nothing_else(tmp_path):
    config = read(tmp_path, "turns.min_notes = 5\nturns.length = 8\n" + QUIET)
    (preset,) = config.preset
    quiet = changed(config, changes(preset))
    assert preset.name == "quiet"
    assert (quiet.model.name, quiet.turns.length, quiet.turns.min_notes) == ("melody-basic", 4, 5)
    assert str(quiet.tempo.meter) == "3/4"
    assert config.turns.length == 8
    assert quiet.midi == config.midi


def test_a_preset_may_be_a_style_of_the_same_model(tmp_path):
    config = read(tmp_path, 'model.style = "pop"\n[[preset]]\nname = "old"\nmodel.style = ""\n')
    old = changed(config, changes(config.preset[0]))
    assert (config.model.style, old.model.style) == ("pop", "")
    assert old.model.name == config.model.name


def test_faults_of_a_preset_name_it(tmp_path):
    text = QUIET + 'turns.lenght = 3\ntempo.bpm = 500\n[[preset]]\nmodel.name = "x"\n'
    assert sorted(faults(tmp_path, text)) == [
        "preset 'quiet': tempo.bpm: 500 is not allowed; allowed: a number 20..400",
        "preset 'quiet': turns.lenght: unknown key; did you mean 'length'?",
        'preset 1: must be a table with a name: [[preset]] name = "..."',
    ]


def test_presets_are_tables_with_different_names(tmp_path):
    assert faults(tmp_path, "preset = 3") == ["preset: must be tables: [[preset]]"]
    assert faults(tmp_path, QUIET + QUIET) == ["preset 'quiet': there are two of this name"]


@pytest.mark.parametrize("line", ['midi.backend = "jack"', 'controls.mute = "cc 1"'])
def test_what_cannot_change_while_it_runs_stands_in_no_preset(tmp_path, line):
    (fault,) = faults(tmp_path, QUIET + line)
    assert fault == f"preset 'quiet': {line.split()[0]} cannot change while improvd runs"


def test_every_key_that_can_change_is_one():
    for table, keys in CHANGEABLE.items():
        assert keys <= KEYS[table].keys()
        assert not any(fixed(table, key) for key in keys)


def test_a_preset_is_named_in_short_whatever_it_is_called(tmp_path):
    for called in ('"' + "x" * 5000 + '"', "0x" + "f" * 5000, "[[1, 2], []]"):
        for fault in faults(tmp_path, f"[[preset]]\nname = {called}\nmidi.backend = 'jack'\n"):
            assert fault.startswith("preset")
            assert len(fault) < 300


def test_settings_are_no_table_of_a_preset(tmp_path):
    for settings in ("settings = 3", "settings.tempo.bpm = 90"):
        (fault,) = faults(tmp_path, f'[[preset]]\nname = "quiet"\n{settings}\n')
        assert fault.startswith("preset 'quiet': settings: unknown table")
