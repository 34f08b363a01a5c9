"""What a parser owes: `attempt` hands bytes to one.

Either it refuses them with a fault of the kinds in its row, told in short lines, or what it has
read keeps its promises: what can be written again is read again as the same. Knows no parser.
"""

import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]
LINE = 1000  # characters that a line of a fault may have
LINES = 200  # of a fault


class Parser(NamedTuple):
    """`reads` raises what `refuses` names, and nothing else; `keeps` raises nothing.

    `seeds` are bytes as they should be; `large` makes about so many bytes that cost much.
    """

    reads: Callable[[bytes], Any]
    seeds: Callable[[], list[bytes]]
    refuses: tuple[type[Exception], ...] = ()
    keeps: Callable[[Any], object] = lambda _: None
    large: Callable[[int], bytes] = lambda size: b"\x90\x3c\x40" * (size // 3)


def attempt(parser: Parser, data: bytes) -> bool:
    """Let it read these bytes; has it taken them? Raises what is a fault of ours."""
    try:
        found = parser.reads(data)
    except parser.refuses as fault:
        lines = str(fault).splitlines()
        assert len(lines) <= LINES
        assert all(len(line) <= LINE and line.isprintable() for line in lines), lines
        return False
    parser.keeps(found)
    return True


@cache
def _place() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="fuzz")  # removed when the program ends


def folder() -> Path:
    return Path(_place().name)


def at(name: str) -> Path:
    return folder() / name


def of_file(name: str, read: Callable[[Path], Any]) -> Callable[[bytes], Any]:
    """A reader of bytes out of a reader of files of this name."""

    def reads(data: bytes) -> Any:
        at(name).write_bytes(data)
        return read(at(name))

    return reads
