"""How both processes log: lines on standard error. The one place that knows the formats.

"plain" is for people. "journal" lets each line begin with its priority, as sd-daemon(3) says.
"json" is one object a line. "auto" is "journal" where standard error leads to the journal, else
"plain".
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

_PRIORITIES: Final = ((logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))
_DEBUG: Final = 7


class _Journal(logging.Formatter):
    """The journal knows time and program; each line is an entry of its own."""

    def format(self, record: logging.LogRecord) -> str:
        priority = next((p for level, p in _PRIORITIES if record.levelno >= level), _DEBUG)
        return "\n".join(f"<{priority}>{line}" for line in super().format(record).splitlines())


class _Json(logging.Formatter):
    """time (ISO 8601), level, logger, pid, message, and exception where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        when = datetime.fromtimestamp(record.created).astimezone()
        fields = {
            "time": when.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "pid": record.process,
            "message": record.getMessage(),
        }
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return json.dumps(fields)


_FORMATTERS: Final[Mapping[str, Callable[[], logging.Formatter]]] = {
    "plain": lambda: logging.Formatter("improvd: %(levelname)s: %(message)s"),
    "journal": _Journal,
    "json": _Json,
}


def log_to_stderr(level: str = "info", form: str = "auto") -> None:
    """Log from here on; `level` and `form` as `log.level` and `log.format` are configured."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_FORMATTERS[_found() if form == "auto" else form]())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)


def _found() -> str:
    """Systemd names the journal's end of standard error by device and inode: systemd.exec(5)."""
    try:
        end = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError):  # it is closed, or no file
        return "plain"
    journal = os.environ.get("JOURNAL_STREAM") == f"{end.st_dev}:{end.st_ino}"
    return "journal" if journal else "plain"
