"""What the mind tells a new player: plain values only, so that they can travel as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from improvd.core.source import Source
from improvd.core.units import Beats, Bpm, Channel, Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Named, and with the ranges, as in the configuration."""

    backend: str
    name: str
    input: str | Sequence[str]
    output: str
    clock_input: str
    controls_input: str | Sequence[str]
    input_channels: str | Sequence[Channel]
    thru: bool
    controls: Sequence[Source]  # that are mapped; as JSON their fields
    late: Seconds
    input_latency: Seconds
    output_latency: Seconds
    clock_latency: Seconds
    max_note: Seconds
    bpm: Bpm
    bar: Beats  # of tempo.meter
    source: str  # tempo.source
    send_clock: bool
    quantum: int = 0  # frames; 0: none are asked for
    split: int = 0  # notes below it cut no answer
    chords: Channel | None = None  # what comes on it is no playing
    memory_fd: int | None = None  # the memory backend's socket
    muted: bool = False
    log_level: str = "info"
    log_format: str = "auto"
    again: bool = False  # another try: what is wrong has been said already
