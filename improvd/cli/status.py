"""`improvd status`: how the running daemon is, in a dozen lines."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import click

Told = Mapping[str, Any]  # what the daemon answers

_DAY, _HOUR, _MINUTE = 86_400, 3_600, 60  # seconds


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object instead.")
@click.option("--config", type=click.Path(path_type=Path), help="A config.toml, instead of yours.")
@click.option("--name", help="Which improvd, where several run.")
def command(config: Path | None, name: str | None, *, as_json: bool) -> None:
    """Show whose turn it is, what answers, in which tempo, through which ports, and how well."""
    from improvd.cli._request import request  # noqa: PLC0415 - only this verb pays for it

    told = json.loads(request("status", config, name))
    if as_json:
        print(json.dumps(told, indent=2))
        return
    for subject, lines in _LINES.items():
        for number, line in enumerate(lines(told)):
            print(f"{'' if number else subject:9} {line}")


def _connections(told: Told) -> Iterator[str]:
    yield from (f"{source} -> {sink}" for source, sink in told["connections"])
    if not told["connections"]:
        yield "nothing"


def _models(told: Told) -> Iterator[str]:
    for model, style, device in zip(told["model"], told["style"], told["device"], strict=True):
        yield f"{model} in style {style} on {device}" if style else f"{model} on {device}"


def _ports(told: Told) -> Iterator[str]:
    open_ = "{backend}: hears at {hears}, plays at {plays}"
    yield open_.format_map(told) if told["backend"] else "none is open: see the log"


def _chord(told: Told) -> Iterator[str]:
    if told["chord_source"] != "none":
        yield f"{told['chord'] or 'none yet'}, from the {told['chord_source'].replace('_', ' ')}"


def _late(told: Told) -> Iterator[str]:
    yield _spread(told["lateness_seconds"])


def _steps(told: Told) -> Iterator[str]:
    yield from map(_spread, told["step_seconds"])


def _line(words: str) -> Callable[[Told], list[str]]:
    return lambda told: [words.format_map(told)]


_LINES: Final[Mapping[str, Callable[[Told], Iterator[str] | list[str]]]] = {
    "improvd": lambda told: [f"{told['version']}, {told['name']}, up {_span(told)}"],
    "turn": _line("{turn}, in mode {mode}"),
    "model": _models,
    "tempo": _line("{tempo_bpm:.1f} bpm, from {tempo_source}"),
    "chord": _chord,
    "ports": _ports,
    "connected": _connections,
    "notes": _line("{notes_heard} heard, {notes_played} played in {answers} answers"),
    "lateness": _late,
    "steps": _steps,
    "trouble": _line(
        "{notes_dropped} notes too late, {xruns} xruns, {lost_reports} reports lost, "
        "{echoes} echoes, {player_restarts} new players"
    ),
}


def _spread(found: Mapping[str, float]) -> str:
    if not found["number"]:
        return "none yet"
    return ", ".join(
        f"{words} {found[key] * 1000:.3g} ms"
        for words, key in (("half within", "half"), ("99 % within", "p99"), ("the worst", "worst"))
    )


def _span(told: Told) -> str:
    """The uptime in its two largest units."""
    left, words = int(told["uptime_seconds"]), list[str]()
    for unit, size in (("d", _DAY), ("h", _HOUR), ("min", _MINUTE), ("s", 1)):
        count, left = divmod(left, size)
        if count or words or unit == "s":
            words.append(f"{count} {unit}")
    return " ".join(words[:2])
