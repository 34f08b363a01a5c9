"""Another configuration out of one: while improvd runs, and for each of several voices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from improvd.config.schema import KEYS, Config, Preset, Settings, Voice

_SEEDS: Final = 2**32
_NEXT_SEED: Final = 0x9E3779B9  # far from the seeds that somebody would choose for another run

# All others are read once, when the ports are opened.
CHANGEABLE: Final[Mapping[str, frozenset[str]]] = {
    "midi": frozenset(("output_channel", "thru")),
    "tempo": frozenset(("bpm", "meter", "on_stop")),
    "turns": frozenset(KEYS["turns"]),
    "model": frozenset(KEYS["model"]) - {"device"},
    "sampling": frozenset(KEYS["sampling"]),
    "play": frozenset(("lookahead",)),
    "chords": frozenset(("chart", "file")),
    "jazz": frozenset(("colour", "rules")),
}
Changes = Mapping[tuple[str, str], Any]  # (table, key) -> value, as allowed by the schema


def fixed(table: str, key: str) -> bool:
    """Is this a key of the file that cannot change while improvd runs?"""
    return key in KEYS.get(table, {}) and key not in CHANGEABLE.get(table, ())


def changes(preset: Preset) -> Changes:
    """What a preset sets."""
    return {
        (table, key): getattr(values, key)
        for table, values in _set_in(preset.settings)
        for key in values.model_fields_set
    }


def changed(config: Config, wanted: Changes) -> Config:
    """The configuration with these values; they are not checked again."""
    tables: dict[str, dict[str, Any]] = {}
    for (table, key), value in wanted.items():
        tables.setdefault(table, {})[key] = value
    return config.model_copy(
        update={
            name: getattr(config, name).model_copy(update=values) for name, values in tables.items()
        }
    )


def for_voices(config: Config) -> list[Config]:
    """What holds for each voice: the same, but for what is its own, its dice among them.

    The first one is that of model.name on midi.output_channel.
    """
    return [config, *(_heard_by(config, *each) for each in enumerate(config.voice, 1))]


def _heard_by(config: Config, number: int, voice: Voice) -> Config:
    seed = config.model.seed
    own = {
        ("model", "name"): voice.model,
        ("model", "style"): voice.style,
        ("model", "seed"): seed if seed == "random" else (seed + number * _NEXT_SEED) % _SEEDS,
        ("midi", "output_channel"): voice.channel,
        ("turns", "range"): voice.range,
        ("turns", "density"): voice.density,
    }
    return changed(config, {place: value for place, value in own.items() if value is not None})


def _set_in(settings: Settings) -> list[tuple[str, Any]]:
    return [(name, getattr(settings, name)) for name in settings.model_fields_set]
