"""Writing one key into config.toml. Comments and order stay; the only file that knows tomlkit."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import tomlkit

from improvd.config.load import check
from improvd.config.read import read_text
from improvd.errors import ConfigError


def write_key(path: Path, table: str, key: str, value: str) -> None:
    """Set one key in the file, which is made where it is not there. All or nothing.

    Raises ConfigError where the file cannot be written, or would then not be allowed.
    """
    path = path.resolve()  # a link stays one
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        text = read_text(path) if path.exists() else ""
        written = _with_key(text, table, key, value)
        check(tomlkit.parse(written).unwrap(), path)
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(written, encoding="utf-8")
        if path.exists():
            beside.chmod(path.stat().st_mode)
        beside.replace(path)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from None
    finally:
        with suppress(OSError):
            beside.unlink()


def _with_key(text: str, table: str, key: str, value: str) -> str:
    document = tomlkit.parse(text)
    if table not in document:
        document[table] = tomlkit.table()
    document[table][key] = value
    return tomlkit.dumps(document)
