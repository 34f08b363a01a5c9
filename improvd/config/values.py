"""What kinds of value config.toml has: how each is read, its range, and both in words.

Knows no table and no key.
"""

from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    InstanceOf,
    Strict,
)
from pydantic.fields import FieldInfo

from improvd.config.chart import Chart
from improvd.core.source import CC, Source
from improvd.core.tempo import Meter
from improvd.core.units import (
    CHANNELS,
    PITCHES,
    Channel,
    Milliseconds,
    Pitch,
)

ProgramName = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$",
        description="1..32 letters, digits, '-', '_' or '.', a letter or digit first",
    ),
]
PortName = Annotated[str, Field(min_length=1, max_length=256, description="a port's name")]
PortNames = Annotated[
    tuple[PortName, ...],
    Strict(strict=False),
    Field(min_length=1, max_length=64, description="a list of 1..64 names"),
]


def _rising(span: tuple[Pitch, Pitch]) -> tuple[Pitch, Pitch]:
    if not PITCHES[0] <= span[0] < span[1] <= PITCHES[-1]:
        raise ValueError(span)
    return span


PitchRange = Annotated[
    tuple[Pitch, Pitch],
    Strict(strict=False),
    AfterValidator(_rising),
    Field(description="a list of two pitches 0..127, the lower first"),
]
Latency = Annotated[Milliseconds, Field(ge=-500, le=500)]
ChannelNumber = Annotated[Channel, Field(ge=CHANNELS[0], le=CHANNELS[-1])]
ChannelNumbers = Annotated[
    tuple[ChannelNumber, ...],
    Strict(strict=False),
    Field(
        min_length=1, max_length=16, description=f"a list of numbers {CHANNELS[0]}..{CHANNELS[-1]}"
    ),
]
Span = Literal["phrase", "free"] | PitchRange
Density = Literal["phrase", "free"] | Annotated[float, Field(ge=0.1, le=16)]
ModelName = Annotated[str, Field(min_length=1, description="a model's name")]


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError(text)
    return text


StyleName = Annotated[
    str,
    AfterValidator(_printable),
    Field(max_length=64, description='a style\'s name of at most 64 characters, or "" for none'),
]
PitchNumber = Annotated[Pitch, Field(ge=PITCHES[0], le=PITCHES[-1])]
MeterText = Annotated[
    InstanceOf[Meter],
    BeforeValidator(lambda value: Meter.parse(value) if isinstance(value, str) else value),
    Field(description='1..32 over 1, 2, 4, 8, 16 or 32, for example "4/4"'),
]


ChartText = Annotated[
    InstanceOf[Chart],
    BeforeValidator(lambda value: Chart.parse(value) if isinstance(value, str) else value),
    Field(description='bars such as "| Dm7 | G7 | Cmaj7 | % |"'),
]
RuleNames = Annotated[
    tuple[Literal["grid", "scale", "leaps", "repeats"], ...],
    Strict(strict=False),
    Field(max_length=4, description='a list of "grid", "scale", "leaps", "repeats"'),
]
FileName = Annotated[str, Field(min_length=1, max_length=4096, description="a file's name")]


def _source(value: object) -> object:
    return Source.parse(value) if isinstance(value, str) else value


def _knob(source: Source) -> Source:
    if source.kind != CC:
        raise ValueError(source)
    return source


_NUMBERED: Final = 'of 0..127, with " ch 1".." ch 16" behind it for one channel only'
Knob = Annotated[
    InstanceOf[Source],
    BeforeValidator(_source),
    AfterValidator(_knob),
    Field(description=f'a "cc N" {_NUMBERED}'),
]
Switch = Annotated[
    InstanceOf[Source],
    BeforeValidator(_source),
    Field(description=f'a "cc N", "note N" or "program N" {_NUMBERED}'),
]
Off = Literal["off"]


_PLAIN: Final = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}


def allowed(annotation: Any) -> str:
    """What a value of this type may be, in words: '"auto" or a number 0.05..10'."""
    kind, parts = get_origin(annotation), get_args(annotation)
    if kind is Literal:
        return ", ".join(f'"{value}"' for value in parts)
    if kind in (Union, UnionType):
        return " or ".join(allowed(part) for part in parts if part is not NoneType)
    if kind is Annotated:
        return next(_limits(parts[0], each) for each in parts if isinstance(each, FieldInfo))
    return _PLAIN[getattr(annotation, "__supertype__", annotation)]


def _limits(base: Any, field: FieldInfo) -> str:
    if field.description:
        return field.description
    low, high = field.metadata
    return f"{allowed(base)} {low.ge:.10g}..{high.le:.10g}"


def choices(annotation: Any) -> list[str]:
    """The words among the allowed values."""
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    return [word for part in get_args(annotation) for word in choices(part)]
