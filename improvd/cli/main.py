"""The `improvd` command: finds the verb, and turns every fault into one line and an exit code.

A verb is a module with a click command named `command`. It is imported when it is asked for, so
that `improvd --help` starts at once and needs nothing but click.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from typing import NoReturn

import click

from improvd import __version__
from improvd.errors import ImprovdError

VERBS = {
    "run": "Listen and answer until stopped.",
    "jam": "Let a MIDI file play with improvd; save both.",
    "takes": "Show and copy the jams that were kept.",
    "continue": "Let a model go on from a MIDI file, or from nothing.",
    "learn": "Let the control that is moved next move something from now on.",
    "ports": "Show the MIDI ports and what would be connected.",
    "models": "Show the cards of the models that are there.",
    "status": "Show how the running daemon is.",
    "mode": "Show or change who plays when.",
    "start": "Let the running daemon answer now.",
    "stop": "Let its answer end.",
    "reload": "Let it read its configuration again.",
    "panic": "Silence every note.",
    "service": "Run it as a service of systemd.",
    "doctor": "Look for what is wrong here, and name the cure.",
    "bench": "Measure what a player would feel.",
    "dataset": "Make training data of music files.",
    "train": "Train a model.",
    "evaluate": "Measure how well held-out music is foretold.",
    "export": "Make a trained model playable.",
    "judge": "Measure how well a model answers.",
    "midi2text": "Write a MIDI file as text of event tokens.",
    "text2midi": "Make a MIDI file of text of event tokens.",
}
# What a module that is not installed comes with.
_EXTRAS = {"matplotlib": "plot"} | dict.fromkeys(
    ("tensorflow", "keras", "onnx", "symusic", "tensorboard", "tqdm"), "train"
)
_INTERRUPTED = 130  # 128 + SIGINT, as shells count
_PIPE_CLOSED = 141  # 128 + SIGPIPE


class _Verbs(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click hands it
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - same
        if cmd_name not in VERBS:
            return None
        command = import_module(f"improvd.cli.{cmd_name}").command
        assert isinstance(command, click.Command)  # noqa: S101 - else a bug of ours
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in VERBS:
            close = get_close_matches(args[0], VERBS, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else f"; it has: {', '.join(VERBS)}"
            raise click.UsageError(f"improvd has no verb {args[0]!r}{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - same
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


@click.command(cls=_Verbs, subcommand_metavar="VERB ...", options_metavar="")
@click.version_option(__version__, message="%(prog)s %(version)s")
def improvd() -> None:
    """Play a phrase on a MIDI keyboard; improvd answers, in tempo."""


def main() -> NoReturn:
    """What the installed command calls."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Do what `arguments` say; the exit code."""
    try:
        with improvd.make_context("improvd", list(arguments) or ["--help"]) as context:
            improvd.invoke(context)
        sys.stdout.flush()
    except (KeyboardInterrupt, click.Abort):
        return _INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has seen enough; nothing is left to be flushed at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _PIPE_CLOSED
    except click.exceptions.Exit as left:
        return left.exit_code
    except (ImprovdError, click.ClickException, ModuleNotFoundError) as fault:
        for line in _told(fault).splitlines():
            print(f"improvd: {line}", file=sys.stderr)
        return getattr(fault, "exit_code", 1)
    return 0


def _told(fault: Exception) -> str:
    """What the user is told of `fault`; a bug of ours is raised again."""
    if isinstance(fault, ModuleNotFoundError):
        if fault.name not in _EXTRAS:
            raise fault
        return f"{fault.name} is not installed: pip install 'improvd[{_EXTRAS[fault.name]}]'"
    return fault.format_message() if isinstance(fault, click.ClickException) else str(fault)
