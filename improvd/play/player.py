"""`python -m improvd.play.player`: the process that the mind starts; how it begins and ends.

Its arguments are `--socket FD SETTINGS`: the socket to the mind, and the settings as JSON. Ctrl-C
and a terminal that closes are the mind's business: when the mind is gone, however that went, the
player ends what sounds, lets the port take it, and leaves.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import sys
from collections.abc import Sequence
from typing import Final

from improvd.errors import PortError
from improvd.play.logs import log_to_stderr
from improvd.play.loop import Player
from improvd.play.messages import Exit
from improvd.play.settings import Settings
from improvd.ports.base import MidiSystemGoneError, NameTakenError, NoMidiSystemError

_EXITS: Final[dict[type[PortError], Exit]] = {
    NameTakenError: Exit.NAME_TAKEN,
    NoMidiSystemError: Exit.NO_MIDI_SYSTEM,
}

log = logging.getLogger(__name__)


def main(arguments: Sequence[str]) -> Exit:
    """Be the player; what to exit with."""
    _, fd, text = arguments
    settings = Settings(**json.loads(text))
    log_to_stderr(settings.log_level, settings.log_format)
    for ignored in ("SIGINT", "SIGHUP"):
        if hasattr(signal, ignored):  # Windows has no SIGHUP
            signal.signal(getattr(signal, ignored), signal.SIG_IGN)
    try:
        Player(settings, socket.socket(fileno=int(fd))).run()
    except MidiSystemGoneError:
        return Exit.MIDI_SYSTEM_GONE  # the mind has been told why
    except PortError as fault:
        if not settings.again:
            log.error("%s", fault)  # noqa: TRY400 - no bug of ours
        return _EXITS.get(type(fault), Exit.FAULT)
    return Exit.LEFT


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stderr.flush()
    # The driver's threads may be in Python code: the interpreter is not taken down under them.
    os._exit(code)
