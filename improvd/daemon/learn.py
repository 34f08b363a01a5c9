"""Waiting for the control that is moved, through the running daemon or with a player of its own."""

from __future__ import annotations

import select
import time
from typing import Final

from improvd.config import Config
from improvd.core.source import Source
from improvd.core.units import Seconds
from improvd.daemon.control import ask
from improvd.daemon.link import PlayerLink
from improvd.daemon.player_settings import player_settings
from improvd.errors import PortError
from improvd.listen.controls import Learner
from improvd.play.messages import Heard, Moved
from improvd.ports import wire

_OFTEN: Final = 0.1  # seconds between two looks


def learnt_from(config: Config) -> tuple[type[Heard | Moved], ...]:
    """What the player says of what may be learnt: of all, or of the port for controls alone."""
    return (Heard, Moved) if config.midi.controls_input == "input" else (Moved,)


def learn(config: Config, target: str) -> Source:
    """Wait for a control that can move `target`, and tell which it was.

    Raises PortError when there is no way to the port, or the daemon leaves meanwhile.
    """
    if ask(config.midi.name, f"learn {target}") is None:
        return _from_own_ports(config, Learner(target))
    while not (learnt := ask(config.midi.name, "learnt")):
        if learnt is None:
            raise PortError("improvd was stopped before a control was moved; nothing is learnt")
        time.sleep(_OFTEN)
    return Source.parse(learnt)


def keep(config: Config) -> bool:
    """Let the daemon that has learnt it take it at once; False: there is none."""
    return ask(config.midi.name, "keep learnt") == "kept"


def _from_own_ports(config: Config, learner: Learner) -> Source:
    everything = {"input_channels": "all", "thru": False, "controls": [], "send_clock": False}
    link = PlayerLink(player_settings(config) | everything)
    link.start(_now())
    kinds = learnt_from(config)
    try:
        while not learner.learnt:
            if link.exit_code is not None:
                raise PortError("")  # the player has said why
            select.select([link], [], [], _OFTEN)
            for message in link.receive(_now()):
                for event in message.events if isinstance(message, kinds) else ():
                    learner.hear(wire.event(*event))
            link.check(_now())
    finally:
        link.stop()
    return learner.learnt


def _now() -> Seconds:
    return Seconds(time.monotonic())
