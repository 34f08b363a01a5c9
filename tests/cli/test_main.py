"""The command line as a user meets it: what it says, where, and its exit code."""

import subprocess
import sys

import click
import pytest

from improvd import __version__
from improvd.cli import main
from improvd.errors import ConfigError, PortError


@pytest.fixture
def verb(monkeypatch):
    """Put one function in the place of the verb `ports`."""

    def put(action):
        command = click.Command("ports", callback=action)
        monkeypatch.setattr(main._Verbs, "get_command", lambda *_: command)

    return put


def test_help_names_every_verb(capsys):
    assert main.run([]) == 0
    said = capsys.readouterr().out
    assert all(verb in said and about in said for verb, about in main.VERBS.items())


def test_version(capsys):
    assert main.run(["--version"]) == 0
    assert capsys.readouterr().out == f"improvd {__version__}\n"


@pytest.mark.parametrize("name", main.VERBS)
def test_every_verb_is_there_and_explains_itself(name, capsys):
    assert main.run([name, "--help"]) == 0
    assert f"improvd {name}" in capsys.readouterr().out


def test_an_unknown_verb_is_answered_with_the_nearest(capsys):
    assert main.run(["jma"]) == 2
    assert capsys.readouterr().err == "improvd: improvd has no verb 'jma'; did you mean 'jam'?\n"


def test_a_fault_is_one_line_and_its_exit_code(verb, capsys):
    def fails():
        raise PortError("no MIDI system answers; start jackd")

    verb(fails)
    assert main.run(["ports"]) == 1
    assert capsys.readouterr().err == "improvd: no MIDI system answers; start jackd\n"


def test_faults_of_the_configuration_are_a_line_each(verb, capsys):
    def fails():
        raise ConfigError("tempo.bpm is 0", "unknown key turn")

    verb(fails)
    assert main.run(["ports"]) == 2
    assert capsys.readouterr().err == "improvd: tempo.bpm is 0\nimprovd: unknown key turn\n"


def test_an_extra_that_is_not_installed_is_named(verb, capsys):
    def needs_tensorflow():
        raise ModuleNotFoundError("No module named 'tensorflow'", name="tensorflow")

    verb(needs_tensorflow)
    assert main.run(["ports"]) == 1
    assert "tensorflow is not installed: pip install 'improvd[train]'" in capsys.readouterr().err


def test_a_bug_of_ours_keeps_its_traceback(verb):
    def forgets():
        raise ModuleNotFoundError("No module named 'improvd.nowhere'", name="improvd.nowhere")

    verb(forgets)
    with pytest.raises(ModuleNotFoundError):
        main.run(["ports"])


def test_ctrl_c_ends_quietly(verb, capsys):
    def interrupted():
        raise KeyboardInterrupt

    verb(interrupted)
    assert main.run(["ports"]) == 130
    assert capsys.readouterr().err == ""


def test_a_reader_that_has_seen_enough_is_no_fault():
    command = f"{sys.executable} -m improvd --help | true; exit ${{PIPESTATUS[0]}}"
    ended = subprocess.run(["bash", "-c", command], check=False, capture_output=True, text=True)
    assert ended.stderr == ""
    assert ended.returncode in (0, 141)  # the pipe may still have been open
