"""Every table and key of config.toml: its type, its range, its default; and the presets.

This is the one place that says so: the checks and the "allowed" part of each message are both read
from the annotations here. Knows no file and no command line.
"""

from typing import Annotated, Any, Final, Literal, get_type_hints

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    Strict,
    model_validator,
)

from improvd.config.values import (
    ChannelNumber,
    ChannelNumbers,
    ChartText,
    Density,
    FileName,
    Knob,
    Latency,
    MeterText,
    ModelName,
    Off,
    PitchNumber,
    PortName,
    PortNames,
    ProgramName,
    RuleNames,
    Span,
    StyleName,
    Switch,
)
from improvd.core.tempo import Meter
from improvd.core.units import (
    FASTEST,
    SLOWEST,
    Bpm,
    Channel,
    Milliseconds,
    Pitch,
    Seconds,
)


class Table(BaseModel):
    """A table of the file: nothing unknown in it, nothing converted silently, never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Midi(Table):
    """Where notes come from and go to."""

    backend: Literal["auto", "jack", "alsa", "rtmidi-jack", "coremidi", "winmm", "memory"] = "auto"
    name: ProgramName = "improvd"
    input: Literal["auto", "virtual"] | PortNames = "auto"
    output: Literal["virtual"] | PortName = "virtual"
    clock_input: Literal["input", "virtual"] | PortName = "input"
    controls_input: Literal["input", "virtual"] | PortNames = "input"
    quantum: Off | Annotated[int, Field(ge=16, le=8192)] = 256
    input_channels: Literal["all"] | ChannelNumbers = "all"
    output_channel: ChannelNumber = Channel(1)
    split: Literal["off"] | PitchNumber = "off"
    thru: bool = False
    input_latency: Latency = Milliseconds(0.0)
    output_latency: Latency = Milliseconds(0.0)
    clock_latency: Latency = Milliseconds(0.0)
    state_cc: Off | Annotated[int, Field(ge=0, le=127)] = "off"


class Tempo(Table):
    """The grid that playing is heard on and answered on."""

    source: Literal["auto", "internal", "follow", "tap", "midi-clock", "jack", "link"] = "auto"
    bpm: Annotated[Bpm, Field(ge=SLOWEST, le=FASTEST)] = Bpm(120.0)
    meter: MeterText = Meter(4, 4)
    on_stop: Literal["follow", "silent"] = "follow"
    send_clock: bool = False


class Turns(Table):
    """Whose turn it is, when a phrase is over, and what its answer is like."""

    mode: Literal["answer", "trade", "duet", "solo", "manual", "listen"] = "answer"
    trade: Annotated[int, Field(ge=1, le=32)] = 4
    silence: (
        Literal["auto", "beat", "energy", "patient"] | Annotated[Seconds, Field(ge=0.05, le=10)]
    ) = "patient"
    max_hold: Annotated[Seconds, Field(ge=0.5, le=600)] = Seconds(8.0)
    min_notes: Annotated[int, Field(ge=1, le=64)] = 3
    memory: Annotated[int, Field(ge=0, le=16)] = 1
    start: Literal["now", "beat", "bar"] = "beat"
    length: Literal["phrase"] | Annotated[int, Field(ge=1, le=32)] = "phrase"
    density: Density = "phrase"
    range: Span = "phrase"
    polyphony: Annotated[int, Field(ge=1, le=88)] = 8
    interrupt: Literal["stop", "finish", "ignore"] = "stop"
    quantize: Literal["off", "1/4", "1/8", "1/8T", "1/16", "1/16T", "1/32"] = "off"
    strength: Annotated[float, Field(ge=0, le=1)] = 1.0
    swing: Annotated[float, Field(ge=50, le=75)] = 50.0


class Model(Table):
    """Which model answers, and how its notes are drawn."""

    name: ModelName = "melody-attention"
    style: StyleName = ""
    device: Literal["auto", "cuda", "cpu"] = "auto"
    temperature: Annotated[float, Field(ge=0, le=5)] = 0.9
    top_k: Annotated[int, Field(ge=0, le=1000)] = 0
    top_p: Annotated[float, Field(ge=0.01, le=1)] = 0.95
    seed: Literal["random"] | Annotated[int, Field(ge=0, le=2**32 - 1)] = "random"


class Sampling(Table):
    """What is done to the drawing when the music does not move."""

    restless: Annotated[float, Field(ge=0, le=1)] = 0.5


class Play(Table):
    """How the answer is brought to the port."""

    lookahead: Annotated[float, Field(ge=0.25, le=16)] = 1.0
    late: Annotated[Seconds, Field(ge=0.005, le=1)] = Seconds(0.05)
    max_note: Annotated[Seconds, Field(ge=0.1, le=60)] = Seconds(8.0)


class Chords(Table):
    """What is played over, and where that is known from."""

    source: Literal["none", "chart", "left_hand", "channel"] = "none"
    chart: Off | ChartText = "off"
    file: Off | FileName = "off"  # whose chart is then `chart`
    split: PitchNumber = Pitch(60)
    channel: ChannelNumber = Channel(16)


class Jazz(Table):
    """What notes models of the jazz family choose, and what is done to them."""

    colour: Annotated[float, Field(ge=-5, le=5)] = 1.1
    rules: RuleNames = ("leaps", "repeats")


class Takes(Table):
    """What is kept of a jam, and for how long."""

    keep: bool = True
    pause: Annotated[Seconds, Field(ge=5, le=3600)] = Seconds(120.0)
    size: Annotated[int, Field(ge=1, le=1_000_000)] = 500
    days: Off | Annotated[int, Field(ge=1, le=36_500)] = "off"


class Status(Table):
    """Who else may look at how the daemon is."""

    prometheus: Off | Annotated[int, Field(ge=1024, le=65_535)] = "off"


class Log(Table):
    """What is said on standard error, and how."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "plain", "journal", "json"] = "auto"


class Controls(Table):
    """What is moved, and what it moves."""

    temperature: Off | Knob = "off"
    density: Off | Knob = "off"
    length: Off | Knob = "off"
    mode: Off | Switch = "off"
    model: Off | Switch = "off"
    hand: Off | Switch = "off"
    start: Off | Switch = "off"
    stop: Off | Switch = "off"
    tap: Off | Switch = "off"
    mute: Off | Switch = "off"
    thru: Off | Switch = "off"
    panic: Off | Switch = "off"


class Settings(Table):
    """The tables."""

    midi: Midi = Midi()
    tempo: Tempo = Tempo()
    turns: Turns = Turns()
    model: Model = Model()
    sampling: Sampling = Sampling()
    play: Play = Play()
    chords: Chords = Chords()
    jazz: Jazz = Jazz()
    takes: Takes = Takes()
    log: Log = Log()
    status: Status = Status()
    controls: Controls = Controls()


class Preset(Table):
    """Some keys of the file under a name; those that are not set in it stay as they are."""

    name: Annotated[str, Field(min_length=1, description="a name")]
    settings: Settings = Settings()

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, written: object) -> object:
        """In the file the keys stand beside the name."""
        if not isinstance(written, dict) or isinstance(written.get("settings"), Settings):
            return written
        tables = {key: value for key, value in written.items() if key != "name"}
        return {key: written[key] for key in ("name",) if key in written} | {"settings": tables}


class Voice(Table):
    """One more that answers, beside the first; what it leaves out is as `model` and `turns` say."""

    model: ModelName
    style: StyleName | None = None
    channel: ChannelNumber
    range: Span | None = None
    density: Density | None = None


MORE_VOICES: Final = 3  # at most


class Config(Settings):
    """The whole of config.toml; without arguments, the defaults."""

    voice: Annotated[tuple[Voice, ...], Strict(strict=False), Field(max_length=MORE_VOICES)] = ()
    preset: Annotated[tuple[Preset, ...], Strict(strict=False)] = ()


def _keys(table: type[Table]) -> dict[str, Any]:
    hints = get_type_hints(table, include_extras=True)
    return {key: hints[key] for key in table.model_fields}


KEYS: Final[dict[str, dict[str, Any]]] = {
    name: _keys(table) for name, table in _keys(Settings).items()
}  # table -> key -> annotation
VOICE_KEYS: Final[dict[str, Any]] = _keys(Voice)
