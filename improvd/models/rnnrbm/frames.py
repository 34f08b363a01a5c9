"""Steps as the units of the network and back. Knows no music.

Unit p says that key p goes on, or where strikes are not told that it sounds; unit 88 + p that it is
struck. A key that is struck has that one unit alone: with both, as its bits are in a step, it could
only begin by two units that change at once, and Gibbs sampling hardly ever gets there.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from improvd.models.rnnrbm.configuration import KEYS, Configuration

Frames = NDArray[np.bool_]  # [time, visible]

_BITS = 8  # of a byte


def vector(configuration: Configuration, step: int) -> NDArray[np.float32]:
    """A step as the network's input: ones and zeros, [visible]."""
    return np.asarray(frames(configuration, [step])[0], np.float32)


def step(frame: NDArray[np.generic]) -> int:
    """The step of a vector [visible], in which what is not 0 is on."""
    return steps(frame[None])[0]


def frames(configuration: Configuration, steps: Sequence[int]) -> Frames:
    """Steps as the rows of a roll."""
    length = configuration.visible // _BITS
    units = (each & ~(each >> KEYS) for each in steps)  # what is struck does not go on
    packed = b"".join(each.to_bytes(length, "little") for each in units)
    rows = np.frombuffer(packed, np.uint8).reshape(len(steps), length)
    return np.unpackbits(rows, axis=1, bitorder="little").view(np.bool_)


def steps(roll: NDArray[np.generic]) -> list[int]:
    """The rows of a roll [time, visible] as steps."""
    rows = np.packbits(roll != 0, axis=1, bitorder="little")
    units = (int.from_bytes(row.tobytes(), "little") for row in rows)
    return [each | each >> KEYS for each in units]  # what is struck sounds
