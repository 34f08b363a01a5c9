"""Another configuration while improvd runs: read, checked, and put in force without a stuck note.

What the mind can change holds at once or from the next turn on, as with controls. What belongs to
the ports needs another player process: it is started when nobody plays.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Final

from improvd.config import Config
from improvd.config.change import for_voices
from improvd.core.units import Seconds
from improvd.daemon.desk import Desk
from improvd.daemon.link import PlayerLink
from improvd.daemon.player_settings import player_settings
from improvd.engine.library import find_in_style
from improvd.errors import ConfigError, ImprovdError
from improvd.play.logs import log_to_stderr

REFUSED: Final = "refused"  # the first word of an answer that says so
_LIVE: Final = (
    "thru",
    "controls",
    "bpm",
)  # of the player's settings: what it is told while it runs

log = logging.getLogger(__name__)


class Renewal:
    """`read` gives the configuration as it is written now, or raises ImprovdError."""

    def __init__(
        self, read: Callable[[], Config], config: Config, desk: Desk, link: PlayerLink
    ) -> None:
        self.told = ""  # what is still to be said of the last one, for the status
        self._read = read
        self._config = config  # as it was written last
        self._desk = desk
        self._link = link
        self._running = _fixed(config)
        self._wanted: dict[str, Any] | None = None  # by a player to come

    def renew(self) -> str:
        """Put what is written now in force, or refuse it with all its faults; in words, which."""
        try:
            config = self._checked(self._read())
        except ImprovdError as fault:
            return self._refused(str(fault))
        if config.log != self._config.log:
            log_to_stderr(config.log.level, config.log.format)
        self._config, self.told = config, ""
        now = self._desk.renew(config)
        log.info("another configuration holds from the next turn on")
        self._wanted = player_settings(now) if _fixed(config) != self._running else None
        if self._wanted:
            self.told = "other ports are opened when nobody plays"
            log.info("%s", self.told)
            self._desk.wind_up()
        return self.told or "another configuration holds from the next turn on"

    def tick(self, now: Seconds) -> bool:
        """Let another player take over where one is wanted and nobody plays. True: it does."""
        if not self._wanted or not self._desk.idle:
            return False
        self._link.renew(self._wanted, now)
        self._running, self._wanted, self.told = _fixed(self._config), None, ""
        return True

    def _refused(self, faults: str) -> str:
        for fault in faults.splitlines():
            log.error("%s", fault)
        log.error("the configuration is refused; the one before holds")
        self.told = "a new configuration was refused, see the log"
        return f"{REFUSED}\n{faults}"

    def _checked(self, config: Config) -> Config:
        for each in for_voices(config):
            find_in_style(each.model.name, each.model.style)
        before = self._config
        first = {
            "midi.name": (before.midi.name, config.midi.name),
            "status.prometheus": (before.status.prometheus, config.status.prometheus),
            "the number of voices": (len(before.voice), len(config.voice)),
        }
        faults = [
            f"{what}: {was!r} cannot become {wanted!r} while it runs: start it anew"
            for what, (was, wanted) in first.items()
            if was != wanted
        ]
        if faults:
            raise ConfigError(*faults)
        if config.takes != before.takes:
            log.info("takes: what is written there holds from the next start on")
        return config


def _fixed(config: Config) -> dict[str, Any]:
    """What a player is told at its start alone."""
    return {key: value for key, value in player_settings(config).items() if key not in _LIVE}
