"""What systemd wants to be told: sd_notify(3), which is a datagram to a socket that it names."""

import os
import socket


def notify(*lines: str) -> None:
    """Send "READY=1", "STATUS=..." and the like; does nothing when systemd did not start us."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]  # a name in the abstract namespace
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
        try:
            out.sendto("\n".join(lines).encode(), address)
        except OSError:
            return  # a manager that went away must not stop the music
