"""`improvd judge`: does a model listen to what is played to it?"""

import json
import sys
from pathlib import Path

import click


@click.command("judge")
@click.argument("model")
@click.option("--data", required=True, type=click.Path(path_type=Path), help="The dataset folder.")
@click.option("-n", "count", default=200, show_default=True, help="Phrases to ask about.")
@click.option("--seed", default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def command(model: str, data: Path, count: int, seed: int, *, as_json: bool) -> None:
    """Compare a held-out phrase with another tune's phrase, by what MODEL makes of it.

    MODEL is a name or a .onnx file. Exit code 1 where a 95 % interval does not exclude zero.
    """
    from improvd.engine.library import find_model  # noqa: PLC0415 - only this verb pays for it
    from improvd.train.measure.judge import Judge  # noqa: PLC0415 - the same

    findings = Judge(find_model(model), data).findings(count, seed)
    if as_json:
        click.echo(json.dumps([found._asdict() for found in findings], indent=2))
    else:
        click.echo(f"{'':24}{'own':>9}{'other':>9}{'differ':>9}   95 % interval")
        for found in findings:
            figures = f"{found.own:9.4f}{found.other:9.4f}{found.difference:9.4f}"
            click.echo(f"{found.question:24}{figures}   {found.low:.4f} .. {found.high:.4f}")
    sys.exit(0 if all(found.holds for found in findings) else 1)
