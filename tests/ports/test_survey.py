"""What `improvd ports` shows, of a real JACK server."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.jackd


def ports(env, *arguments):
    command = [sys.executable, "-m", "improvd", "ports", *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=20)


def test_what_is_there_and_what_would_be_connected(jackd, keyboard, recorder, tmp_path):
    config = tmp_path / "config.toml"
    config.write_text(
        '[midi]\ninput = ["keyboard"]\noutput = "recorder:input"\n'
        'clock_input = "virtual"\ncontrols_input = ["keyboard"]\n'
    )
    while not {keyboard.port, recorder.port} <= set(jackd.ports()):
        pass
    done = ports(jackd.env, "--config", str(config))
    assert done.returncode == 0, done.stderr
    assert "jack: improvd uses this one" in done.stdout
    for own in (
        "improvd:clock <- what you connect",
        f"improvd:controls <- {keyboard.port}",
        f"improvd:hears <- {keyboard.port}",
        f"improvd:plays -> {recorder.port}",
    ):
        assert f"    {own}\n" in done.stdout


def test_without_any_midi_system_it_fails_with_the_cure(tmp_path):
    nobody = {"JACK_DEFAULT_SERVER": "nobody", "PIPEWIRE_RUNTIME_DIR": str(tmp_path)}
    done = ports(os.environ | nobody)
    assert done.returncode == 1
    assert done.stderr.startswith("improvd: no MIDI system is running here: start jackd")
    assert done.stderr.count("\n") == 1
