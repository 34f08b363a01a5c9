"""A chart in the configuration, in a file beside it, and in presets."""

import os

import pytest

from improvd.config import Config, load_config
from improvd.config.change import changed, changes
from improvd.config.chart import Chart
from improvd.config.tunes import read_chart
from improvd.errors import ConfigError

TUNE = "# a turnaround\n| C Am7 | Dm7 G7 |\n"


def read(folder, text: str) -> Config:
    path = folder / "config.toml"
    path.write_text(text)
    return load_config(path)


def faults(folder, text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        read(folder, text)
    return tuple(fault.replace(f"{folder}{os.sep}", "") for fault in caught.value.faults)


def test_a_chart_stands_in_the_configuration(tmp_path):
    config = read(tmp_path, '[chords]\nsource = "chart"\nchart = """\n| Dm7 | G7 |\n| C | % |"""\n')
    assert str(config.chords.chart) == "| Dm7 | G7 | C | C |"


def test_or_in_a_file_that_is_looked_up_beside_it(tmp_path):
    (tmp_path / "tunes").mkdir()
    (tmp_path / "tunes" / "turn.chart").write_text(TUNE)
    config = read(tmp_path, '[chords]\nsource = "chart"\nfile = "tunes/turn.chart"\n')
    assert config.chords.chart == Chart.parse(TUNE)


def test_a_preset_has_a_tune_of_its_own(tmp_path):
    (tmp_path / "turn.chart").write_text(TUNE)
    config = read(
        tmp_path,
        '[chords]\nchart = "| F |"\n'
        '[[preset]]\nname = "turn"\nchords.file = "turn.chart"\n'
        '[[preset]]\nname = "blues"\nchords.chart = "| F7 | Bb7 |"\n',
    )
    tunes = [changed(config, changes(preset)).chords.chart for preset in config.preset]
    assert list(map(str, tunes)) == ["| C Am7 | Dm7 G7 |", "| F7 | Bb7 |"]


def test_all_faults_of_a_chart_are_told_with_all_others(tmp_path):
    text = '[chords]\nchart = """\n| Dx | G7 |\n| H | % |"""\nsplit = 128\n'
    first, second, third = faults(tmp_path, text)
    assert first.startswith('config.toml: chords.chart: line 1, column 4: "Dx" is no chord')
    assert second.endswith(
        "column 3: \"H\" is no chord: a chord begins with A..G; did you mean 'B'?"
    )
    assert third == "config.toml: chords.split: 128 is not allowed; allowed: a whole number 0..127"


def test_those_of_a_file_name_the_file(tmp_path):
    (tmp_path / "turn.chart").write_text("# X\n| C | Y |\n")
    (fault,) = faults(tmp_path, 'chords.file = "turn.chart"')
    assert fault.startswith('turn.chart: line 2, column 7: "Y" is no chord')


def test_those_of_a_preset_name_the_preset(tmp_path):
    found = faults(tmp_path, '[[preset]]\nname = "odd"\nchords.chart = "| X | Y |"\n')
    assert [fault.partition(": line")[0] for fault in found] == [
        "config.toml: preset 'odd': chords.chart"
    ] * 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('chords.source = "chart"', 'chords.source: is "chart", and there is none; set chords.'),
        ("chords.chart = 3", '3 is not allowed; allowed: "off" or bars such as'),
        ("chords.file = 3", 'chords.file: 3 is not allowed; allowed: "off" or a file\'s name'),
        ('chords.file = "gone.chart"', "gone.chart: cannot be read: No such file or directory"),
        ('chords.file = "\\u0000"', "cannot be read"),
        ('chords.source = "left"', "did you mean 'left_hand'?"),
        ("chords.channel = 17", "a whole number 1..16"),
        ('chords = {chart = "| C |", file = "turn.chart"}', "keep one of them"),
        ("chords = 3", "chords: must be a table"),
        ('[[preset]]\nname = "a"\nchords.source = "chart"', "cannot change while improvd runs"),
    ],
)
def test_a_fault_is_one_line_with_its_cure(tmp_path, text, told):
    (fault,) = faults(tmp_path, text)
    assert told in fault


def test_a_file_is_bounded(tmp_path):
    path = tmp_path / "long.chart"
    path.write_text("# " + "x" * (1 << 16))
    with pytest.raises(ConfigError, match="has more than 65536 bytes; a chart has fewer"):
        read_chart(path)
    path.write_bytes(b"| C\xff |")
    with pytest.raises(ConfigError, match="is no chart"):
        read_chart(path)
