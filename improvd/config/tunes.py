"""Charts that stand in files of their own, put where the configuration names them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from improvd.config.chart import Chart, ChartError
from improvd.config.read import bounded
from improvd.errors import ConfigError

_LARGEST: Final = 1 << 16  # bytes
_OFF: Final = "off"

Tables = Mapping[str, Any]


def read_chart(path: Path) -> Chart:
    """The chart of a file. Raises ConfigError with all its faults."""
    try:
        return Chart.parse(bounded(path, _LARGEST, "chart"))
    except ChartError as error:
        raise ConfigError(*(f"{path}: {fault}" for fault in error.faults)) from None


def with_charts(tables: Tables, path: Path | None) -> tuple[Tables, list[str]]:
    """These tables of the configuration at `path`, each `chords.file` read; and what is wrong.

    A name is looked up beside the configuration.
    """
    faults: list[str] = []
    filled = dict(_with_chart(tables, path, faults))
    if isinstance(presets := filled.get("preset"), list):
        filled["preset"] = [_with_chart(preset, path, faults) for preset in presets]
    return filled, faults


def _with_chart(tables: Any, path: Path | None, faults: list[str]) -> Any:
    chords: Any = tables.get("chords") if isinstance(tables, Mapping) else None
    name = chords.get("file", _OFF) if isinstance(chords, Mapping) else _OFF
    if name == _OFF or not isinstance(name, str):
        return tables
    if chords.get("chart", _OFF) != _OFF:
        faults.append(f"{path}: chords.file: there is chords.chart as well; keep one of them")
        return tables
    try:
        chart = read_chart((path.parent if path else Path()) / name)
    except ConfigError as error:
        faults += error.faults
        return tables
    return {**tables, "chords": {**chords, "chart": chart}}
