"""What the player is told of the configuration, as plain values: it knows no configuration."""

from __future__ import annotations

from typing import Any

from improvd.config import Config
from improvd.config.change import for_voices
from improvd.core.units import PITCHES, Channel, Pitch, seconds
from improvd.daemon.settings import mapped


def player_settings(config: Config, memory_fd: int | None = None) -> dict[str, Any]:
    """All of it; `memory_fd` is the player's end of the `memory` ports, None: it has others."""
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
        "split": max(0 if midi.split == "off" else midi.split, _lowest_played(config)),
        "chords": config.chords.channel if config.chords.source == "channel" else None,
        "memory_fd": memory_fd,
        "log_level": config.log.level,
        "log_format": config.log.format,
    }


def may_sound(config: Config) -> list[tuple[Channel, Pitch]]:
    """What a daemon that was killed may have left on: any key of its answers."""
    channels = {each.midi.output_channel for each in for_voices(config)}
    return [(channel, Pitch(pitch)) for channel in sorted(channels) for pitch in PITCHES]


def _lowest_played(config: Config) -> int:
    """The lowest pitch that is not the left hand's chords."""
    return config.chords.split if config.chords.source == "left_hand" else 0
