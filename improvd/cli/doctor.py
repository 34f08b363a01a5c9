"""`improvd doctor`: look at all that improvd needs here, and name the cure of what is wrong."""

from __future__ import annotations

import json

import click

from improvd.cli._checks import CHECKS, printed


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list instead.")
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:  # noqa: FBT001 - click hands it
    """Look for what is wrong here, and name the cure. Exits with 1 when something is wrong.

    Tries the MIDI systems, the rights to realtime scheduling, onnxruntime and every model, and
    measures for two seconds how late a sleeping thread wakes. A warning is worth a look; a fault
    keeps improvd from playing.
    """
    findings = (finding for check in CHECKS for finding in check())
    if as_json:
        seen = list(findings)
        print(json.dumps([finding._asdict() for finding in seen], indent=2))
    else:
        seen = list(printed(findings))
    context.exit(int(any(finding.state == "fault" for finding in seen)))
