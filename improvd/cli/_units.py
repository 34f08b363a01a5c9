"""The files that systemd reads, as text, out of one table. Knows no folder and runs nothing.

The first two lines of a file say that improvd wrote it, and what the rest was then: so it is known
whether somebody has edited it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final, Literal

Scope = Literal["user", "system"]
Lines = Sequence[str]

PROGRAMS: Final[Mapping[Scope, str]] = {  # where the files in systemd/ expect it
    "user": "%h/.local/bin/improvd",
    "system": "/usr/local/bin/improvd",
}
ACCOUNT: Final = "improvd"  # that the system's unit runs as
_OURS: Final = "# Written by `improvd service install`; changes belong into `systemctl edit`."
_SUM: Final = "# sha256 of the rest: "

_AFTER: Final[Mapping[Scope, str]] = {
    "user": "jack.service jackd.service pipewire.service wireplumber.service",
    "system": "sound.target jack.service jackd.service",
}
_TARGET: Final[Mapping[Scope, str]] = {"user": "default.target", "system": "multi-user.target"}
_SERVICE: Final = """\
Type=notify
ExecStart={program} run{arguments}
# A configuration with faults is refused; the one before goes on.
ExecReload=/bin/kill -HUP $MAINPID
# However it ended: the connections that were kept are made again, and every note is off. Where it
# could not start because another improvd runs, that one is left alone.
ExecStopPost=-{program} panic --unless-running{arguments}
# It is fed while both processes, the one that plays and the one that thinks, do their rounds.
WatchdogSec=10
TimeoutStopSec=10
Restart=on-failure
RestartSec=200ms
# 2: the configuration or the model is wrong, and starting again does not mend it.
RestartPreventExitStatus=2
# It takes realtime scheduling where it is granted, and says what it got; no CPUSchedulingPolicy,
# which would keep it from starting where there is no right to it.
LimitRTPRIO=95
LimitMEMLOCK=infinity
"""
_HARDENED: Final = """\
User={account}
Group=audio
# Sockets, state, models and measurements: /run, /var/lib, /var/cache and /etc, improvd/ in each.
RuntimeDirectory=improvd
RuntimeDirectoryMode=0700
RuntimeDirectoryPreserve=yes
StateDirectory=improvd
CacheDirectory=improvd
Environment=XDG_RUNTIME_DIR=/run XDG_DATA_HOME=/var/lib XDG_CACHE_HOME=/var/cache
Environment=XDG_CONFIG_HOME=/etc HOME=/var/lib/improvd
UMask=0077
# No RestrictRealtime, no RemoveIPC, no PrivateIPC: it plays in realtime, and meets jackd in
# /dev/shm. No MemoryDenyWriteExecute: JACK's callback is machine code that libffi makes.
CapabilityBoundingSet=
AmbientCapabilities=
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateUsers=yes
DevicePolicy=closed
DeviceAllow=char-alsa rw
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
ProtectProc=invisible
LockPersonality=yes
RestrictNamespaces=yes
RestrictSUIDSGID=yes
# Ableton Link speaks to the local network, and to nobody else.
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
IPAddressDeny=any
IPAddressAllow=localhost link-local multicast 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
"""
_MORE: Final[Mapping[Scope, str]] = {"user": "", "system": _HARDENED}


def unit(scope: Scope, program: str, *, template: bool) -> str:
    """The unit improvd.service, or the template improvd@.service, that starts this `program`.

    An instance X reads improvd/X.toml where configurations are, and its name is improvd-X.
    """
    arguments = " --config %E/improvd/%i.toml --name improvd-%i" if template else ""
    service = (_SERVICE + _MORE[scope]).format(
        program=program, arguments=arguments, account=ACCOUNT
    )
    return _signed(
        "[Unit]\n"
        f"Description=improvd, a MIDI improvisation partner{' (%i)' if template else ''}\n"
        f"After={_AFTER[scope]}\n"
        "StartLimitIntervalSec=0\n\n"
        f"[Service]\n{service}\n"
        f"[Install]\nWantedBy={_TARGET[scope]}\n"
    )


def account() -> str:
    """What sysusers.d(5) makes the account of the system's unit of."""
    return _signed(f'u {ACCOUNT} - "improvd" /var/lib/improvd\nm {ACCOUNT} audio\n')


def edited(text: str) -> bool:
    """Is this another text than we wrote, or one that has been changed since?"""
    first, _, rest = text.partition("\n")
    said, _, body = rest.partition("\n")
    return first != _OURS or said != _SUM + _sum(body)


def quoted(word: str) -> str:
    """One word of a command line, as systemd.service(5) reads it."""
    safe = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{safe}"' if any(each.isspace() for each in word) else safe


def _signed(body: str) -> str:
    return f"{_OURS}\n{_SUM}{_sum(body)}\n{body}"


def _sum(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()
