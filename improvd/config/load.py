"""Finding and reading config.toml. Every fault is told at once, none is repaired silently."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from improvd.config.change import changes, fixed
from improvd.config.chart import ChartError
from improvd.config.read import name, read_tables, written
from improvd.config.schema import (
    KEYS,
    MORE_VOICES,
    VOICE_KEYS,
    Config,
    Controls,
)
from improvd.config.tunes import with_charts
from improvd.config.values import allowed, choices
from improvd.core.places import user_folder
from improvd.core.source import Source
from improvd.errors import ConfigError

SYSTEM_WIDE = Path("/etc/improvd/config.toml")
_TOLD: Final = 100  # faults; a file of another kind would have thousands


def find_config() -> Path | None:
    """The first that is there: the user's, then the system's."""
    return next((place for place in (user_config(), SYSTEM_WIDE) if place.exists()), None)


def user_config() -> Path:
    """Where the user's own would be."""
    return user_folder("XDG_CONFIG_HOME", ".config") / "improvd" / "config.toml"


def load_config(path: Path | None = None, **overrides: Mapping[str, Any]) -> Config:
    """The configuration of `path`, else of the file that `find_config` names, else the defaults.

    `overrides` are tables, `midi={"name": "left"}`, and win over the file; a value of None there
    leaves the file's. Raises ConfigError with every fault of the file and the overrides.
    """
    path = path or find_config()
    tables = read_tables(path) if path else {}
    given = {
        (table, key): value
        for table, keys in overrides.items()
        for key, value in keys.items()
        if value is not None
    }
    for (table, key), value in given.items():
        if isinstance(below := tables.setdefault(table, {}), dict):
            below[key] = value
    return check(tables, path, given)


def check(
    tables: Mapping[str, Any], path: Path | None, given: Collection[tuple[int | str, ...]] = ()
) -> Config:
    """What these tables of a file say, of which `given` came from elsewhere. Raises ConfigError."""
    tables, faults = with_charts(tables, path)
    try:
        config = Config.model_validate(tables)
    except ValidationError as error:
        found = {_place(each): each for each in error.errors(include_url=False)}
        faults += [
            f"{'command line' if place in given else path}: {fault}"
            for place, each in islice(found.items(), _TOLD)
            for fault in _told(place, each, tables)
        ]
        more = max(0, len(found) - _TOLD) + max(0, len(faults) - _TOLD)
        if more:
            faults[_TOLD:] = [f"{path}: {more} more faults; correct these first"]
    else:
        odd = (*_clashes(config.controls), *_fixed(config), *_chartless(config))
        faults += [f"{path}: {fault}" for fault in odd]
        if not faults:
            return config
    raise ConfigError(*faults)


def _place(error: ErrorDetails) -> tuple[int | str, ...]:
    """Table and key; of a preset its number and then the same, or its name; of a voice alike."""
    place = error["loc"]
    several = place[0] in ("preset", "voice")
    return place[:5] if place[2:3] == ("settings",) else place[: 2 + several]


def _fault(place: Sequence[int | str], error: ErrorDetails) -> list[str]:
    """A line for one table or key: what is wrong there, what is allowed, what was meant.

    Of a chart there are several.
    """
    where = ".".join(map(name, place))
    match [str(part) for part in place]:
        case [table] if table in KEYS:
            return [f"{where}: must be a table: [{table}]"]
        case [table]:
            return [f"{where}: unknown table; {_meant(table, KEYS)}"]
        case [table, key]:
            return _value_fault(where, key, error, KEYS[table])
    raise AssertionError(where)


def _value_fault(where: str, key: str, error: ErrorDetails, keys: Mapping[str, Any]) -> list[str]:
    """The same for a key among these, or one that is not."""
    if key not in keys:
        return [f"{where}: unknown key; {_meant(key, keys)}"]
    if isinstance(chart := error.get("ctx", {}).get("error"), ChartError):
        return [f"{where}: {fault}" for fault in chart.faults]
    value = written(error["input"])
    told = f"{where}: {value} is not allowed; allowed: {allowed(keys[key])}"
    meant = get_close_matches(value.strip('"'), choices(keys[key]), 1)
    return [f"{told}; did you mean {meant[0]!r}?" if meant else told]


def _told(
    place: tuple[int | str, ...], error: ErrorDetails, tables: Mapping[str, Any]
) -> list[str]:
    """The same for a place that may be within a preset."""
    match place:
        case ["preset", int(number), "settings", *there]:
            preset = _preset(tables["preset"][number].get("name", ""))
            return [f"{preset}: {fault}" for fault in _fault(there, error)]
        case ["preset", int(number), *_]:
            return [f'preset {number}: must be a table with a name: [[preset]] name = "..."']
        case ["preset", *_]:
            return ["preset: must be tables: [[preset]]"]
        case ["voice", *there]:
            return [f"voice{fault}" for fault in _voice_fault(there, error)]
    return _fault(place, error)


def _voice_fault(place: Sequence[int | str], error: ErrorDetails) -> list[str]:
    """The same for a place within the voices, which are counted from 1."""
    match place:
        case [int(number), str(key)] if error["type"] == "missing":
            return [f" {number + 1}: has no {key}; allowed: {allowed(VOICE_KEYS[key])}"]
        case [int(number), str(key)]:
            return [f" {number + 1}: {it}" for it in _value_fault(key, key, error, VOICE_KEYS)]
        case [int(number)]:
            return [f' {number + 1}: must be a table: [[voice]] model = "..." channel = ...']
    if error["type"] == "too_long":
        return [f": there are {len(error['input'])}; allowed: at most {MORE_VOICES}"]
    return [": must be tables: [[voice]]"]


def _clashes(controls: Controls) -> Iterator[str]:
    """Sources that two controls share."""
    taken: dict[Source, str] = {}
    for target, source in controls:
        if source in taken:
            told = f'"{source}" is taken by controls.{taken[source]} already; give each its own'
            yield f"controls.{target}: {told}"
        if isinstance(source, Source):
            taken[source] = target


def _chartless(config: Config) -> Iterator[str]:
    """A chart that is wanted and not there."""
    if config.chords.source == "chart" and config.chords.chart == "off":
        yield 'chords.source: is "chart", and there is none; set chords.chart or chords.file'


def _fixed(config: Config) -> Iterator[str]:
    """What presets set and cannot, and names that two of them have."""
    names: set[str] = set()
    for preset in config.preset:
        if preset.name in names:
            yield f"{_preset(preset.name)}: there are two of this name"
        names.add(preset.name)
        for table, key in changes(preset):
            if fixed(table, key):
                yield f"{_preset(preset.name)}: {table}.{key} cannot change while improvd runs"


def _preset(called: object) -> str:
    """Which one: its name, which may be no text at all."""
    return f"preset {called!r:.100}" if isinstance(called, str) else f"preset {written(called)}"


def _meant(word: str, known: Iterable[str]) -> str:
    homes = [f"{table}.{word}" for table in KEYS if word in KEYS[table]]
    names = list(known)
    close = homes or get_close_matches(name(word), names, 1)
    if close:
        return f"did you mean {' or '.join(map(repr, close))}?"
    return f"known here: {', '.join(names)}"
