"""`improvd bench`: what a player would feel, measured."""

import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import click

from improvd.ports.quiet import libraries_silenced


@click.command("bench")
@click.argument("what", nargs=-1)
@click.option("--full", is_flag=True, help="As many as docs/benchmarks.md quotes: half an hour.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@click.option("--data", type=click.Path(path_type=Path), help="The folder of `improvd bench text`.")
def command(*, what: tuple[str, ...], full: bool, as_json: bool, data: Path | None) -> None:
    """Measure what a player would feel, over a jackd of its own. Without WHAT: everything.

    `improvd bench step` is apart: how long one step of a model takes, by its size and the device.
    It needs no jackd, but what training needs, and five minutes. So is `improvd bench train`: how
    fast training goes beside torch, which has to be installed for it. And `improvd bench text`:
    whether the MIDI files below --data come back from text with the same events at the same ticks.
    And `improvd bench restless`: how much of what a model plays goes round in loops, with
    sampling.restless and without.
    """
    if (what == ("text",)) != (data is not None):
        raise click.UsageError("improvd bench text goes with --data DIR, its folder of MIDI files")
    if data is not None:
        click.get_current_context().exit(_text(data, as_json=as_json))
    alone: dict[str, Callable[..., int]] = {
        "step": partial(_step, full=full),
        "train": _train,
        "restless": _restless,
    }
    if len(what) == 1 and what[0] in alone:
        click.get_current_context().exit(alone[what[0]](as_json=as_json))
    from improvd.bench.figures import FIGURES, FULL, SHORT  # noqa: PLC0415 - only this verb pays for it
    from improvd.bench.rig import jack_server  # noqa: PLC0415 - the same

    if unknown := set(what) - FIGURES.keys():
        raise click.BadArgumentUsage(
            f"no figure {unknown.pop()!r}; there are: {', '.join(FIGURES)}; "
            "alone: step, train, restless, text"
        )
    held, rows = True, []
    with jack_server():
        for name in what or FIGURES:
            for figure in FIGURES[name](FULL if full else SHORT):
                held &= figure.holds
                rows.append(figure._asdict() | {"holds": figure.holds})
                if not as_json:
                    click.echo(str(figure))
    if as_json:
        click.echo(json.dumps(rows, indent=2))
    sys.exit(0 if held else 1)


def _step(*, full: bool, as_json: bool) -> int:
    """Measure the steps; the exit code."""
    from improvd.bench.step import FULL, SHORT, figures, tables, timings  # noqa: PLC0415 - the same

    measured = []
    for each in timings(FULL if full else SHORT):
        click.echo(f"{each.size}, {each.way}, {each.pace}: {each}", err=True)
        measured.append(each)
    judged = list(figures(measured))
    if as_json:
        click.echo(json.dumps([each._asdict() for each in measured], indent=2))
    else:
        click.echo("\n".join([tables(measured), "", *map(str, judged)]))
    return 0 if all(figure.holds for figure in judged) else 1


def _train(*, as_json: bool) -> int:
    """Measure training; the exit code."""
    with libraries_silenced():  # TensorFlow's greetings are no news
        from improvd.bench.training import figure  # noqa: PLC0415 - TensorFlow takes seconds

    found = figure()
    click.echo(json.dumps(found._asdict(), indent=2) if as_json else str(found))
    return 0 if found.holds else 1


def _restless(*, as_json: bool) -> int:
    """Measure how much goes round in loops; the exit code."""
    from improvd.bench.restless import Extent, figures  # noqa: PLC0415 - only this verb pays for it

    found = list(figures(Extent()))
    rows = [figure._asdict() | {"holds": figure.holds} for figure in found]
    click.echo(json.dumps(rows, indent=2) if as_json else "\n".join(map(str, found)))
    return 0 if all(figure.holds for figure in found) else 1


def _text(folder: Path, *, as_json: bool) -> int:
    """Send every file through text and back; the exit code."""
    from improvd.bench.text import figure  # noqa: PLC0415 - only this verb pays for it

    found, faults = figure(folder)
    for fault in faults:
        click.echo(fault, err=True)
    click.echo(json.dumps(found._asdict(), indent=2) if as_json else str(found))
    return 0 if found.holds else 1
