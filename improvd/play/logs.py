"""How both processes log: one line on standard error. The one place that knows the format."""

import logging
import sys


def log_to_stderr(level: int = logging.INFO) -> None:
    """Start logging. The journal and a terminal add what else is wanted."""
    logging.basicConfig(
        level=level, stream=sys.stderr, format="improvd: %(levelname)s: %(message)s", force=True
    )
