"""Reading files of a configuration that anybody may have written, and saying again what they say.

What is longer, or nested more deeply, than any configuration is refused before it costs time.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any, Final

from improvd.errors import ConfigError

_LARGEST: Final = 1 << 20  # bytes
_DOTS: Final = 64  # in a line: the parser's time grows with the square of a dotted key's length
_DEEPEST: Final = 8  # a list in a table in a table: a preset has five levels
_LONGEST: Final = 100  # characters of a value that are said again


def read_tables(path: Path) -> dict[str, Any]:
    """The tables of a file. Raises ConfigError."""
    try:
        tables = tomllib.loads(read_text(path))
    except RecursionError:
        raise _too_deep(path) from None
    except ValueError as error:  # no TOML, or a number of thousands of digits
        raise ConfigError(f"{path}: is no TOML: {error}") from None
    if _deeper(tables, _DEEPEST):
        raise _too_deep(path)
    return tables


def read_text(path: Path) -> str:
    """What a configuration file says. Raises ConfigError."""
    text = bounded(path, _LARGEST, "TOML")
    for number, line in enumerate(text.split("\n"), 1):
        if line.count(".") > _DOTS and not line.lstrip().startswith("#"):
            raise ConfigError(f"{path}: line {number} has more than {_DOTS} dots; write it shorter")
    return text


def bounded(path: Path, largest: int, kind: str) -> str:
    """The text of a file that has so many bytes at most. Raises ConfigError."""
    try:
        with path.open("rb") as file:
            content = file.read(largest + 1)
        text = content.decode("utf-8")
    except (OSError, ValueError) as error:
        if isinstance(error, UnicodeDecodeError):
            raise ConfigError(f"{path}: is no {kind}: {error}") from None
        why = error.strerror if isinstance(error, OSError) else error
        raise ConfigError(f"{path}: cannot be read: {why}") from None
    if len(content) > largest:
        raise ConfigError(f"{path}: has more than {largest} bytes; a {kind} has fewer")
    return text


def written(value: object) -> str:
    """A value as it is said again: in short, and without what a terminal would obey."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except ValueError:  # a number of thousands of digits
        return "this number"
    shown = "".join(letter if letter.isprintable() else "?" for letter in text[:_LONGEST])
    return shown if len(text) <= _LONGEST else f"{shown}..."


def name(part: int | str) -> str:
    """The name of a table or key, likewise; in quotes where it is an odd one."""
    text = str(part)
    return text if text.isprintable() and len(text) <= _LONGEST else written(text)


def _too_deep(path: Path) -> ConfigError:
    return ConfigError(f"{path}: is nested too deeply; tables have keys, keys have values or lists")


def _deeper(value: Any, most: int) -> bool:
    """Is anything nested in it more than so many times?"""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(most == 0 or _deeper(each, most - 1) for each in inner)
