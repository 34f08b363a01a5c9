"""The one function that puts the daemon together: a configuration becomes a service."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from improvd.config import Config
from improvd.config.change import for_voices
from improvd.core.units import Seconds
from improvd.daemon.control import Claim, lost_connections
from improvd.daemon.counts import Counts
from improvd.daemon.link import Overhear, PlayerLink
from improvd.daemon.log import Turn
from improvd.daemon.player_settings import may_sound, player_settings
from improvd.engine.library import find_in_style
from improvd.errors import PortError

if TYPE_CHECKING:
    from improvd.daemon.service import Service
    from improvd.models.sampling import Sampler


def build(
    config: Config,
    memory_fd: int | None = None,
    told: Callable[[Turn], None] = lambda _: None,
    overhear: Overhear = lambda _: None,
    read: Callable[[], Config] | None = None,
) -> Service:
    """Start the player, load the models, wire all to a duet.

    `memory_fd` is the player's end of the `memory` ports; `told` hears of each turn when it is
    over, `overhear` all that the two processes say; `read` reads the configuration again, where it
    can be reloaded. Raises ModelError before anything is started where the model is not there, or
    knows other styles, PortError on a system whose sockets the two processes cannot talk over.
    """
    if not sys.platform.startswith("linux"):
        raise PortError(f"improvd run needs Linux for now; this is {sys.platform}")
    for each in for_voices(config):
        find_in_style(each.model.name, each.model.style)
    claim = Claim(config.midi.name)
    inherit = [] if memory_fd is None else [memory_fd]
    lost, sounding = lost_connections(config.midi.name), may_sound(config)
    link = PlayerLink(player_settings(config, memory_fd), inherit, overhear, lost, sounding)
    link.start(Seconds(time.monotonic()))
    try:
        # Imported only now: the player starts while onnxruntime loads.
        from improvd.daemon.desk import Desk  # noqa: PLC0415
        from improvd.daemon.duet import Duet  # noqa: PLC0415
        from improvd.daemon.exchange import Exchange  # noqa: PLC0415
        from improvd.daemon.figures import Overview, Parts  # noqa: PLC0415
        from improvd.daemon.metrics import serve  # noqa: PLC0415
        from improvd.daemon.renewal import Renewal  # noqa: PLC0415
        from improvd.daemon.service import Service  # noqa: PLC0415
        from improvd.daemon.tape import Tape  # noqa: PLC0415

        exchanges = [
            Exchange(each.model.name, each.model.device, sampler(each), style=each.model.style)
            for each in for_voices(config)
        ]
        duet = Duet(config, exchanges, link.send, told=told)
        tape = Tape(config)
        metrics = serve(config.status.prometheus)
        desk = Desk(config, duet, exchanges, link.send, record=tape.take)
        renewal = Renewal(read, config, desk, link) if read else None
    except BaseException:
        link.stop()
        claim.close()
        raise
    gc.freeze()  # what is there now stays: the collector need not look at it again

    def ready() -> None:
        for each in exchanges:
            each.ready()

    now, name = Seconds(time.monotonic()), config.midi.name
    parts = Parts(name, link, desk, exchanges, Counts(config.tempo.bpm), started=now, now=now)
    overview = Overview(parts, publish=metrics.publish if metrics else None)

    def ended() -> None:
        tape.close()
        if metrics:
            metrics.close()
        claim.close()

    return Service(name, link, desk, overview, ready, ended=ended, renewal=renewal)


def sampler(config: Config) -> Sampler:
    """How notes are drawn."""
    from improvd.models.sampling import Sampler  # noqa: PLC0415 - as above

    model = config.model
    seed = None if model.seed == "random" else model.seed
    return Sampler(model.temperature, model.top_k, model.top_p, seed, config.sampling.restless)
