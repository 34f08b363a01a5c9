"""The README tells the truth about what can be set and asked for."""

import re
import tomllib
from pathlib import Path

from improvd.cli.main import VERBS
from improvd.config.schema import KEYS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def test_every_key_of_the_configuration_is_told_with_its_default():
    told = dict(re.findall(r"^\| `([a-z]+\.[a-z_]+)` \| `(.+?)` \|", README, re.MULTILINE))
    shipped = tomllib.loads((ROOT / "config.toml").read_text())
    assert {key: tomllib.loads(f"v = {text}")["v"] for key, text in told.items()} == {
        f"{table}.{key}": shipped[table][key] for table, keys in KEYS.items() for key in keys
    }


def test_every_verb_is_told():
    assert re.findall(r"^\| `improvd ([a-z0-9]+)", README, re.MULTILINE) == list(VERBS)


def test_every_link_leads_somewhere():
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert [link for link in links if not (ROOT / link).exists()] == []
