"""Reading the arrays of an .npz file that may be broken, or something else. Knows no network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from improvd.errors import DataError, in_short


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """All of its arrays, by name. Raises DataError: unreadable, cut short, something else."""
    try:
        with np.load(path) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except Exception as fault:  # noqa: BLE001 - numpy and zipfile raise what their reading stumbles over
        raise DataError(f"{path}: no arrays, or broken ones: {in_short(fault)}") from None
