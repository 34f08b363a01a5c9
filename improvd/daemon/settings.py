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
        self._preset: Preset | None = None
        self._moved: dict[tuple[str, str], Any] = {}  # by hand: (table, key) -> value

    def move(self, table: str, key: str, value: Any) -> Config:
        """One key was moved by hand, to an allowed value."""
        self._moved[table, key] = value
        self.now = changed(self.now, {(table, key): value})
        return self.now

    def call(self, preset: Preset) -> Config:
        """From here on this preset holds instead of another; what it sets is as it says."""
        self._preset, sets = preset, changes(preset)
        self._moved = {place: value for place, value in self._moved.items() if place not in sets}
        return self._layered()

    def renew(self, file: Config) -> Config:
        """Another file holds, below the preset of the same name and what hands have moved.

        What it says otherwise than the one before is no longer as hands have moved it.
        """
        before, self._file = self._file, file
        self._moved = {
            (table, key): value
            for (table, key), value in self._moved.items()
            if getattr(getattr(before, table), key) == getattr(getattr(file, table), key)
        }
        name = self._preset.name if self._preset else None
        self._preset = next((each for each in file.preset if each.name == name), None)
        return self._layered()

    def _layered(self) -> Config:
        sets = changes(self._preset) if self._preset else {}
        self.now = changed(self._file, {**sets, **self._moved})
        return self.now
