"""Which melodies are learnt from: decided by what they sound like, so that it never changes.

Two melodies that share the same intervals over 32 notes, in any key, are near duplicates (the same
tune in another collection, say) and fall on one side together.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import pairwise

WINDOW = 32  # notes
TRAINING, VALIDATION, TEST = range(3)  # the latter two are held out


def groups(melodies: Sequence[Sequence[int]]) -> list[int]:
    """For each melody, its pitches in order, the index of the first of its near duplicates.

    That is its own where it has none before it. Duplicates of duplicates belong together too.
    """
    parent = list(range(len(melodies)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    seen: dict[bytes, int] = {}
    for index, pitches in enumerate(melodies):
        for window in _windows(pitches):
            one, other = root(index), root(seen.setdefault(window, index))
            parent[max(one, other)] = min(one, other)
    return [root(index) for index in range(len(melodies))]


def dealt(melodies: Sequence[Sequence[int]], validation: float, test: float = 0.0) -> list[int]:
    """Which part each melody is for: TRAINING, VALIDATION or TEST.

    About these shares of the groups are for validation and for the test.
    """
    group = groups(melodies)
    lots = {index: _lot(melodies[index]) for index in set(group)}
    parts = {
        index: TEST if lot < test else VALIDATION if lot < test + validation else TRAINING
        for index, lot in lots.items()
    }
    return [parts[index] for index in group]


def _windows(pitches: Sequence[int]) -> set[bytes]:
    intervals = bytes(128 + after - before for before, after in pairwise(pitches))
    length = WINDOW - 1
    return {intervals[at : at + length] for at in range(max(1, len(intervals) - length + 1))}


def _lot(pitches: Sequence[int]) -> float:
    """A number in 0..1 drawn from the melody's intervals."""
    text = " ".join(str(pitch - pitches[0]) for pitch in pitches)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()) / 2**64
