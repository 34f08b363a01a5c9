"""The configuration in force: the file's, then a preset, then what hands have moved since."""

from __future__ import annotations

from typing import Any

from improvd.config import Config, Preset
from improvd.config.change import changed, changes
from improvd.core.source import PROGRAM, Source
from improvd.listen.controls import PRESET


def mapped(config: Config) -> dict[Source, str]:
    """What each source that is mapped moves; program n calls preset n where nothing else does."""
    programs = {Source(PROGRAM, number): PRESET for number in range(len(config.preset))}
    return programs | {
        source: target for target, source in config.controls if isinstance(source, Source)
    }


class Settings:
    """Layers of one configuration. `now` is what holds."""

    def __init__(self, file: Config) -> None:
        self.now = file
        self._file = file
        self._moved: dict[tuple[str, str], Any] = {}  # by hand: (table, key) -> value

    def move(self, table: str, key: str, value: Any) -> Config:
        """One key was moved by hand, to an allowed value."""
        self._moved[table, key] = value
        self.now = changed(self.now, {(table, key): value})
        return self.now

    def call(self, preset: Preset) -> Config:
        """From here on this preset holds instead of another; what it sets is as it says."""
        sets = changes(preset)
        self._moved = {place: value for place, value in self._moved.items() if place not in sets}
        self.now = changed(self._file, {**sets, **self._moved})
        return self.now
