"""Silence from outside: through the running daemon, else with a player of its own."""

from __future__ import annotations

import select
import time
from typing import Final

from improvd.config import Config
from improvd.core.units import Seconds
from improvd.daemon.control import ask, kept_connections
from improvd.daemon.link import PlayerLink
from improvd.daemon.player_settings import may_sound, player_settings
from improvd.errors import PortError
from improvd.play.messages import Connections, Panic, Restore

_PATIENCE: Final = 5.0  # seconds for a player to open its ports


def panic(config: Config, *, unless_running: bool = False) -> str:
    """What was done, in words. Raises PortError when there is no way to the port.

    With `unless_running` a daemon is left alone, which is another one than that which has ended.
    """
    if unless_running and ask(config.midi.name, "ping") is not None:
        return f"an improvd named {config.midi.name!r} runs, and is left alone"
    if (answer := ask(config.midi.name, "panic")) is not None:
        return answer
    link = PlayerLink(player_settings(config))
    link.start(_now())
    try:
        _wait_until_ready(link)
        kept = kept_connections(config.midi.name)
        connections = (
            kept or link.estate.connections
        )  # where nothing was kept, those that are configured
        link.send(Restore(connections, may_sound(config)), Panic())
    finally:
        link.stop()
    return f"no daemon is running; every note is off, {len(kept)} kept connections made again"


def _wait_until_ready(link: PlayerLink) -> None:
    deadline = _now() + _PATIENCE
    while _now() < deadline and link.exit_code is None:
        select.select([link], [], [], 0.1)
        if any(isinstance(message, Connections) for message in link.receive(_now())):
            return
        link.check(_now())
    raise PortError("")  # the player has said why


def _now() -> Seconds:
    return Seconds(time.monotonic())
