"""A configuration that somebody else wrote, to do harm."""

import pytest

from improvd.config import load_config
from improvd.config.read import read_text
from improvd.config.write import write_key
from improvd.errors import ConfigError

LARGEST = 1 << 20
HOSTILE = {
    "a megabyte": ("#" * (LARGEST + 1), "has more than 1048576 bytes"),
    "open lists": ("a = " + "[" * 100_000, "nested too deeply"),
    "closed lists": ("midi.name = " + "[" * 300 + "]" * 300, "nested too deeply"),
    "inline tables": ("a = " + "{a=" * 50_000, "nested too deeply"),
    "a few tables": ("a.b.c.d.e.f.g.h.i.j = 1", "nested too deeply"),
    "a key of many parts": ("a." * 20_000 + "a = 1", "line 1 has more than 64 dots"),
    "a table of many parts": ("\n[" + "a." * 20_000 + "a]", "line 2 has more than 64 dots"),
    "a long number": ("tempo.bpm = " + "9" * 5_000, "is no TOML"),
    "a long hex number": (
        "tempo.bpm = 0x" + "f" * 900_000,
        "tempo.bpm: this number is not allowed",
    ),
    "a long text": (
        'midi.name = "' + "x" * 900_000 + '"',
        "is not allowed; allowed: 1..32 letters",
    ),
    "a long key": ("midi." + "x" * 900_000 + " = 1", "unknown key"),
    "a terminal's words as a key": ('midi."a\\nb\\u001b[2J" = 1', "unknown key"),
    "a terminal's words as a table": ('["\\u009b2J"]', "unknown table"),
    "a terminal's words as a value": ('midi.name = "\\u009b2J\\n"', "is not allowed"),
    "a terminal's words as a preset": (
        '[[preset]]\nname = "\\u001b[2J\\n"\nmidi.backend = "jack"',
        "cannot change while improvd runs",
    ),
    "no text": ("\0", "is no TOML"),
    "a thousand ports": ('midi.input = ["a"' + ', "a"' * 1_000 + "]", "midi.input"),
}


@pytest.mark.parametrize(("text", "said"), HOSTILE.values(), ids=HOSTILE)
def test_it_is_refused_in_a_short_line(tmp_path, text, said):
    path = tmp_path / "config.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    (fault,) = caught.value.faults
    assert said in fault
    assert fault.startswith(f"{path}: ")
    assert len(fault) - len(str(path)) < 400
    assert fault.isprintable()


def test_dots_in_a_comment_are_none_of_a_key(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(f"  # {'.' * 200}\ntempo.bpm = 90")
    assert load_config(path).tempo.bpm == 90


def test_what_learn_writes_into_is_read_as_carefully(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(HOSTILE["a key of many parts"][0])
    with pytest.raises(ConfigError, match="more than 64 dots"):
        write_key(path, "controls", "mute", "cc 80")


@pytest.mark.parametrize("content", [b"\xff\xfe", b"\x80"])
def test_bytes_that_are_no_text_are_refused(tmp_path, content):
    path = tmp_path / "config.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="is no TOML"):
        read_text(path)
