"""`improvd bench`: what a player would feel, measured."""

import json
import sys

import click


@click.command("bench")
@click.argument("what", nargs=-1)
@click.option("--full", is_flag=True, help="As many as docs/benchmarks.md quotes: half an hour.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def command(*, what: tuple[str, ...], full: bool, as_json: bool) -> None:
    """Measure what a player would feel, over a jackd of its own. Without WHAT: everything."""
    from improvd.bench.figures import FIGURES, FULL, SHORT  # noqa: PLC0415 - only this verb pays for it
    from improvd.bench.rig import jack_server  # noqa: PLC0415 - the same

    if unknown := set(what) - FIGURES.keys():
        raise click.BadArgumentUsage(
            f"no figure {unknown.pop()!r}; there are: {', '.join(FIGURES)}"
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
