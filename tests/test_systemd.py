"""The units that are shipped: without fault, as they are installed, and the system's hardened."""

import shutil
import subprocess
from pathlib import Path

import pytest

from improvd.cli._units import PROGRAMS, account, edited, quoted, unit

UNITS = Path(__file__).parents[1] / "systemd"
SHIPPED = [(scope, name) for scope in PROGRAMS for name in ("improvd.service", "improvd@.service")]
needs_systemd = pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="systemd is not installed (make check installs it)"
)


def analyze(*words):
    done = subprocess.run(["systemd-analyze", *words], check=False, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def text(scope, name, program=None):
    return unit(scope, program or PROGRAMS[scope], template="@" in name)


@pytest.fixture
def written(tmp_path, monkeypatch):
    """The unit in a folder of its own, with a program that is there."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))

    def write(scope, name):
        path = tmp_path / name
        path.write_text(text(scope, name, "/bin/true"))
        return tmp_path / name.replace("@", "@left") if "@" in name else path

    return write


@pytest.mark.parametrize(("scope", "name"), SHIPPED)
def test_what_is_shipped_is_what_would_be_installed(scope, name):
    assert (UNITS / scope / name).read_text() == text(scope, name)


def test_the_account_that_is_shipped_is_what_would_be_installed():
    assert (UNITS / "system" / "improvd.sysusers").read_text() == account()


@needs_systemd
@pytest.mark.parametrize(("scope", "name"), SHIPPED)
def test_systemd_finds_nothing_wrong_with_it(written, scope, name):
    assert analyze("verify", f"--{scope}", written(scope, name)) == (0, "", "")


@needs_systemd
@pytest.mark.parametrize("name", ["improvd.service", "improvd@.service"])
def test_the_exposure_of_the_system_unit_is_low(written, name):
    path = written("system", name)
    code, said, _ = analyze("security", "--offline=true", "--threshold=25", "--no-pager", path)
    assert code == 0, said


@pytest.mark.parametrize(("scope", "name"), SHIPPED)
def test_realtime_is_allowed_not_demanded(scope, name):
    lines = text(scope, name).splitlines()
    assert "LimitRTPRIO=95" in lines
    assert not [line for line in lines if line.startswith("CPUSchedulingPolicy")]
    assert not [line for line in lines if line.startswith(("RestrictRealtime", "MemoryDenyWrite"))]


def test_an_instance_has_a_file_and_a_name():
    assert (
        "ExecStart=/opt/improvd run --config %E/improvd/%i.toml --name improvd-%i"
        in unit("user", "/opt/improvd", template=True).splitlines()
    )


def test_a_text_that_was_changed_is_told_from_one_that_was_not():
    ours = text("user", "improvd.service")
    assert not edited(ours)
    assert edited(ours.replace("WatchdogSec=10", "WatchdogSec=20"))
    assert edited(ours + "# mine\n")
    assert edited("[Service]\nExecStart=/bin/true\n")
    assert edited("")


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("/opt/improvd", "/opt/improvd"),
        ("/opt/my music/improvd", '"/opt/my music/improvd"'),
        ("/opt/100%/improvd", "/opt/100%%/improvd"),
        ("/opt/$HOME/improvd", "/opt/$$HOME/improvd"),
    ],
)
def test_a_path_is_written_as_systemd_reads_it(path, written):
    assert quoted(path) == written
