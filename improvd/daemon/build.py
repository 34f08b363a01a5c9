"""The one function that puts the daemon together: a configuration becomes a service."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from improvd.config import Config
from improvd.config.change import for_voices
from improvd.core.units import PITCHES, Channel, Pitch, Seconds, seconds
from improvd.daemon.control import Claim, lost_connections
from improvd.daemon.counts import Counts
from improvd.daemon.link import Overhear, PlayerLink
from improvd.daemon.log import Turn
from improvd.daemon.settings import mapped
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


def lowest_played(config: Config) -> int:
    """The lowest pitch that is not the left hand's chords."""
    return config.chords.split if config.chords.source == "left_hand" else 0


def may_sound(config: Config) -> list[tuple[Channel, Pitch]]:
    """What a daemon that was killed may have left on: any key of its answers."""
    channels = {each.midi.output_channel for each in for_voices(config)}
    return [(channel, Pitch(pitch)) for channel in sorted(channels) for pitch in PITCHES]


def player_settings(config: Config, memory_fd: int | None = None) -> dict[str, Any]:
    """What the player is told of the configuration: plain values."""
    midi = config.midi
    return {
        "backend": "memory" if memory_fd is not None else midi.backend,
        "name": midi.name,
        "input": midi.input,
        "output": midi.output,
        "clock_input": midi.clock_input,
        "controls_input": midi.controls_input,
        "quantum": 0 if midi.quantum == "off" else midi.quantum,
        "input_channels": midi.input_channels,
        "thru": midi.thru,
        "controls": list(mapped(config)),
        "late": config.play.late,
        "input_latency": seconds(midi.input_latency),
        "output_latency": seconds(midi.output_latency),
        "clock_latency": seconds(midi.clock_latency),
        "max_note": config.play.max_note,
        "bpm": config.tempo.bpm,
        "bar": config.tempo.meter.bar,
        "source": config.tempo.source,
        "send_clock": config.tempo.send_clock,
        "split": max(0 if midi.split == "off" else midi.split, lowest_played(config)),
        "chords": config.chords.channel if config.chords.source == "channel" else None,
        "memory_fd": memory_fd,
        "log_level": config.log.level,
        "log_format": config.log.format,
    }
