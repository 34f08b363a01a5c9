"""More voices in the file, and what holds for each of them."""

import pytest

from improvd.config import load_config
from improvd.config.change import for_voices
from improvd.errors import ConfigError

BASS = '[[voice]]\nmodel = "melody-mono"\nchannel = 3\nrange = [28, 50]\ndensity = 1.0\n'
PLAIN = '[[voice]]\nmodel = "events-live"\nchannel = 2\n'


def read(folder, text):
    (folder / "config.toml").write_text(text)
    return load_config(folder / "config.toml")


def faults(folder, text):
    with pytest.raises(ConfigError) as caught:
        read(folder, text)
    return [fault.removeprefix(f"{folder}/config.toml: ") for fault in caught.value.faults]


def test_without_voices_there_is_the_first_one_and_nothing_else_changes(tmp_path):
    config = read(tmp_path, "turns.length = 2")
    assert for_voices(config) == [config]


def test_each_voice_has_its_own_model_and_channel_and_the_rest_in_common(tmp_path):
    config = read(tmp_path, "turns.length = 2\nturns.density = 4.0\n" + BASS + PLAIN)
    first, bass, plain = for_voices(config)
    assert first == config
    told = [(each.model.name, each.midi.output_channel) for each in (first, bass, plain)]
    assert told == [("melody-attention", 1), ("melody-mono", 3), ("events-live", 2)]
    assert (bass.turns.range, bass.turns.density) == ((28, 50), 1.0)
    assert (plain.turns.range, plain.turns.density) == ("phrase", 4.0)
    assert {each.turns.length for each in (first, bass, plain)} == {2}


def test_the_dice_of_each_voice_are_its_own_and_repeatable(tmp_path):
    config = read(tmp_path, f"model.seed = {2**32 - 1}\n" + BASS + PLAIN)
    seeds = [each.model.seed for each in for_voices(config)]
    assert len(set(seeds)) == 3
    assert seeds == [each.model.seed for each in for_voices(config)]
    assert all(0 <= seed < 2**32 for seed in seeds)
    assert {each.model.seed for each in for_voices(read(tmp_path, BASS))} == {"random"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (PLAIN * 4, "voice: there are 4; allowed: at most 3"),
        (
            PLAIN + PLAIN.replace("= 2", "= 17"),
            "voice 2: channel: 17 is not allowed; allowed: a whole number 1..16",
        ),
        ("[[voice]]\nchannel = 2", "voice 1: has no model; allowed: a model's name"),
        (PLAIN + "chanel = 3", "voice 1: chanel: unknown key; did you mean 'channel'?"),
        (
            PLAIN + 'range = "fre"',
            """voice 1: range: "fre" is not allowed; allowed: "phrase", "free" or a list of two \
pitches 0..127, the lower first; did you mean 'free'?""",
        ),
        (
            PLAIN + "style = 3",
            """voice 1: style: 3 is not allowed; allowed: a style's name of at most 64 characters, \
or "" for none""",
        ),
        ("voice = 3", "voice: must be tables: [[voice]]"),
        ("voice = [3]", 'voice 1: must be a table: [[voice]] model = "..." channel = ...'),
    ],
)
def test_what_is_wrong_with_a_voice_is_one_line(tmp_path, text, told):
    assert faults(tmp_path, text) == [told]


def test_a_preset_has_no_voices(tmp_path):
    (fault,) = faults(tmp_path, '[[preset]]\nname = "band"\nvoice = 3')
    assert fault.startswith("preset 'band': voice: unknown table")


def test_a_voice_without_a_style_of_its_own_plays_in_that_of_the_first(tmp_path):
    styled = BASS + 'style = "bach"\n' + PLAIN + 'style = ""\n' + PLAIN
    voices = for_voices(read(tmp_path, 'model.style = "pop"\n' + styled))
    assert [each.model.style for each in voices] == ["pop", "bach", "", "pop"]
