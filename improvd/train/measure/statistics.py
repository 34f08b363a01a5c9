"""Four numbers of a piece: polyphony, scale consistency, repetitions and tone span.

As Mogren measures music in "C-RNN-GAN: Continuous recurrent neural networks with adversarial
training", 2016, section 4. A piece is its tones by onset, those of a chord from the lowest up. Some
of the numbers grow with a piece, so all that are compared have equally many tones. A piece without
a tone has zeros. Knows no model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from improvd.core.note import Note
from improvd.core.units import Beats

Piece = NDArray[np.int64]  # [tones, 2]: the tick on which each begins, and its pitch

TOGETHER: Final = 3  # successive tones that are looked for again, whatever their timing
_MAJOR, _HARMONIC_MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 11)  # natural minor: as major
_SCALES: Final = np.array(
    [
        np.isin(np.arange(12), [(step + tonic) % 12 for step in scale])
        for scale in (_MAJOR, _HARMONIC_MINOR)
        for tonic in range(12)
    ],
    np.float64,
)  # [scales, pitch classes]


def tones(notes: Iterable[Note], tick: Beats) -> Piece:
    """The notes as a piece; what begins in the same tick, rounded, begins at once."""
    found = sorted((round(note.onset / tick), int(note.pitch)) for note in notes)
    return np.array(found, np.int64).reshape(-1, 2)


def parts(piece: Piece, count: int) -> list[Piece]:
    """One after another of `count` tones each; what is left of it is none."""
    return [piece[at : at + count] for at in range(0, len(piece) - count + 1, count)]


def polyphony(piece: Piece) -> float:
    """Of the moments at which a tone begins, the share at which at least two do: 0..1."""
    _, counts = np.unique(piece[:, 0], return_counts=True)
    return float(np.mean(counts > 1)) if len(piece) else 0.0


def scale_consistency(piece: Piece) -> float:
    """The share of tones in the major or minor scale that has the most of them: 0..1.

    The scales are those of the paper's program: major, natural and harmonic minor, in all keys.
    """
    counts = np.bincount(piece[:, 1] % 12, minlength=12)
    return float(np.max(_SCALES @ counts)) / max(len(piece), 1)


def repetitions(piece: Piece) -> float:
    """How many pairs of equal 3-tuples of successive tones there are that share no tone.

    Only pitches and their order count, as in the paper's program.
    """
    if len(piece) < 2 * TOGETHER:
        return 0.0
    tuples = np.lib.stride_tricks.sliding_window_view(piece[:, 1], TOGETHER)
    same = (tuples[:, None] == tuples[None]).all(axis=2)
    return float(np.triu(same, TOGETHER).sum())


def tone_span(piece: Piece) -> float:
    """Semitones from the lowest tone to the highest."""
    return float(np.ptp(piece[:, 1])) if len(piece) else 0.0


STATISTICS: Final[Mapping[str, Callable[[Piece], float]]] = {
    "polyphony": polyphony,
    "scale consistency": scale_consistency,
    "repetitions": repetitions,
    "tone span": tone_span,
}


def measured(pieces: Sequence[Piece]) -> NDArray[np.float64]:
    """The statistics of each, [pieces, statistics]."""
    return np.array([[each(piece) for each in STATISTICS.values()] for piece in pieces])
