"""One key is written, the rest of the file is left alone."""

import pytest

from improvd.config import load_config
from improvd.config.write import write_key
from improvd.errors import ConfigError

COMMENTED = """# mine
[midi]
name = "left" # of the stage

[controls] # the small box
mute = "cc 80"   # the red one
# the end
"""


def test_comments_and_order_stay(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(COMMENTED)
    write_key(path, "controls", "mute", "cc 81 ch 2")
    assert path.read_text() == COMMENTED.replace("cc 80", "cc 81 ch 2")


def test_a_table_that_is_missing_is_made_and_so_is_the_file(tmp_path):
    path = tmp_path / "improvd" / "config.toml"
    write_key(path, "controls", "mute", "cc 80")
    assert path.read_text() == '[controls]\nmute = "cc 80"\n'


def test_before_presets_too(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text('[[preset]]\nname = "a"\nturns.length = 3\n')
    write_key(path, "controls", "mute", "cc 80")
    config = load_config(path)
    assert str(config.controls.mute) == "cc 80"
    assert config.preset[0].settings.turns.length == 3


def test_a_link_and_the_rights_of_the_file_stay(tmp_path):
    real, link = tmp_path / "real.toml", tmp_path / "config.toml"
    real.write_text(COMMENTED)
    real.chmod(0o600)
    link.symlink_to(real)
    write_key(link, "controls", "mute", "cc 2")
    assert link.is_symlink()
    assert 'mute = "cc 2"' in real.read_text()
    assert real.stat().st_mode & 0o777 == 0o600


def test_what_would_not_be_allowed_is_not_written(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(COMMENTED)
    with pytest.raises(ConfigError, match=r'"cc 80" is taken by controls\.mute already'):
        write_key(path, "controls", "panic", "cc 80")
    assert path.read_text() == COMMENTED
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be written: File exists"):
        write_key(tmp_path / "file" / "config.toml", "controls", "mute", "cc 80")
