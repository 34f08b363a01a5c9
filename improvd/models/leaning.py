"""What a wish makes likelier without forcing it: busier or calmer, and near a register.

Written once for the voices of all families. Knows no network.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from improvd.models.base import Wish

_SEMITONE = 0.4  # nats that each semitone beyond the register costs


class Leaning:
    """For steps of which some begin a note (`begins`), on these `pitches`, [classes] both."""

    def __init__(self, begins: NDArray[np.bool_], pitches: NDArray[np.integer]) -> None:
        self._begins = begins
        self._pitches = pitches

    def apply(self, logits: NDArray[np.float32], wish: Wish) -> NDArray[np.float32]:
        """The logits [classes] as the wish leans them; without such a wish, themselves."""
        if not wish.busier and wish.register is None:
            return logits
        leant = np.full(len(logits), wish.busier, np.float32)
        if wish.register is not None:
            low, high = wish.register
            beyond = np.maximum(low - self._pitches, 0) + np.maximum(self._pitches - high, 0)
            leant -= _SEMITONE * beyond.astype(np.float32)
        return np.where(self._begins, logits + leant, logits)
