"""The user's own folders: XDG base directories, version 0.8."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

NO_HOME: Final = Path("/nonexistent")  # as Debian writes it: nothing is there, nothing can be made


def user_folder(variable: str, below: str) -> Path:
    """$`variable`, else `below` in the home; in NO_HOME for a user without one."""
    folder = Path(os.environ.get(variable, ""))
    if folder.is_absolute():
        return folder
    try:  # unset, empty, or relative, which the specification says to ignore
        return Path.home() / below
    except RuntimeError:
        return NO_HOME / below
