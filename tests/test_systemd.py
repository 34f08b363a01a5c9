"""The unit that is shipped: systemd itself finds nothing wrong with it."""

import shutil
import subprocess
from pathlib import Path

import pytest

UNIT = Path(__file__).parents[1] / "systemd" / "improvd.service"


@pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="systemd is not installed (make check installs it)"
)
def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path, monkeypatch):
    program = tmp_path / ".local" / "bin" / "improvd"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    unit = tmp_path / UNIT.name
    # systemd takes %h from the list of users, not from $HOME.
    unit.write_text(UNIT.read_text().replace("%h", str(tmp_path)))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--user", unit], check=False, capture_output=True, text=True
    )
    assert (verified.returncode, verified.stdout, verified.stderr) == (0, "", "")
