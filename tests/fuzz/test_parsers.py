"""Each parser of the table, with bytes that hypothesis makes of good ones, or atheris finds."""

import os
import re
import subprocess
import sys
import tracemalloc
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from parsers import PARSERS
from parsing import attempt

SECONDS = int(os.environ.get("IMPROVD_FUZZ_SECONDS", "60"))
EXAMPLES = 40
# What a parser may take for n bytes: so many calls of functions, and so much memory at once.
CALLS, CALLS_A_BYTE = 20_000, 400
MEMORY, MEMORY_A_BYTE = 4 << 20, 1000
LARGE = 1 << 12  # bytes
TWICE = 2.6  # how much more twice the bytes may take

every = pytest.mark.parametrize("parser", PARSERS.values(), ids=PARSERS)


def edited(data, edit):
    """Put some bytes in, or in place of others; leave some out; say some again."""
    what, at, much, some_bytes = edit
    start = int(at * len(data))
    end = start + int(much * (len(data) - start))
    match what:
        case "put in":
            return data[:start] + some_bytes + data[start:]
        case "put over":
            return data[:start] + some_bytes + data[start + len(some_bytes) :]
        case "leave out":
            return data[:start] + data[end:]
        case "end":
            return data[:start]
    return data[:end] + data[start:end] * (1 + len(some_bytes)) + data[end:]


SHARE = some.floats(0, 1)
WHAT = some.sampled_from(("put in", "put over", "leave out", "end", "say again"))
ODD = some.one_of(
    some.binary(max_size=4),
    some.sampled_from(
        (b"\xff" * 4, b"\0", b"-1", b"1e999", b"NaN", b"[[", b"{}", b'"', b"\n", b"9" * 9)
    ),
)
EDITS = some.lists(some.tuples(WHAT, SHARE, SHARE.map(lambda share: share**4), ODD), max_size=6)


@every
def test_good_bytes_are_taken(parser):
    assert all(attempt(parser, data) for data in parser.seeds())


@every
def test_bytes_that_were_changed_are_taken_or_refused(parser):
    seeds = parser.seeds()

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(some.sampled_from(seeds), EDITS)
    def change(data, edits):
        for edit in edits:
            data = edited(data, edit)
        attempt(parser, data)

    change()


def cost(parser, data):
    """How many functions are called for these bytes, and how much memory is taken at once."""
    calls = 0

    def count(_, event, __):
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        attempt(parser, data)
    finally:
        sys.setprofile(None)
    tracemalloc.start()
    try:
        attempt(parser, data)
        return calls, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@every
def test_many_bytes_take_no_more_than_their_share(parser):
    data, twice = parser.large(LARGE), parser.large(2 * LARGE)
    attempt(parser, data)  # what is only imported once
    calls, memory = cost(parser, data)
    assert calls < CALLS + CALLS_A_BYTE * len(data)
    assert memory < MEMORY + MEMORY_A_BYTE * len(data)
    more, larger = cost(parser, twice)
    assert more < CALLS + TWICE * calls
    assert larger < MEMORY + TWICE * memory


@pytest.mark.soak
@pytest.mark.parametrize("name", PARSERS)
def test_atheris_finds_no_fault(name, tmp_path, capsys):
    if not find_spec("atheris"):
        pytest.skip("NO ATHERIS: parsers are not fuzzed; make soak installs it where there is one")
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(PARSERS[name].seeds()):
        (corpus / f"{number}").write_bytes(seed)
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("guided.py"), name, str(SECONDS), corpus],
        env=os.environ | {"TMPDIR": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True, text=True, errors="replace", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-6000:]
    runs = re.search(r"stat::number_of_executed_units: (\d+)", done.stderr)
    with capsys.disabled():
        print(f"\n{name}: {runs[1]} runs in {SECONDS} s", end=" ")  # noqa: T201 - what it has done
