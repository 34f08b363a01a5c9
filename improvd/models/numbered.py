"""What the `keys` of families share whose steps are plain numbers, kept as they come."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Steps = NDArray[np.int32]  # [time]


class Lesson(NamedTuple):
    """A piece as the network learns it: at each step but the last, what comes next."""

    inputs: NDArray[np.float32]  # [time, inputs]
    labels: NDArray[np.int32]  # [time]
    begins: NDArray[np.bool_]  # [time], does a note begin next?


def kept(configuration: Any, steps: list[int]) -> Steps:
    """The encoder's steps as a dataset keeps them."""
    del configuration
    return np.array(steps, np.int32)


def played(configuration: Any, steps: Steps) -> list[int]:
    """What a dataset keeps, as the steps that it was made of."""
    del configuration
    return list(steps.tolist())


def varied(configuration: Any, steps: Steps, dice: np.random.Generator) -> Steps:
    """As training hears it this time: as it is."""
    del configuration, dice
    return steps
