"""`python -m improvd.bench.overheard --config FILE`: the daemon, and what its processes say.

As `improvd run --verbose`; each message between mind and player goes to a file beside the
configuration as well, one packet a line.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from improvd.config import load_config
from improvd.core.units import Seconds
from improvd.daemon.build import build
from improvd.play.logs import log_to_stderr
from improvd.play.messages import Begin, Message, Play, Sent
from improvd.play.packets import pack, unpack
from improvd.ports.wire import NOTE_ON

_FILE: Final = "overheard"


class Answer(NamedTuple):
    """How many of its notes were planned, and how late each one went out."""

    planned: int
    late: list[Seconds]


def answers(config: Path) -> list[Answer]:
    """All that there were by now, as they were overheard beside this configuration."""
    lines = config.with_name(_FILE).read_bytes().splitlines()
    said = [message for line in lines for message in unpack(line)]
    return [_answer(each.answer, said) for each in said if isinstance(each, Begin)]


def _answer(number: int, said: Sequence[Message]) -> Answer:
    plays = [each for each in said if isinstance(each, Play) and each.answer == number]
    rows = [row for each in said if isinstance(each, Sent) for row in each.events]
    ons = [row for row in rows if row[0] == number and row[3] & 0xF0 == NOTE_ON]
    late = [Seconds(actual - planned) for _, planned, actual, *_ in ons]
    return Answer(sum(len(each.notes) for each in plays), late)


def main(arguments: Sequence[str]) -> None:
    """Be the daemon."""
    log_to_stderr("debug")
    config = Path(arguments[-1])
    with config.with_name(_FILE).open("wb", buffering=0) as file:

        def overhear(message: Message) -> None:
            file.write(pack([message])[0] + b"\n")

        build(load_config(config), overhear=overhear).run()


if __name__ == "__main__":
    main(sys.argv[1:])
