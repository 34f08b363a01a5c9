"""`improvd bench`: what a player would feel, measured."""

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from improvd.ports.quiet import libraries_silenced

if TYPE_CHECKING:
    from improvd.bench.figure import Figure


class Asked(NamedTuple):
    """What the options say."""

    full: bool
    data: Path | None
    model: str
    period: int  # frames


@click.command("bench")
@click.argument("what", nargs=-1)
@click.option("--full", is_flag=True, help="As many as docs/benchmarks.md quotes: half an hour.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@click.option(
    "--data", type=click.Path(path_type=Path), help="Of `text`, `follow` or `phrases`: the folder."
)
@click.option(
    "--model", default="melody-attention", show_default=True, help="Whose `answers` or `manner`."
)
@click.option(
    "--period",
    type=click.Choice([str(1 << power) for power in range(5, 12)]),
    default="128",
    show_default=True,
    help="Frames a cycle of that jackd.",
)
def command(
    *, what: tuple[str, ...], full: bool, as_json: bool, data: Path | None, model: str, period: str
) -> None:
    """Measure what a player would feel, over a jackd of its own.

    WHAT is any of these, without it all of them:

    \b
    reply     from the end of a phrase to its answer
    onsets    how exactly notes keep their distances while the machine is busy
    thru      from a note at the input to the same at the output
    cut       from playing into an answer to its last note-off
    clock     how near answers are to clocks outside, and the clock that is sent
    changes   what hands change while it answers: notes lost or late
    takeover  models that take over on the way: notes lost or late
    voices    four voices at once: notes lost or late
    chart     how much of what jazz-player plays over a ii-V-I fits its chords
    start     from `improvd run` to ports and model being there
    idle      CPU and memory while nobody plays
    grid      whether phrases are counted on their true grid, whatever the tempo
    state     a model after barge-ins against a fresh one that was fed with the log

    Or one of these, alone and without a jackd:

    \b
    step      how long one step of a model takes, by its size and the device; needs `train`'s extra
    train     how fast training goes beside torch, which has to be installed for it
    restless  how much goes round in loops, with sampling.restless and without
    answers   whether 100 answers of 30 s of --model sound, move, and end every note
    manner    how near answers of --model come to density and register of their phrases
    text      whether MIDI files below --data come back from text with the same events
    follow    whether the tempo is heard from playing, on POP909 below --data
    phrases   how often a phrase is taken for over too early, on marked solos below --data
    """  # noqa: D301 - click's own mark of lines that stay as they are
    if (what in _OF_MUSIC) != (data is not None):
        raise click.UsageError(
            "improvd bench text, follow or phrases goes with --data DIR, its music"
        )
    asked = Asked(full, data, model, int(period))
    alone = _ALONE.get(what[0]) if len(what) == 1 else None
    held, rows = True, []
    for figure in alone(asked) if alone else _over_jackd(what, asked):
        held &= figure.holds
        rows.append(figure._asdict() | {"holds": figure.holds})
        if not as_json:
            click.echo(str(figure))
    if as_json:
        click.echo(json.dumps(rows, indent=2))
    click.get_current_context().exit(0 if held else 1)


def _over_jackd(what: Iterable[str], asked: Asked) -> Iterator["Figure"]:
    from improvd.bench.figures import FIGURES, FULL, SHORT  # noqa: PLC0415 - only this verb pays for it
    from improvd.bench.rig import jack_server  # noqa: PLC0415 - the same
    from improvd.bench.timekeeper import Timekeeper  # noqa: PLC0415 - the same

    if unknown := set(what) - FIGURES.keys():
        raise click.BadArgumentUsage(
            f"no figure {unknown.pop()!r}; there are: {', '.join(FIGURES)}; "
            f"alone: {', '.join(_ALONE)}"
        )
    with jack_server(asked.period):
        for name in what or FIGURES:
            keeper = Timekeeper()
            yield from FIGURES[name](FULL if asked.full else SHORT)
            click.echo(f"  {name}: {keeper.over()}", err=True)


def _step(asked: Asked) -> Iterator["Figure"]:
    from improvd.bench.step import FULL, SHORT, figures, tables, timings  # noqa: PLC0415 - the same

    measured = []
    for each in timings(FULL if asked.full else SHORT):
        click.echo(f"{each.size}, {each.way}, {each.pace}: {each}", err=True)
        measured.append(each)
    click.echo(f"\n{tables(measured)}\n", err=True)
    yield from figures(measured)


def _train(_: Asked) -> Iterator["Figure"]:
    with libraries_silenced():  # TensorFlow's greetings are no news
        from improvd.bench.training import figure  # noqa: PLC0415 - TensorFlow takes seconds

    yield figure()


def _restless(_: Asked) -> Iterator["Figure"]:
    from improvd.bench.restless import Extent, figures  # noqa: PLC0415 - only this verb pays for it

    yield from figures(Extent())


def _answers(asked: Asked) -> Iterator["Figure"]:
    from improvd.bench.answers import COUNT, figures  # noqa: PLC0415 - only this verb pays for it

    yield from figures(asked.model, COUNT)


def _manner(asked: Asked) -> Iterator["Figure"]:
    from improvd.bench.manner import COUNT, figures  # noqa: PLC0415 - only this verb pays for it

    yield from figures(asked.model, COUNT)


def _text(asked: Asked) -> Iterator["Figure"]:
    from improvd.bench.text import figure  # noqa: PLC0415 - only this verb pays for it

    assert asked.data  # noqa: S101 - as `command` has seen
    found, faults = figure(asked.data)
    for fault in faults:
        click.echo(fault, err=True)
    yield found


def _follow(asked: Asked) -> Iterator["Figure"]:
    from improvd.bench.follow import figures  # noqa: PLC0415 - only this verb pays for it

    assert asked.data  # noqa: S101 - as `command` has seen
    yield from figures(asked.data)


def _phrases(asked: Asked) -> Iterator["Figure"]:
    from improvd.bench.phrases import figures, scores, table  # noqa: PLC0415 - the same

    assert asked.data  # noqa: S101 - as `command` has seen
    found = scores(asked.data)
    click.echo(f"\n{table(found)}\n", err=True)
    yield from figures(found)


_OF_MUSIC: Final = (("text",), ("follow",), ("phrases",))
_ALONE: Final[dict[str, Callable[[Asked], Iterator["Figure"]]]] = {
    "step": _step,
    "train": _train,
    "restless": _restless,
    "text": _text,
    "follow": _follow,
    "phrases": _phrases,
    "answers": _answers,
    "manner": _manner,
}
