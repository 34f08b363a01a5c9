"""Steps as vectors and back: bit p of a step is number p of its vector. Knows no music."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from improvd.models.rnnrbm.configuration import Configuration

Frames = NDArray[np.bool_]  # [time, visible]

_BITS = 8  # of a byte


def vector(configuration: Configuration, step: int) -> NDArray[np.float32]:
    """A step as the network's input: ones and zeros, [visible]."""
    return np.asarray(frames(configuration, [step])[0], np.float32)


def step(frame: NDArray[np.generic]) -> int:
    """The step of a vector [visible]: what is not 0 is a bit."""
    return int.from_bytes(np.packbits(frame != 0, bitorder="little").tobytes(), "little")


def frames(configuration: Configuration, steps: Sequence[int]) -> Frames:
    """Steps as the rows of a roll."""
    length = configuration.visible // _BITS
    packed = b"".join(each.to_bytes(length, "little") for each in steps)
    rows = np.frombuffer(packed, np.uint8).reshape(len(steps), length)
    return np.unpackbits(rows, axis=1, bitorder="little").view(np.bool_)


def steps(roll: NDArray[np.generic]) -> list[int]:
    """The rows of a roll [time, visible] as steps."""
    rows = np.packbits(roll != 0, axis=1, bitorder="little")
    return [int.from_bytes(row.tobytes(), "little") for row in rows]
