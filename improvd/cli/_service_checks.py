"""What usually keeps a service from playing: one function a subject, as in `_checks`.

They judge what systemd and logind say; nothing is changed.
"""

from __future__ import annotations

import grp
import os
import pwd
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from improvd.cli import _systemd
from improvd.cli._checks import LIMITS, Finding
from improvd.cli._install import Target
from improvd.cli._systemd import properties, show, systemctl
from improvd.cli._units import ACCOUNT, Scope, edited
from improvd.config import user_config

_SHOWN: Final = ("ActiveState", "SubState", "StatusText", "NRestarts", "Result", "UnitFileState")
_STARTERS: Final = ("pipewire.service", "jack.service", "jackd.service", "jackdbus.service")
_CURES: Final[Mapping[Scope, str]] = {
    "user": LIMITS,
    "system": "let root raise limits here, and control groups pass on cpu.rt_runtime_us",
}
_ENOUGH: Final = 61  # the player takes 60, a JACK client a little less than its server


def unit_file(target: Target) -> Iterator[Finding]:
    """Is it there, and as this improvd would write it?"""
    install = f"improvd service install{_options(target)}"
    if not target.path.exists():
        yield Finding("fault", "unit", f"{target.path} is not there", install)
    elif edited(text := target.path.read_text(encoding="utf-8")):
        cure = f"{install} --force, and `{systemctl(target.scope, 'edit', target.unit)}`"
        yield Finding("warning", "unit", f"{target.path} was edited", f"to undo that: {cure}")
    elif text != target.files()[target.path]:
        yield Finding("warning", "unit", f"{target.path} starts another improvd", install)
    else:
        yield Finding("ok", "unit", str(target.path))


def state(target: Target) -> Iterator[Finding]:
    """What systemd says of it."""
    said = properties(target.scope, target.unit, *_SHOWN)
    if not said:
        yield Finding("fault", "systemd", "does not answer here", "log in where systemd runs")
        return
    enabled = said.get("UnitFileState") or "not enabled"
    found = f"{said['ActiveState']} ({said['SubState']}), {enabled}, {said['NRestarts']} restarts"
    start = systemctl(target.scope, "enable", "--now", target.unit)
    if said["ActiveState"] in ("active", "reloading", "activating"):
        yield Finding("ok", "state", f"{found}: {said.get('StatusText', '')}")
    elif said.get("Result", "success") == "success":
        yield Finding("warning", "state", found, start)
    else:
        where = "journalctl --user" if target.scope == "user" else "journalctl"
        yield Finding("fault", "state", f"{found}: {said['Result']}", f"{where} -u {target.unit}")


def configuration(target: Target) -> Iterator[Finding]:
    """An instance needs a file of its own."""
    if not target.name:
        return
    home = user_config().parent if target.scope == "user" else Path("/etc/improvd")
    path = home / f"{target.name}.toml"
    if path.exists():
        yield Finding("ok", "configuration", str(path))
    else:
        yield Finding("fault", "configuration", f"{path} is not there", f"write it: {path}")


def lingering(target: Target) -> Iterator[Finding]:
    """Does a user's service run while nobody is logged in?"""
    if target.scope == "system":
        return
    user = _user()
    said = show("loginctl", "show-user", user, "--property=Linger")
    if said.get("Linger") == "yes":
        yield Finding("ok", "lingering", "on: it starts with the machine")
    elif _seated(user):
        yield Finding("ok", "lingering", "off: it starts when you log in, and ends with that")
    else:
        found = "off, and nobody is logged in at this machine: it ends with your last login"
        yield Finding("warning", "lingering", found, f"loginctl enable-linger {user}")


def audio(target: Target) -> Iterator[Finding]:
    """May it open ALSA's devices? Whoever sits at the machine may; others need the group."""
    user = _user() if target.scope == "user" else ACCOUNT
    cure = f"usermod -aG audio {user}, then log out and in, or reboot"
    try:
        group, account = grp.getgrnam("audio").gr_gid, pwd.getpwnam(user)
    except KeyError as fault:
        yield Finding("warning", "audio group", str(fault).strip('"'), f"groupadd audio; {cure}")
        return
    if not account.pw_uid or group in os.getgrouplist(user, account.pw_gid):
        yield Finding("ok", "audio group", f"{user} may open ALSA's devices")
    elif target.scope == "user" and _seated(user):
        yield Finding("ok", "audio group", f"{user} sits at the machine and needs none")
    else:
        yield Finding("warning", "audio group", f"{user} is not in it", cure)


def realtime(target: Target) -> Iterator[Finding]:
    """What the processes that run have got; else what they would be allowed."""
    pid = properties(target.scope, target.unit, "MainPID").get("MainPID", "0")
    if granted := _granted(int(pid)):
        yield Finding("ok", "realtime", f"the player runs at realtime priority {granted}")
        return
    if granted is not None:
        yield Finding("warning", "realtime", "the player runs without", _CURES[target.scope])
        return
    if target.scope == "system":  # systemd grants it as the unit says
        yield Finding("ok", "realtime", "the unit allows it")
        return
    limit = _manager_limit()
    if limit is not None and limit >= _ENOUGH:
        yield Finding("ok", "realtime", f"your systemd may pass on priority {limit}")
        return
    rtkit = properties("system", "rtkit-daemon.service", "LoadState").get("LoadState") == "loaded"
    more = "; rtkit serves PipeWire's threads, not improvd's own" if rtkit else ""
    yield Finding("warning", "realtime", f"your systemd may pass on none{more}", LIMITS)


def midi_before(target: Target) -> Iterator[Finding]:
    """Does something start PipeWire or JACK before it?"""
    known = {each: properties(target.scope, each, "LoadState", "ActiveState") for each in _STARTERS}
    there = {each: said for each, said in known.items() if said.get("LoadState") == "loaded"}
    active = [each for each, said in there.items() if said.get("ActiveState") == "active"]
    if active:
        yield Finding("ok", "started before it", ", ".join(active))
    elif there:
        cure = systemctl(target.scope, "enable", "--now", next(iter(there)))
        yield Finding("warning", "started before it", f"{', '.join(there)}: not running", cure)
    else:
        found = "neither PipeWire nor JACK: it waits for one, or takes ALSA"
        cure = f"write a jack.service that starts jackd, beside {target.path}"
        yield Finding("warning", "started before it", found, cure)


SERVICE_CHECKS: Final[tuple[Callable[[Target], Iterator[Finding]], ...]] = (
    unit_file, state, configuration, lingering, audio, realtime, midi_before,
)  # fmt: skip


def _options(target: Target) -> str:
    system = " --system" if target.scope == "system" else ""
    return f"{system} --name {target.name}" if target.name else system


def _user() -> str:
    return pwd.getpwuid(os.getuid()).pw_name


def _seated(user: str) -> bool:
    """Is this user logged in at the machine itself?"""
    sessions = show("loginctl", "show-user", user, "--property=Sessions").get("Sessions", "")
    seats = [show("loginctl", "show-session", each, "--property=Seat") for each in sessions.split()]
    return any(seat.get("Seat") for seat in seats)


def _granted(pid: int) -> int | None:
    """The realtime priority of the player of this daemon, 0 without; None where it does not run."""
    try:
        child = int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])
        return os.sched_getparam(child).sched_priority
    except (OSError, IndexError, ValueError):
        return None


def _manager_limit() -> int | None:
    said: Mapping[str, str] = show(
        *_systemd.systemctl("user", "show", "--property=DefaultLimitRTPRIO").split()
    )
    limit = said.get("DefaultLimitRTPRIO", "")
    return 99 if limit == "infinity" else int(limit) if limit.isdigit() else None
