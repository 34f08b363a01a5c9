"""`improvd service` beside a systemctl and a loginctl that are scripts."""

import os
from pathlib import Path

import pytest

from improvd.cli import _install, _service_checks, _systemd, main
from improvd.cli._install import Target
from improvd.cli._units import edited, unit

TOOL = """#!/bin/sh
echo "$(basename $0) $*" >> "{log}"
while IFS='|' read -r words said; do
  case "$(basename $0) $*" in *"$words"*) echo "$said"; found=1;; esac
done < "{answers}"
[ -n "$found" ] || [ "$(basename $0)" != loginctl ]
"""


class Tools:
    """What was asked of systemd's tools; `say` gives them an answer to what holds these words."""

    def __init__(self, folder):
        self._log, self._answers = folder / "asked", folder / "answers"
        self._log.touch()
        self._answers.touch()
        for name in ("systemctl", "loginctl", "systemd-sysusers"):
            tool = folder / name
            tool.write_text(TOOL.format(log=self._log, answers=self._answers))
            tool.chmod(0o755)

    def say(self, words, *said):
        with self._answers.open("a") as out:
            out.writelines(f"{words}|{line}\n" for line in said)

    @property
    def asked(self):
        return self._log.read_text().splitlines()

    @property
    def done(self):
        """What was asked that changes something."""
        reading = ("loginctl", "systemctl show", "systemctl --user show")
        return [line for line in self.asked if not line.startswith(reading)]


@pytest.fixture
def tools(tmp_path, monkeypatch):
    (tmp_path / "tools").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path / 'tools'}:{os.environ['PATH']}")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(_install, "program", lambda: "/opt/improvd")
    return Tools(tmp_path / "tools")


@pytest.fixture
def units(tools):
    return _systemd.folder("user")


def service(*words):
    return main.run(["service", *words])


def found(check, target=None):
    return [each[:3] for each in check(target or Target("user"))]


def test_it_is_written_read_and_enabled_but_not_started(units, tools, capsys):
    assert service("install") == 0
    assert (units / "improvd.service").read_text() == unit("user", "/opt/improvd", template=False)
    assert tools.done == [
        "systemctl --user daemon-reload",
        "systemctl --user enable improvd.service",
    ]
    assert "start it now: systemctl --user restart improvd.service" in capsys.readouterr().out


def test_one_that_was_edited_stays_but_by_force(units, tools, capsys):
    service("install")
    path = units / "improvd.service"
    mine = path.read_text() + "Environment=MINE=1\n"
    path.write_text(mine)
    assert service("install") == 1
    assert service("uninstall") == 1
    assert "was edited, and stays as it is" in capsys.readouterr().err
    assert path.read_text() == mine
    assert service("install", "--force") == 0
    assert not edited(path.read_text())


def test_one_that_starts_another_improvd_is_replaced(units, tools, monkeypatch):
    service("install")
    monkeypatch.setattr(_install, "program", lambda: "/opt/new/improvd")
    assert found(_service_checks.unit_file)[0][0] == "warning"
    assert service("install") == 0
    assert "ExecStart=/opt/new/improvd run" in (units / "improvd.service").read_text()


def test_uninstalling_stops_it_and_takes_the_file_away(units, tools):
    service("install")
    assert service("uninstall") == 0
    assert "systemctl --user disable --now improvd.service" in tools.done
    assert not list(units.iterdir())


def test_what_is_not_there_is_not_uninstalled(tools, capsys):
    assert service("uninstall") == 1
    assert "nothing is installed" in capsys.readouterr().err


def test_the_template_stays_while_another_instance_needs_it(units, tools, capsys):
    service("install", "--name", "left")
    wants = units / "default.target.wants"
    wants.mkdir()
    (wants / "improvd@right.service").symlink_to(units / "improvd@.service")
    assert service("uninstall", "--name", "left") == 0
    assert "improvd@right.service needs it" in capsys.readouterr().out
    assert (units / "improvd@.service").exists()


@pytest.mark.parametrize("name", ["", "a/b", "x" * 25, "a b"])
def test_a_name_that_can_be_none_is_refused(tools, name, capsys):
    assert service("install", "--name", name) == 2
    assert "allowed: 1..24 letters" in capsys.readouterr().err


def test_the_systems_makes_its_account(tools, tmp_path, monkeypatch):
    monkeypatch.setattr(_systemd, "folder", lambda _: tmp_path / "system")
    monkeypatch.setattr(_install, "folder", lambda _: tmp_path / "system")
    monkeypatch.setattr(_install, "accounts", lambda: tmp_path / "sysusers.d" / "improvd.conf")
    monkeypatch.setattr(_install, "_HOMES", ())
    assert service("install", "--system") == 0
    assert "m improvd audio" in (tmp_path / "sysusers.d" / "improvd.conf").read_text()
    assert [line.split()[0] for line in tools.done] == [
        "systemd-sysusers",
        "systemctl",
        "systemctl",
    ]


def test_the_systems_cannot_start_what_it_does_not_see(tools, monkeypatch, capsys):
    monkeypatch.setattr(_install, "_HOMES", (Path(_install.__file__).parents[3],))
    assert service("install", "--system") == 1
    assert "does not see" in capsys.readouterr().err


def test_where_no_systemd_runs_that_is_told_in_one_line(units, tools, capsys):
    (Path(os.environ["PATH"].split(":")[0]) / "systemctl").write_text(
        "#!/bin/sh\necho 'Failed to connect to bus' >&2\nexit 1\n"
    )
    assert service("install") == 1
    assert capsys.readouterr().err == (
        "improvd: systemctl --user daemon-reload: Failed to connect to bus\n"
    )


@pytest.mark.parametrize(
    ("shown", "state"),
    [
        ("active|running|success|listening", "ok"),
        ("activating|start|success|waiting for a MIDI system", "ok"),
        ("inactive|dead|success|", "warning"),
        ("failed|failed|exit-code|", "fault"),
    ],
)
def test_the_state_is_what_systemd_says(tools, shown, state):
    keys = ("ActiveState", "SubState", "Result", "StatusText")
    pairs = [f"{key}={value}" for key, value in zip(keys, shown.split("|"), strict=True)]
    tools.say("show improvd.service", *pairs, "NRestarts=3", "UnitFileState=enabled")
    ((said, _, text),) = found(_service_checks.state)
    assert (said, "3 restarts" in text) == (state, True)


def test_without_a_seat_lingering_and_the_group_are_wanting(tools, monkeypatch):
    monkeypatch.setattr(_service_checks, "_user", lambda: "nobody")
    tools.say("show-user nobody --property=Linger", "Linger=no")
    tools.say("show-user nobody --property=Sessions", "Sessions=4")
    tools.say("show-session 4", "Seat=")
    assert [found(check)[0][0] for check in (_service_checks.lingering, _service_checks.audio)] == [
        "warning",
        "warning",
    ]


def test_who_sits_at_the_machine_needs_neither(tools, monkeypatch):
    monkeypatch.setattr(_service_checks, "_user", lambda: "nobody")
    tools.say("show-user nobody --property=Linger", "Linger=no")
    tools.say("show-user nobody --property=Sessions", "Sessions=4 7")
    tools.say("show-session 7", "Seat=seat0")
    assert [found(check)[0][0] for check in (_service_checks.lingering, _service_checks.audio)] == [
        "ok",
        "ok",
    ]


@pytest.mark.parametrize(
    ("limit", "rtkit", "state", "said"),
    [
        ("95", "loaded", "ok", "priority 95"),
        ("infinity", "", "ok", "priority 99"),
        ("0", "loaded", "warning", "rtkit serves PipeWire's threads"),
        ("0", "not-found", "warning", "none"),
    ],
)
def test_realtime_is_what_the_manager_may_pass_on(tools, limit, rtkit, state, said):
    tools.say("show --property=DefaultLimitRTPRIO", f"DefaultLimitRTPRIO={limit}")
    tools.say("show rtkit-daemon.service", f"LoadState={rtkit}")
    ((is_state, _, text),) = found(_service_checks.realtime)
    assert (is_state, said in text) == (state, True)


@pytest.mark.parametrize(
    ("priority", "scope", "state", "cure"),
    [
        (60, "user", "ok", ""),
        (0, "user", "warning", "limits.d"),
        (0, "system", "warning", "rt_run"),
    ],
)
def test_realtime_is_what_the_player_that_runs_has_got(
    tools, monkeypatch, *, priority, scope, state, cure
):
    tools.say("show improvd.service", "MainPID=7")
    monkeypatch.setattr(_service_checks, "_granted", {7: priority}.get)
    (finding,) = _service_checks.realtime(Target(scope))
    assert (finding.state, cure in finding.cure) == (state, True)


@pytest.mark.parametrize(
    ("load", "active", "state"),
    [("loaded", "active", "ok"), ("loaded", "inactive", "warning"), ("not-found", "", "warning")],
)
def test_what_starts_a_midi_system_is_looked_for(tools, load, active, state):
    tools.say("show pipewire.service", f"LoadState={load}", f"ActiveState={active}")
    assert found(_service_checks.midi_before)[0][0] == state


def test_an_instance_wants_a_configuration(tools, tmp_path):
    assert found(_service_checks.configuration) == []
    left = Target("user", "left")
    assert found(_service_checks.configuration, left)[0][0] == "fault"
    (tmp_path / "config" / "improvd").mkdir(parents=True)
    (tmp_path / "config" / "improvd" / "left.toml").touch()
    assert found(_service_checks.configuration, left)[0][0] == "ok"


def test_every_fault_and_warning_names_its_cure(tools, capsys):
    service("status", "--name", "left")
    lines = capsys.readouterr().out.splitlines()
    wrong = [number for number, line in enumerate(lines) if line.startswith(("fault", "warning"))]
    assert wrong
    assert all(lines[number + 1].strip().startswith("cure: ") for number in wrong)
