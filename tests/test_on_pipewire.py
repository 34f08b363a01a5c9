"""The tests that need a JACK server, with PipeWire in jackd's place, in a pytest of their own."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from pipewire import PipeWire

pytestmark = [
    pytest.mark.jackd,
    pytest.mark.apart,
    pytest.mark.jackd_alone("this starts what runs there"),
]

ROOT = Path(__file__).parents[1]
HANDFUL = (  # a turn, a cut, a keyboard and a synth that are unplugged, the server's end
    "tests/daemon/test_run.py::test_no_answer_of_rests_is_taken_from_a_model_that_would_like_to_rest",
    "tests/daemon/test_run.py::test_a_note_into_the_answer_ends_it_at_once",
    "tests/daemon/test_run_unplugged.py::test_a_phrase_whose_keyboard_goes_is_answered_at_once",
    "tests/daemon/test_run_unplugged.py::test_when_the_output_goes_the_answer_ends_and_nothing_waits",
    "tests/daemon/test_run_unplugged.py::test_jackd_ends_in_an_answer_and_comes_back[it is killed]",
    "tests/play/test_player_jack.py::test_a_name_that_is_taken_is_said_in_one_line",
)
EVERYTHING = ("-m", "jackd and not soak")


@pytest.mark.parametrize(
    ("chosen", "least"),
    [
        pytest.param(HANDFUL, 6, id="a handful"),
        pytest.param(EVERYTHING, 100, id="everything", marks=pytest.mark.soak),
    ],
)
def test_it_is_as_on_jackd(chosen, least):
    if missing := PipeWire.missing():
        pytest.skip(missing)
    command = [sys.executable, "-m", "pytest", "--jack", "pipewire", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, *chosen], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False
    )
    print(done.stdout)  # noqa: T201 - pytest shows it where the test fails
    assert done.returncode == 0
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed
    assert int(passed[1]) >= least, "too much is left out"
