"""Finding and reading config.toml. Every fault is told at once, none is repaired silently."""

import json
import os
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from improvd.config.schema import KEYS, Config, allowed, choices
from improvd.errors import ConfigError

SYSTEM_WIDE = Path("/etc/improvd/config.toml")


def find_config() -> Path | None:
    """The first that is there: the user's (XDG base directories 0.8), then the system's."""
    home = Path(os.environ.get("XDG_CONFIG_HOME", ""))
    if not home.is_absolute():  # unset, empty, or relative, which the specification says to ignore
        home = Path.home() / ".config"
    places = (home / "improvd" / "config.toml", SYSTEM_WIDE)
    return next((place for place in places if place.exists()), None)


def load_config(path: Path | None = None, **overrides: Mapping[str, Any]) -> Config:
    """The configuration of `path`, else of the file that `find_config` names, else the defaults.

    `overrides` are tables, `midi={"name": "left"}`, and win over the file; a value of None there
    leaves the file's. Raises ConfigError with every fault of the file and the overrides.
    """
    path = path or find_config()
    tables = _read(path) if path else {}
    given = {
        (table, key): value
        for table, keys in overrides.items()
        for key, value in keys.items()
        if value is not None
    }
    for (table, key), value in given.items():
        if isinstance(below := tables.setdefault(table, {}), dict):
            below[key] = value
    try:
        return Config.model_validate(tables)
    except ValidationError as error:
        faults = {error["loc"][:2]: error for error in error.errors(include_url=False)}
    raise ConfigError(
        *(
            f"{'command line' if place in given else path}: {_fault(error)}"
            for place, error in faults.items()
        )
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: is no TOML: {error}") from None


def _fault(error: ErrorDetails) -> str:
    """One line for one table or key: what is wrong there, what is allowed, what was meant."""
    where, value = ".".join(map(str, error["loc"][:2])), error["input"]
    match [str(part) for part in error["loc"][:2]]:
        case [table] if table in KEYS:
            return f"{where}: must be a table: [{table}]"
        case [table]:
            return f"{where}: unknown table; {_meant(table, KEYS)}"
        case [table, key] if key in KEYS[table]:
            annotation = KEYS[table][key]
            written = json.dumps(value, ensure_ascii=False, default=str)
            told = f"{where}: {written} is not allowed; allowed: {allowed(annotation)}"
            meant = get_close_matches(str(value), choices(annotation), 1)
            return f"{told}; did you mean {meant[0]!r}?" if meant else told
        case [table, key]:
            return f"{where}: unknown key; {_meant(key, KEYS[table])}"
    raise AssertionError(where)


def _meant(word: str, known: Iterable[str]) -> str:
    homes = [f"{table}.{word}" for table in KEYS if word in KEYS[table]]
    names = list(known)
    close = homes or get_close_matches(word, names, 1)
    if close:
        return f"did you mean {' or '.join(map(repr, close))}?"
    return f"known here: {', '.join(names)}"
